"""The command line: parse, call `Library`, show. Errors become one line and an exit code here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from corpus.errors import DocumentQAError, UsageError
from corpus.types import Receipt
from qa.types import Method

if TYPE_CHECKING:
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


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", show_default=False)],
    docs: Docs = None,
    library: LibraryOption = None,
    k: Annotated[int, typer.Option("-k", help="Number of passages.")] = 5,
    method: MethodOption = "hybrid",
    as_json: Json = False,
) -> int:
    """Answer a question with cited passages; without --docs and --library, from the samples.

    Exits 3 when no passage answers.
    """
    from qa.terminal import print_answer

    with _library(docs, library) as opened:
        answer = opened.ask(question, k=k, method=method)
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
    place = library or library_for(paths)
    with Library.open(place, model=model, create=bool(paths)) as opened:
        with progress_bar() as bar:
            receipt = opened.index(paths, exclude=exclude, prune=prune, on_progress=bar)
        if as_json:
            _print_json(receipt.to_dict())
        else:
            print_receipt(_console(), receipt)
        if not receipt.files:
            _warn("no files were found; check the path, and the patterns of --exclude")
        if watch:
            _watch(opened, paths, as_json)
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
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
) -> int:
    """Open the chat page; without --docs and --library, on the samples."""
    login = _login(auth)
    with _library(docs, library) as opened:
        from qa.app import launch
        from qa.examples import example_questions

        launch(
            opened,
            examples=example_questions(opened),
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
    method: MethodOption = "hybrid",
    k: Annotated[int, typer.Option("-k", help="Passages looked at for each question.")] = 10,
    as_json: Json = False,
) -> int:
    """Measure answers on your own questions.

    SET is a file with one JSON object a line: "question", and "doc" with "evidence", an exact piece
    of that document's text; or both null for a question the documents do not answer.
    """
    from qa.evaluate import evaluate, load_questions
    from qa.evaluate.report import print_evaluation

    loaded = load_questions(questions)
    with _library(docs, library) as opened:
        result = evaluate(opened, loaded, method=method, k=k)
    if as_json:
        _print_json(result.to_dict())
    else:
        print_evaluation(_console(), result)
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
def _library(docs: list[Path] | None, folder: Path | None) -> Iterator[Library]:
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
                receipt: Receipt = opened.index(docs, on_progress=bar)
            for line in problem_lines(receipt.files, ("failed", "empty")):
                _warn(line)
            if not receipt.passages:
                named = ", ".join(map(str, docs))
                raise UsageError(f"{named} holds no text that can be searched; name other --docs")
        yield opened


def _watch(library: Library, paths: list[Path], as_json: bool) -> None:
    """Index again whenever something changes under the roots, until Ctrl-C."""
    import logging

    from watchfiles import watch

    logging.getLogger("watchfiles").setLevel(logging.ERROR)
    from qa.terminal import print_receipt

    with suppress(KeyboardInterrupt):
        for _ in watch(*(paths or library.roots()), raise_interrupt=False):
            receipt = library.index(paths)
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
