"""The command line: parse, call `Library`, show. Errors become one line and an exit code here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer
from typer.exceptions import TyperException

from corpus.errors import DocumentQAError, UsageError
from corpus.limits import DEFAULT_LIMITS, Limits
from corpus.types import Receipt
from qa.types import Method

if TYPE_CHECKING:
    from qa.evaluate import BeirSet, Evaluation, LabelledQuestion
    from qa.library import Library

DONE, NEEDS_ATTENTION, WRONG_USAGE, NO_ANSWER = 0, 1, 2, 3
INTERRUPTED = 130

app = typer.Typer(
    name="qa",
    help="Ask your own documents a question; get the passages that answer it, with citations.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Docs = Annotated[
    list[Path] | None,
    typer.Option(
        "--docs", metavar="PATH", help="Files or folders to use; brought up to date first."
    ),
]
LibraryOption = Annotated[
    Path | None, typer.Option("--library", metavar="DIR", help="Folder of the library to use.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
MethodOption = Annotated[Method, typer.Option("--method", help="How passages are ranked.")]
Within = Annotated[
    list[str] | None,
    typer.Option(
        "--in", metavar="PATH|PATTERN", help="Ask these documents only, as in a .gitignore file."
    ),
]
MinRelevance = Annotated[
    float | None,
    typer.Option(
        "--min-relevance",
        metavar="0..1",
        min=0,
        max=1,
        help="Count an answer as one from this relevance on.",
    ),
]
RerankOption = Annotated[
    str | None,
    typer.Option(
        "--rerank", metavar="MODEL", help="Order the best passages anew by a cross-encoder."
    ),
]
Ocr = Annotated[
    bool | None,
    typer.Option("--ocr/--no-ocr", help="Recognise text in images, as in scans; remembered."),
]
MaxFileSize = Annotated[
    float, typer.Option("--max-file-size", metavar="MB", min=0, help="Read no larger file.")
]
MaxSeconds = Annotated[
    float | None,
    typer.Option(
        "--max-seconds",
        metavar="SECONDS",
        min=0,
        help="Give up on a file after so long: 120; with --ocr, 1800.",
    ),
]
MaxMemory = Annotated[
    float, typer.Option("--max-memory", metavar="MB", min=100, help="Memory that a file may take.")
]


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", show_default=False)],
    docs: Docs = None,
    library: LibraryOption = None,
    k: Annotated[int, typer.Option("-k", help="Number of passages.")] = 5,
    method: MethodOption = "hybrid",
    within: Within = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="SUFFIX", help="Ask files of this type only: pdf, md, …"),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Ask files changed on this day or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Ask files changed up to this day.")
    ] = None,
    rerank: RerankOption = None,
    min_relevance: MinRelevance = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show scores, ranks and matched words.")
    ] = False,
    ocr: Ocr = None,
    max_file_size: MaxFileSize = 200,
    max_seconds: MaxSeconds = None,
    max_memory: MaxMemory = 2000,
    as_json: Json = False,
) -> int:
    """Answer a question with cited passages; without --docs and --library, from the samples.

    Exits 3 when no passage answers.
    """
    from qa.terminal import print_answer

    limits = _limits(max_file_size, max_seconds, max_memory)
    with _library(docs, library, ocr, limits) as opened:
        answer = opened.ask(
            question,
            k=k,
            method=method,
            within=within or (),
            types=types or (),
            since=since,
            until=until,
            rerank=rerank,
            min_relevance=min_relevance,
            explain=explain,
        )
    if as_json:
        _print_json(answer.to_dict())
    else:
        print_answer(_console(), answer)
    return DONE if answer.answered else NO_ANSWER


@app.command()
def index(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH...", show_default=False)
    ] = None,
    library: LibraryOption = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude", metavar="PATTERN", help="Pass over, as in a .gitignore file; remembered."
        ),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove the documents of a root that is gone.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and index again whenever something changes.")
    ] = False,
    ocr: Ocr = None,
    max_file_size: MaxFileSize = 200,
    max_seconds: MaxSeconds = None,
    max_memory: MaxMemory = 2000,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="A sentence-transformers model, for a new library."
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """Add files or folders, and make the library equal to what lies under them.

    Without --library it is the one kept for these paths, which `qa ask --docs` uses; with
    --library and no path, all roots of that library are brought up to date.
    """
    from qa.library import Library
    from qa.places import library_for
    from qa.terminal import print_receipt, progress_bar

    paths = paths or []
    if not paths and library is None:
        raise UsageError("name a file or folder to index, or a library with --library")
    limits = _limits(max_file_size, max_seconds, max_memory)
    place = library or library_for(paths)
    with Library.open(place, model=model, create=bool(paths)) as opened:
        with progress_bar() as bar:
            receipt = opened.index(
                paths, exclude=exclude, ocr=ocr, prune=prune, limits=limits, on_progress=bar
            )
        if as_json:
            _print_json(receipt.to_dict())
        else:
            print_receipt(_console(), receipt)
        if not receipt.files:
            _warn("no files were found; check the path, and the patterns of --exclude")
        if watch:
            _watch(opened, paths, limits, as_json)
    return NEEDS_ATTENTION if receipt.failed or not receipt.files else DONE


@app.command()
def forget(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT|ROOT", show_default=False)],
    docs: Docs = None,
    library: LibraryOption = None,
    as_json: Json = False,
) -> int:
    """Remove a document, a folder or a root, until it is indexed by name again.

    The files themselves stay where they are.
    """
    with _library(docs, library) as opened:
        removed = opened.forget(document)
    if as_json:
        _print_json({"removed": removed})
    else:
        _console().print(f"forgot {len(removed)} documents", highlight=False)
    return DONE


@app.command()
def verify(
    docs: Docs = None,
    library: LibraryOption = None,
    citation: Annotated[
        str | None, typer.Option("--citation", metavar="ID", help="Check one citation only.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Check every source file, passage, vector and index, or one citation.

    Exits 1 when anything is off.
    """
    from qa.doctor import verify
    from qa.library import Library
    from qa.terminal import print_citation_check, print_findings

    place = _place(docs, library)
    if citation is not None:
        with Library.open(place, create=False) as opened:
            check = opened.check_citation(citation)
        if as_json:
            _print_json(asdict(check))
        else:
            print_citation_check(_console(), check)
        return DONE if check.status == "stands" else NEEDS_ATTENTION
    found = verify(place)
    if as_json:
        _print_json({"ok": not found, "findings": [asdict(finding) for finding in found]})
    else:
        print_findings(_console(), found)
    return NEEDS_ATTENTION if found else DONE


@app.command()
def doctor(
    docs: Docs = None,
    library: LibraryOption = None,
    mend: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
    as_json: Json = False,
) -> int:
    """Report on a library: model, versions, sizes, free space, and each finding with its fix."""
    from qa.doctor import examine, repair
    from qa.terminal import print_examination, progress_bar

    place = _place(docs, library)
    examination = examine(place)
    if mend and examination.findings:
        with progress_bar() as bar:
            repair(place, bar)
        examination = examine(place)
    if as_json:
        _print_json(examination.to_dict())
    else:
        print_examination(_console(), examination)
    return NEEDS_ATTENTION if examination.findings else DONE


@app.command(name="list")
def list_documents(docs: Docs = None, library: LibraryOption = None, as_json: Json = False) -> int:
    """List the indexed documents."""
    from qa.terminal import print_documents

    with _library(docs, library) as opened:
        documents = opened.documents()
    if as_json:
        _print_json({"documents": [asdict(info) for info in documents]})
    else:
        print_documents(_console(), documents)
    return DONE


@app.command()
def show(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", show_default=False)],
    page: Annotated[int | None, typer.Option("--page", metavar="N", help="One page only.")] = None,
    docs: Docs = None,
    library: LibraryOption = None,
    as_json: Json = False,
) -> int:
    """Print a document's text, to which the offsets of citations refer."""
    from qa.terminal import safe

    with _library(docs, library) as opened:
        stored = opened.document(document)
    start, end = stored.span_of_page(page)
    text = stored.text[start:end]
    if as_json:
        _print_json(
            {
                "document": stored.file.path,
                "title": stored.file.title,
                "sha256": stored.file.sha256,
                "pages": [asdict(page) for page in stored.pages],
                "start": start,
                "end": end,
                "text": text,
            }
        )
    elif sys.stdout.isatty():
        typer.echo(safe(text))
    else:
        sys.stdout.write(text)
    return DONE


@app.command()
def chat(
    docs: Docs = None,
    library: LibraryOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 7860,
    auth: Annotated[
        str | None, typer.Option(metavar="USER:PASSWORD", help="Ask for this login.")
    ] = None,
    min_relevance: MinRelevance = None,
    ocr: Ocr = None,
    max_file_size: MaxFileSize = 200,
    max_seconds: MaxSeconds = None,
    max_memory: MaxMemory = 2000,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
) -> int:
    """Open the chat page; without --docs and --library, on the samples."""
    login = _login(auth)
    limits = _limits(max_file_size, max_seconds, max_memory)
    with _library(docs, library, ocr, limits) as opened:
        from qa.app import launch
        from qa.examples import example_questions

        launch(
            opened,
            examples=example_questions(opened),
            min_relevance=min_relevance,
            host=host,
            port=port,
            auth=login,
            open_browser=not no_browser,
        )
    return DONE


@app.command()
def evaluate(
    questions: Annotated[Path, typer.Argument(metavar="SET", show_default=False)],
    docs: Docs = None,
    library: LibraryOption = None,
    method: Annotated[
        Literal["hybrid", "dense", "sparse", "all"],
        typer.Option("--method", help="How passages are ranked; all: side by side, with a test."),
    ] = "hybrid",
    k: Annotated[
        int | None,
        typer.Option("-k", help="Passages looked at for each question: 10; of excerpts, 5."),
    ] = None,
    within_document: Annotated[
        bool,
        typer.Option("--within-document", help="Ask each question of the document it names."),
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="Write a page about it.")
    ] = None,
    run_out: Annotated[
        Path | None, typer.Option("--run-out", metavar="FILE", help="Write a TREC run file.")
    ] = None,
    run_in: Annotated[
        list[Path] | None,
        typer.Option("--run-in", metavar="FILE", help="Measure a TREC run file made elsewhere."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Measure answers on your own questions, or on a set in BEIR layout.

    To measure your own documents, write a file with one JSON object a line: "question"; "doc", the
    name of the file that answers it; and "evidence", an exact piece of its text, all of which a
    right citation must hold, or "pages", the numbers of the pages that one may come from, as in
    {"question": "When was the lease signed?", "doc": "lease.pdf", "pages": [3]}. Write null for
    "doc" and "evidence" in a question that the documents do not answer: it counts whether it is
    refused. Then: qa evaluate questions.jsonl --docs FOLDER

    SET may also be a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv, or a file of
    {"text", "corpus_id", "references": [{"start_index", "end_index"}]}, of which the share of
    characters that were retrieved is measured. A question for which nothing comes back counts 0.
    """
    from qa.evaluate import compare, evaluate_run, load_beir, load_questions, read_run, write_run
    from qa.evaluate.page import write_page
    from qa.evaluate.report import print_evaluations

    for file in filter(None, (report, run_out)):
        if not file.expanduser().absolute().parent.is_dir():
            raise UsageError(f"there is no folder for {str(file)!r}; make it first")
    beir = load_beir(questions) if questions.is_dir() else None
    if beir is None and (run_in or run_out):
        raise UsageError("run files are of judged documents: give a folder in BEIR layout as SET")
    labelled = load_questions(questions) if beir is None else beir.questions
    if run_in:
        evaluations = [evaluate_run(read_run(file), labelled) for file in run_in]
    else:
        methods = get_args(Method) if method == "all" else (method,)
        evaluations = _evaluations(beir or labelled, docs, library, methods, k, within_document)
    comparisons = compare(evaluations)
    if run_out is not None:
        for one, file in zip(evaluations, _files_for(run_out, evaluations), strict=True):
            write_run(file, one)
    if report is not None:
        write_page(report, questions.resolve().name, evaluations, comparisons)
    if not as_json:
        print_evaluations(_console(), evaluations, comparisons)
    elif len(evaluations) == 1:
        _print_json(evaluations[0].to_dict())
    else:
        _print_json(
            {
                "methods": [one.to_dict() for one in evaluations],
                "comparisons": [one.to_dict() for one in comparisons],
            }
        )
    return DONE


@app.command()
def tune(
    questions: Annotated[
        Path | None, typer.Argument(metavar="[QUESTIONS.jsonl]", show_default=False)
    ] = None,
    docs: Docs = None,
    library: LibraryOption = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Go back to the weights every library begins with.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Fit how passages are ranked to your own questions, and keep it if that is better.

    The questions are those of qa evaluate, at least 20 with an answer. What dense, lexical and
    sentence scores weigh is fitted to four fifths of them and measured on the rest, five times
    over; it is kept in the library when it gains at least .005 of RR@10 and that is hardly luck.
    """
    from qa.evaluate import load_questions
    from qa.terminal import print_tuning, progress_bar
    from qa.tuning import tune

    if (questions is None) != reset:
        raise UsageError("name a file of questions, or give --reset")
    labelled = load_questions(questions) if questions else []
    with _library(docs, library) as opened:
        if reset:
            opened.set_weights(None)
            found = None
        else:
            with progress_bar() as bar:
                found = tune(opened, labelled, on_progress=bar)
            if found.is_better:
                opened.set_weights(found.weights)
        weights = opened.weights()
    if as_json:
        _print_json({**(found.to_dict() if found else {}), "weights": asdict(weights)})
    else:
        print_tuning(_console(), found, weights)
    return DONE


@app.command()
def calibrate(
    questions: Annotated[
        Path | None, typer.Argument(metavar="[QUESTIONS.jsonl]", show_default=False)
    ] = None,
    docs: Docs = None,
    library: LibraryOption = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Go back to the relevance that is shipped.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Fit relevance to your own questions, and to the model of this library.

    The questions are those of qa evaluate, at least 40, some without an answer; unless given,
    those on the bundled samples, asked with the library's model.
    """
    from qa.calibration import calibrate, collect, collect_samples
    from qa.evaluate import load_questions
    from qa.terminal import print_calibration, progress_bar

    if questions is not None and reset:
        raise UsageError("name a file of questions, or give --reset; not both")
    with _library(docs, library) as opened:
        if reset:
            opened.set_relevance_model(None)
            found = None
        else:
            with progress_bar() as bar:
                if questions is None:
                    examples = collect_samples(opened.settings["model"], bar)
                else:
                    examples = collect(opened, load_questions(questions), bar)
            found = calibrate(examples, opened.settings["fingerprint"])
            opened.set_relevance_model(found.model)
    if as_json:
        _print_json(found.to_dict() if found else {})
    else:
        print_calibration(_console(), found)
    return DONE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; no traceback reaches the user."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = int(app(given or ["--help"], standalone_mode=False) or DONE)
        sys.stdout.flush()
        if code == INTERRUPTED:  # typer has caught the KeyboardInterrupt
            raise KeyboardInterrupt
        return code
    except TyperException as error:
        return _fail(f"{error.format_message()} See qa --help.")
    except DocumentQAError as error:
        return _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        _warn("interrupted; what was done is kept, and the same command goes on from there")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; Python must not complain at exit
        return DONE
    except Exception as error:  # a fault of ours: say so in one line, too
        return _fail(f"unexpected {type(error).__name__}: {error}; please report it")


def run() -> None:
    """Enter from the command line."""
    sys.exit(main())


@contextmanager
def _library(
    docs: list[Path] | None,
    folder: Path | None,
    ocr: bool | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Library]:
    """Open the library the options name, brought up to date with ``docs``."""
    from qa.library import Library
    from qa.places import sample_documents
    from qa.terminal import problem_lines, progress_bar

    if not docs and folder is None:
        docs = [sample_documents()]
    for path in docs or ():
        if not path.expanduser().exists():
            raise UsageError(f"there is no file or folder {str(path)!r}; check --docs")
    with Library.open(_place(docs, folder), create=bool(docs)) as opened:
        if docs:
            with progress_bar() as bar:
                receipt: Receipt = opened.index(docs, ocr=ocr, limits=limits, on_progress=bar)
            for line in (*problem_lines(receipt.files, ("failed", "empty")), *receipt.notes):
                _warn(line)
            if not receipt.passages:
                named = ", ".join(map(str, docs))
                raise UsageError(f"{named} holds no text that can be searched; name other --docs")
        yield opened


def _evaluations(
    questions: BeirSet | Sequence[LabelledQuestion],
    docs: list[Path] | None,
    folder: Path | None,
    methods: Sequence[Method],
    k: int | None,
    within_document: bool,
) -> list[Evaluation]:
    """Ask all questions with each method; documents in BEIR layout are made files first."""
    from qa.evaluate import BeirSet, evaluate, write_documents
    from qa.places import evaluated_documents_for
    from qa.terminal import progress_bar

    ids: dict[str, str] = {}
    if isinstance(questions, BeirSet):
        if docs:
            raise UsageError("a folder in BEIR layout brings its documents; leave out --docs")
        place = evaluated_documents_for(questions.folder)
        ids, docs = write_documents(questions, place), [place]
        questions = questions.questions
    with _library(docs, folder) as opened, progress_bar() as bar:
        return [
            evaluate(
                opened,
                questions,
                method=method,
                k=k,
                within_document=within_document,
                ids=ids,
                on_progress=bar,
            )
            for method in methods
        ]


def _files_for(file: Path, evaluations: Sequence[Evaluation]) -> list[Path]:
    """Return a file for each evaluation: the one named, or each with the method in its name."""
    if len(evaluations) == 1:
        return [file]
    return [file.with_name(f"{file.stem}.{one.method}{file.suffix}") for one in evaluations]


def _watch(library: Library, paths: list[Path], limits: Limits, as_json: bool) -> None:
    """Index again whenever something changes under the roots, until Ctrl-C."""
    import logging

    from watchfiles import watch

    logging.getLogger("watchfiles").setLevel(logging.ERROR)
    from qa.terminal import print_receipt

    with suppress(KeyboardInterrupt):
        for _ in watch(*(paths or library.roots()), raise_interrupt=False):
            receipt = library.index(paths, limits=limits)
            if not set(receipt.counts) <= {"unchanged"}:
                if as_json:
                    _print_json(receipt.to_dict())
                else:
                    print_receipt(_console(), receipt)
                sys.stdout.flush()


def _place(docs: list[Path] | None, folder: Path | None) -> Path:
    """Return the folder of the library that the options name."""
    from qa.places import library_for, sample_documents

    if folder is not None:
        return folder.expanduser().absolute()
    return library_for(docs or [sample_documents()])


def _limits(size: float, seconds: float | None, memory: float) -> Limits:
    """Return the limits that options give, in bytes where those are in megabytes."""
    limits = Limits(size=int(size * 1e6), memory=int(memory * 1e6))
    return limits if seconds is None else replace(limits, seconds=seconds, ocr_seconds=seconds)


def _login(auth: str | None) -> tuple[str, str] | None:
    if auth is None:
        return None
    user, colon, password = auth.partition(":")
    if not (user and colon and password):
        raise UsageError("--auth takes USER:PASSWORD")
    return user, password


def _console() -> Any:
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=80)


def _print_json(value: dict[str, Any]) -> None:
    escaped = sys.stdout.isatty()  # no character of a document may steer the terminal
    sys.stdout.write(json.dumps(value, ensure_ascii=escaped) + "\n")


def _warn(line: str) -> None:
    sys.stderr.write(f"qa: {line}\n")


def _fail(message: str) -> int:
    _warn("error: " + " ".join(message.split()))
    return WRONG_USAGE
