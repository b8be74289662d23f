"""The one middleware that every request passes: page, API, MCP, pictures and uploads alike."""

from __future__ import annotations

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.web.access import Access, is_same_origin
from qa.web.doorway import Doorway

MOST_OF_A_CALL = 1_000_000  # bytes of a request to the API, MCP or the login
MOST_OF_AN_EVENT = 16_000_000  # bytes of what the page sends: a whole conversation may be in it
UPLOADS = "/api/uploads/"  # these have a limit of their own

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Gradio and Swagger UI have scripts and styles of theirs inline, and compile some; all is local
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_log = logging.getLogger(__name__)


class Guard:
    """An ASGI middleware that lets through who may call from where they may, and nothing too large.

    Every refusal is a sentence in JSON, ``{"error": …}``, and so is a fault of ours.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        self._doorway = Doorway(access.login) if access.login else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, _Reply(send))
        else:  # nothing here speaks WebSocket
            await send({"type": "websocket.close", "code": 1008})

    async def _serve(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        request = Request(scope, receive)
        limited = _limited(scope, receive)
        try:
            response: Response | None = self._refusal(request)
            if response is None and self._doorway:
                response = await self._doorway.answer(Request(scope, limited))
            await (response or self._app)(scope, limited, reply)
        except HTTPException as error:
            if not reply.has_begun:
                await _error(error.status_code, error.detail)(scope, receive, reply)
        except ClientDisconnect:
            pass
        except Exception as error:
            _log.error(
                "unexpected %s: %s; please report it",
                type(error).__name__,
                error,
                exc_info=_log.isEnabledFor(logging.DEBUG),
            )
            if not reply.has_begun:
                fault = _error(500, f"unexpected {type(error).__name__}; please report it")
                await fault(scope, receive, reply)

    def _refusal(self, request: Request) -> JSONResponse | None:
        """Return what is wrong with where a request comes from, or how large it says it is."""
        headers, path = request.headers, request.scope["path"]
        hosts = headers.getlist("host")
        server = (request.scope.get("server") or ("", None))[0]
        if len(hosts) != 1 or not self._access.knows_host(hosts[0], server):
            return _error(421, "this server has another name; it takes more with --allow-host NAME")
        if _is_foreign(request):
            return _error(403, "another site's page may not call this server")
        if _declared(headers) > _most(path):
            return _error(413, f"a request may hold {_most(path)} bytes at most")
        return None


class _Reply:
    """Sends a response with the headers of all; knows whether it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _error(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)


def _is_for_programs(path: str) -> bool:
    return path.startswith(("/api/", "/mcp"))


def _is_foreign(request: Request) -> bool:
    """Tell whether another site's page makes a request; a link to a page of ours is none."""
    headers = request.headers
    if not all(is_same_origin(origin, headers["host"]) for origin in headers.getlist("origin")):
        return True
    is_a_call = request.method not in _SAFE or _is_for_programs(request.scope["path"])
    return is_a_call and headers.get("sec-fetch-site") == "cross-site"


def _most(path: str) -> float:
    """Return how many bytes a request may hold."""
    if path.startswith(UPLOADS):
        return float("inf")
    return MOST_OF_A_CALL if _is_for_programs(path) or path == "/login" else MOST_OF_AN_EVENT


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Return ``receive`` that counts, for a body that does not say how long it is."""
    most = _most(scope["path"]) if scope["type"] == "http" else 0
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413, f"a request may hold {most} bytes at most")
        return message

    return counted
