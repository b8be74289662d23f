"""MCP at a path of the application; the SDK, slow to import, is loaded by the first request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from qa.web.operations import Operations

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

MCP_PATH = "/mcp"


class McpEndpoint:
    """An ASGI application that speaks MCP while the application's `lifespan` lasts.

    It keeps no sessions and answers in plain JSON. Host, Origin and login are the `Guard`'s matter.
    """

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._wanted = asyncio.Event()
        self._ready: asyncio.Future[StreamableHTTPSessionManager] | None = None

    @asynccontextmanager
    async def lifespan(self, web: FastAPI) -> AsyncIterator[None]:
        """Be there for requests until the application ends."""
        self._ready = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(self._run(self._ready))
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["method"] != "POST":  # there are no sessions to listen to or to end
            refusal = JSONResponse({"error": "MCP takes POST only"}, 405, {"Allow": "POST"})
            await refusal(scope, receive, send)
            return
        if self._ready is None:
            raise RuntimeError("the application's lifespan has not begun: enter it before serving")
        self._wanted.set()
        manager = await asyncio.shield(self._ready)
        await manager.handle_request(scope, receive, send)

    async def _run(self, ready: asyncio.Future[StreamableHTTPSessionManager]) -> None:
        """Wait for the first request, then load the SDK and keep its tasks going."""
        await self._wanted.wait()
        try:
            manager = await asyncio.to_thread(self._load)
        except Exception as error:
            ready.set_exception(error)
            return
        async with manager.run():
            ready.set_result(manager)
            await asyncio.Event().wait()

    def _load(self) -> StreamableHTTPSessionManager:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from qa.web.guard import MOST_OF_A_CALL
        from qa.web.tools import mcp_server

        return StreamableHTTPSessionManager(
            mcp_server(self._operations),
            json_response=True,
            stateless=True,
            max_request_body_size=MOST_OF_A_CALL,
        )
