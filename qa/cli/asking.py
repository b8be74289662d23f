"""Commands that ask a library, or show what is in it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.errors import UsageError
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
    Within,
)

if TYPE_CHECKING:
    pass


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

    limits = limits_of(max_file_size, max_seconds, max_memory)
    with open_library(docs, library, ocr, limits) as opened:
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


def list_documents(docs: Docs = None, library: LibraryOption = None, as_json: Json = False) -> int:
    """List the indexed documents."""
    from qa.terminal import print_documents

    with open_library(docs, library) as opened:
        documents = opened.documents()
    if as_json:
        print_json({"documents": [asdict(info) for info in documents]})
    else:
        print_documents(console(), documents)
    return DONE


def show(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", show_default=False)],
    page: Annotated[int | None, typer.Option("--page", metavar="N", help="One page only.")] = None,
    docs: Docs = None,
    library: LibraryOption = None,
    as_json: Json = False,
) -> int:
    """Print a document's text, to which the offsets of citations refer."""
    from qa.terminal import safe

    with open_library(docs, library) as opened:
        stored = opened.document(document)
    start, end = stored.span_of_page(page)
    text = stored.text[start:end]
    if as_json:
        print_json(
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
    limits = limits_of(max_file_size, max_seconds, max_memory)
    with open_library(docs, library, ocr, limits) as opened:
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


def _login(auth: str | None) -> tuple[str, str] | None:
    if auth is None:
        return None
    user, colon, password = auth.partition(":")
    if not (user and colon and password):
        raise UsageError("--auth takes USER:PASSWORD")
    return user, password
