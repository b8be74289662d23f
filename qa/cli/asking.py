"""Commands that ask a library, or show what is in it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from qa.cli.common import (
    DONE,
    NO_ANSWER,
    console,
    limits_of,
    open_library,
    print_json,
)
from qa.cli.options import (
    Docs,
    Json,
    LibraryOption,
    MaxFileSize,
    MaxMemory,
    MaxSeconds,
    MethodOption,
    MinRelevance,
    Ocr,
    RerankOption,
    StoreOption,
    Within,
)


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", show_default=False)],
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
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
    """Answer a question with cited passages.

    Without --docs and --library it is asked of the samples. Exits 3 when no passage answers.
    """
    from qa.terminal import print_answer

    limits = limits_of(max_file_size, max_seconds, max_memory)
    with open_library(docs, library, ocr, limits, store) as opened:
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
        print_json(answer.to_dict())
    else:
        print_answer(console(), answer)
    return DONE if answer.answered else NO_ANSWER


def list_documents(
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    as_json: Json = False,
) -> int:
    """List the indexed documents."""
    from qa.results import DocumentList
    from qa.terminal import print_documents

    with open_library(docs, library, store=store) as opened:
        documents = opened.documents()
    if as_json:
        print_json(asdict(DocumentList(tuple(documents))))
    else:
        print_documents(console(), documents)
    return DONE


def show(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", show_default=False)],
    page: Annotated[int | None, typer.Option("--page", metavar="N", help="One page only.")] = None,
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    as_json: Json = False,
) -> int:
    """Print a document's text, to which offsets of citations refer."""
    from qa.results import DocumentText
    from qa.terminal import safe

    with open_library(docs, library, store=store) as opened:
        shown = DocumentText.of(opened.document(document), page)
    if as_json:
        print_json(asdict(shown))
    elif sys.stdout.isatty():
        typer.echo(safe(shown.text))
    else:
        sys.stdout.write(shown.text)
    return DONE
