"""The page on the application, and nothing else that Gradio would serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr
from fastapi import FastAPI, Response
from gradio.routes import App
from starlette.routing import Mount

from qa.app.page import build
from qa.app.parts import PageLibrary
from qa.web.serving import serve

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
MONO_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
STYLES = sorted(Path(__file__).with_name("styles").glob("*.css"))


def launch(
    library: PageLibrary,
    web: FastAPI,
    *,
    examples: Callable[[], Sequence[str]],
    min_relevance: float | None = None,
    login: bool = False,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = True,
) -> None:
    """Serve the page on ``web``, made by `qa.web.application`, until Ctrl-C.

    ``min_relevance`` (0..1) is what the page's setting begins with; the library's own unless given.
    With ``login``, which ``web`` asks for, the page offers to log out.

    Raises:
        UsageError: the port is in use, or the host is not an address of this machine.
    """
    page = build(library, examples=examples, min_relevance=min_relevance, login=login)
    mounted = _mount(web, page)
    web.state.on_stop.append(lambda: mounted.stop_event.set())
    serve(web, host, port, announcement="Ask at {} (Ctrl-C ends)", open_browser=open_browser)


def _mount(web: FastAPI, page: gr.Blocks) -> App:
    """Mount ``page`` at the root of ``web`` and return Gradio's application."""
    for path in ("file={rest:path}", "file/{rest:path}", "proxy={rest:path}", "upload"):
        web.add_api_route(
            f"/gradio_api/{path}", _refuse, methods=["GET", "HEAD", "POST"], include_in_schema=False
        )
    style = "".join(sheet.read_text(encoding="utf-8") for sheet in STYLES)
    gr.mount_gradio_app(
        web,
        page,
        path="/",
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
