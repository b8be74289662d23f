"""The server that shows the page, and nothing else that Gradio would serve."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI, Response
from gradio.routes import App
from starlette.routing import Mount

from corpus.errors import UsageError
from qa.app.page import build
from qa.app.parts import PageLibrary

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
MONO_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
STYLES = sorted(Path(__file__).with_name("styles").glob("*.css"))


def launch(
    library: PageLibrary,
    *,
    examples: Sequence[str],
    min_relevance: float | None = None,
    host: str = "127.0.0.1",
    port: int = 7860,
    auth: tuple[str, str] | None = None,
    open_browser: bool = True,
) -> None:
    """Serve the page until Ctrl-C; ``auth`` is the one user and password that may enter.

    ``min_relevance`` (0..1) is what the page's setting begins with; the library's own unless given.

    Raises:
        UsageError: the port is in use, or the host is not an address of this machine.
    """
    listener = _listen(host, port)
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    web = FastAPI(openapi_url=None)
    page = _mount(web, build(library, examples=examples, min_relevance=min_relevance), auth)
    server = _Server(web, page, url, open_browser)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def _mount(web: FastAPI, page: gr.Blocks, auth: tuple[str, str] | None) -> App:
    """Mount ``page`` at the root of ``web`` and return Gradio's application."""
    for path in ("file={rest:path}", "file/{rest:path}", "proxy={rest:path}", "upload"):
        web.add_api_route(f"/gradio_api/{path}", _refuse, methods=["GET", "HEAD", "POST"])
    style = "".join(sheet.read_text(encoding="utf-8") for sheet in STYLES)
    gr.mount_gradio_app(
        web,
        page,
        path="/",
        auth=auth,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
        theme=_theme(),
        head=f"<style>{style}</style>",
    )
    mounted = (route.app for route in web.routes if isinstance(route, Mount))
    return next(app for app in mounted if isinstance(app, App))


def _refuse() -> Response:
    """Refuse what the page does not use: files by path or URL (which Gradio fetches), uploads."""
    return Response(status_code=404)


def _theme() -> gr.themes.Base:
    return gr.themes.Default(
        primary_hue="teal",
        neutral_hue="slate",
        font=[gr.themes.Font(name) for name in FONTS],
        font_mono=[gr.themes.Font(name) for name in MONO_FONTS],
    ).set(body_background_fill="*neutral_50")


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at ``host`` and ``port``."""
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        if os.name == "posix":  # elsewhere this option lets two programs share one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        if listener:
            listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} is in use: choose another with --port") from None
        reason = error.strerror or error
        raise UsageError(f"cannot listen on {host} port {port}: {reason}") from None
    return listener


class _Server(uvicorn.Server):
    """A server that says where it is, and ends although browsers hold streams open."""

    def __init__(self, web: FastAPI, page: App, url: str, open_browser: bool) -> None:
        super().__init__(uvicorn.Config(web, log_level="warning", timeout_graceful_shutdown=3))
        self.page = page
        self.url = url
        self.open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"Ask at {self.url} (Ctrl-C ends)", flush=True)
        if self.open_browser:
            webbrowser.open(self.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.page.stop_event.set()
        await super().shutdown(sockets)
