"""Commands that stay: the chat page, the API, MCP."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from qa.cli.common import DONE, limits_of, open_library
from qa.cli.options import (
    Docs,
    LibraryOption,
    MaxFileSize,
    MaxMemory,
    MaxSeconds,
    MinRelevance,
    Ocr,
    StoreOption,
)
from qa.web import LOGIN_VARIABLE

Host = Annotated[str, typer.Option("--host", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")]
Auth = Annotated[
    str | None,
    typer.Option(
        "--auth",
        metavar="USER:PASSWORD",
        envvar=LOGIN_VARIABLE,
        help=f"Ask for this login; better given by the variable {LOGIN_VARIABLE}.",
        show_envvar=False,
    ),
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Let other machines in without a login.")
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option("--allow-host", metavar="NAME", help="Another name of this server; repeatable."),
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser.")]


def chat(
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    host: Host = "127.0.0.1",
    port: Port = 7860,
    auth: Auth = None,
    insecure: Insecure = False,
    allow_host: AllowHost = None,
    min_relevance: MinRelevance = None,
    ocr: Ocr = None,
    max_file_size: MaxFileSize = 200,
    max_seconds: MaxSeconds = None,
    max_memory: MaxMemory = 2000,
    no_browser: NoBrowser = False,
) -> int:
    """Open the chat page.

    Without --docs and --library it is about the samples. Programs find the API at /docs and MCP at
    /mcp of the same address.
    """
    from qa.web.access import Access

    access = Access.of(host, allow_host or (), auth, insecure=insecure)
    limits = limits_of(max_file_size, max_seconds, max_memory)
    with open_library(docs, library, ocr, limits, store) as opened:
        from qa.app import launch
        from qa.examples import Examples
        from qa.web.application import create_application

        launch(
            opened,
            create_application(opened, access, limits=limits, min_relevance=min_relevance),
            examples=Examples(opened),
            min_relevance=min_relevance,
            login=access.login is not None,
            host=host,
            port=port,
            open_browser=not no_browser,
        )
    return DONE


def serve(
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    host: Host = "127.0.0.1",
    port: Port = 7860,
    auth: Auth = None,
    insecure: Insecure = False,
    allow_host: AllowHost = None,
    min_relevance: MinRelevance = None,
    ocr: Ocr = None,
    max_file_size: MaxFileSize = 200,
    max_seconds: MaxSeconds = None,
    max_memory: MaxMemory = 2000,
    no_browser: Annotated[bool, typer.Option("--no-browser", hidden=True)] = True,
) -> int:
    """Serve the HTTP API and MCP, without the page.

    Without --docs and --library they are about the samples. The API is described at /docs, MCP is
    at /mcp.
    """
    from qa.web.access import Access

    access = Access.of(host, allow_host or (), auth, insecure=insecure)
    limits = limits_of(max_file_size, max_seconds, max_memory)
    with open_library(docs, library, ocr, limits, store) as opened:
        from qa.web import serving
        from qa.web.application import create_application, lead_to_description

        web = create_application(opened, access, limits=limits, min_relevance=min_relevance)
        lead_to_description(web)
        serving.serve(web, host, port, announcement="API at {0}docs, MCP at {0}mcp (Ctrl-C ends)")
    return DONE


def mcp(
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    min_relevance: MinRelevance = None,
    ocr: Ocr = None,
    max_file_size: MaxFileSize = 200,
    max_seconds: MaxSeconds = None,
    max_memory: MaxMemory = 2000,
) -> int:
    """Speak MCP to an assistant that starts this command.

    Messages come and go on stdin and stdout.
    """
    limits = limits_of(max_file_size, max_seconds, max_memory)
    with open_library(docs, library, ocr, limits, store) as opened:
        import anyio

        from qa.web.operations import Operations
        from qa.web.tools import serve_stdio

        operations = Operations(opened, limits=limits, min_relevance=min_relevance)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # or the thread that reads stdin would stay
        anyio.run(serve_stdio, operations)
    return DONE
