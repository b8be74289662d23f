"""Commands that measure a library on questions, and fit it to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from corpus.errors import UsageError
from qa.cli.common import DONE, console, labelled_in, open_library, print_json, warn
from qa.cli.options import Docs, Json, LibraryOption, QuestionsFile, StoreOption
from qa.types import Method
from qa.wording import count

if TYPE_CHECKING:
    from qa.evaluate import BeirSet, Evaluation, LabelledQuestion
    from qa.library import Library

_NAMED = 3  # questions shown in a warning


def evaluate(
    questions: Annotated[Path | None, typer.Argument(metavar="[SET]", show_default=False)] = None,
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
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
    """Measure answers on your own questions, or on a BEIR set.

    To measure your own documents, write a file with one JSON object a line: "question"; "doc", the
    name of the file that answers it; and "evidence", an exact piece of its text, all of which a
    right citation must hold, or "pages", the numbers of the pages that one may come from, as in
    {"question": "When was the lease signed?", "doc": "lease.pdf", "pages": [3]}. Write null for
    "doc" and "evidence" in a question that the documents do not answer: it counts whether it is
    refused. Then: qa evaluate questions.jsonl --docs FOLDER

    Without SET, the questions are those that were labelled in qa chat, kept with the library.

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
    questions = questions or labelled_in(docs, library, store)
    beir = load_beir(questions) if questions.is_dir() else None
    if beir is None and (run_in or run_out):
        raise UsageError("run files are of judged documents: give a folder in BEIR layout as SET")
    labelled = load_questions(questions) if beir is None else beir.questions
    if run_in:
        evaluations = [evaluate_run(read_run(file), labelled) for file in run_in]
    else:
        methods = get_args(Method) if method == "all" else (method,)
        evaluations = _evaluations(
            beir or labelled, docs, library, store, methods, k, within_document
        )
    comparisons = compare(evaluations)
    if run_out is not None:
        for one, file in zip(evaluations, _files_for(run_out, evaluations), strict=True):
            write_run(file, one)
    if report is not None:
        write_page(report, questions.resolve().name, evaluations, comparisons)
    if not as_json:
        print_evaluations(console(), evaluations, comparisons)
    elif len(evaluations) == 1:
        print_json(evaluations[0].to_dict())
    else:
        print_json(
            {
                "methods": [one.to_dict() for one in evaluations],
                "comparisons": [one.to_dict() for one in comparisons],
            }
        )
    return DONE


def tune(
    questions: QuestionsFile = None,
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Go back to the weights every library begins with.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Fit how passages are ranked to your own questions.

    The questions are those of qa evaluate, at least 20 with an answer; without a file, those that
    were labelled in qa chat. What dense, lexical and sentence scores weigh is fitted to four fifths
    of them and measured on the rest, five times over; it is kept in the library when it gains at
    least .005 of RR@10 and that is hardly luck.
    """
    from qa.evaluate import load_questions
    from qa.terminal import print_tuning, progress_bar
    from qa.tuning import tune

    if questions is not None and reset:
        raise UsageError("name a file of questions, or give --reset; not both")
    labelled = [] if reset else load_questions(questions or labelled_in(docs, library, store))
    with open_library(docs, library, store=store) as opened:
        if reset:
            opened.set_weights(None)
            found = None
        else:
            _warn_of_misquoted(opened, labelled)
            with progress_bar() as bar:
                found = tune(opened, labelled, on_progress=bar)
            if found.is_better:
                opened.set_weights(found.weights)
        weights = opened.weights()
    if as_json:
        print_json({**(found.to_dict() if found else {}), "weights": asdict(weights)})
    else:
        print_tuning(console(), found, weights)
    return DONE


def calibrate(
    questions: QuestionsFile = None,
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Go back to the relevance that is shipped.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Fit relevance to your own questions, or to another model.

    It is fitted to the model of this library. The questions are those of qa evaluate, at least 40,
    some without an answer; unless given, those on the bundled samples, asked with that model.
    """
    from qa.calibration import calibrate, collect, collect_samples
    from qa.evaluate import load_questions
    from qa.terminal import print_calibration, progress_bar

    if questions is not None and reset:
        raise UsageError("name a file of questions, or give --reset; not both")
    with open_library(docs, library, store=store) as opened:
        if reset:
            opened.set_relevance_model(None)
            found = None
        else:
            with progress_bar() as bar:
                if questions is None:
                    examples = collect_samples(opened.settings["model"], bar)
                else:
                    labelled = load_questions(questions)
                    _warn_of_misquoted(opened, labelled)
                    examples = collect(opened, labelled, bar)
            found = calibrate(examples, opened.settings["fingerprint"])
            opened.set_relevance_model(found.model)
    if as_json:
        print_json(found.to_dict() if found else {})
    else:
        print_calibration(console(), found)
    return DONE


def _evaluations(
    questions: BeirSet | Sequence[LabelledQuestion],
    docs: list[Path] | None,
    folder: Path | None,
    store: str | None,
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
    with open_library(docs, folder, store=store) as opened, progress_bar() as bar:
        _warn_of_misquoted(opened, questions)
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


def _warn_of_misquoted(library: Library, questions: Sequence[LabelledQuestion]) -> None:
    """Say which questions can only be missed, as their evidence is not in their documents."""
    from qa.evaluate import misquoted

    if lost := misquoted(library, questions):
        first = ", ".join(repr(question.question) for question in lost[:_NAMED])
        more = ", …" if len(lost) > _NAMED else ""
        warn(
            f"the evidence of {count(len(lost), 'question')} stands in no document named with it, "
            f"word for word, and can only be missed: {first}{more}"
        )


def _files_for(file: Path, evaluations: Sequence[Evaluation]) -> list[Path]:
    """Return a file for each evaluation: the one named, or each with the method in its name."""
    if len(evaluations) == 1:
        return [file]
    return [file.with_name(f"{file.stem}.{one.method}{file.suffix}") for one in evaluations]
