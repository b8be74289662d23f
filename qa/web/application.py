"""The application that `qa serve` runs, and on which `qa chat` mounts its page."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from corpus.limits import DEFAULT_LIMITS, Limits
from qa.library import Library
from qa.web import pictures, uploads
from qa.web.access import Access
from qa.web.api import answer_errors_in_sentences, api_router, errors
from qa.web.guard import Guard
from qa.web.mcp import MCP_PATH, McpEndpoint
from qa.web.operations import Operations

_DESCRIPTION = """
Ask documents a question; get the passages that answer it, each with a citation that can be checked.

Bodies and results are those of the commands' `--json`. An error is `{"error": "a sentence"}`.
Assistants find the same as MCP tools at `/mcp`.
"""


def create_application(
    library: Library,
    access: Access,
    *,
    limits: Limits = DEFAULT_LIMITS,
    min_relevance: float | None = None,
) -> FastAPI:
    """Return the API, its description, and MCP over ``library``, for those with ``access``.

    ``limits`` and ``min_relevance`` are as `Operations` takes them. What stands in the list
    ``state.on_stop`` is to be called when the server ends.
    """
    operations = Operations(library, limits=limits, min_relevance=min_relevance)
    mcp = McpEndpoint(operations)
    web = FastAPIOffline(
        title="document-qa",
        version=version("document-qa"),
        description=_DESCRIPTION,
        lifespan=mcp.lifespan,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url="/docs/oauth2-redirect",
        swagger_ui_parameters={"validatorUrl": None, "defaultModelsExpandDepth": 0},
        separate_input_output_schemas=False,
    )
    web.state.on_stop = list[Callable[[], None]]([operations.stop])
    web.add_middleware(Guard, access=access)
    answer_errors_in_sentences(web)
    web.include_router(api_router(operations))
    web.include_router(pictures.router(library), responses=errors(401))
    library.uploads.limits = limits
    web.include_router(uploads.router(library), tags=["uploads"], responses=errors(401, 404, 422))
    web.router.routes.append(Route(MCP_PATH, mcp, include_in_schema=False))
    return web


def lead_to_description(web: FastAPI) -> None:
    """Show who opens the address in a browser what can be asked, where there is no page."""

    def front(request: Request) -> RedirectResponse:
        return RedirectResponse("docs")

    web.router.routes.append(Route("/", front, include_in_schema=False))
