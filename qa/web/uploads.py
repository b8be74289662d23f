"""Adding documents to a library over HTTP, and removing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from corpus.errors import DocumentQAError, UsageError
from qa.files import FileInfo, find_file
from qa.uploads import NoRoom, TooLarge, Uploaded, Uploads
from qa.web.api import status_of

_ERROR = {"content": {"application/json": {"example": {"error": "what happened and what to do"}}}}

_REFUSALS = {
    413: "The file is too large.",
    422: "The name is not that of a file.",
    507: "There is no room for another upload.",
}
_BODY = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


class UploadLibrary(Protocol):
    """What is asked of a library here."""

    uploads: Uploads

    def files(self) -> Sequence[FileInfo]:
        """Return every file that is known."""
        ...

    def forget(self, name: str) -> list[str]:
        """Remove a document; the file too if it is an upload."""
        ...


def router(library: UploadLibrary) -> APIRouter:
    """Return the routes that add documents to a library and remove them."""
    routes = APIRouter()

    @routes.put(
        "/api/uploads/{name:path}",
        status_code=201,
        summary="Upload a file",
        responses={status: {"description": text, **_ERROR} for status, text in _REFUSALS.items()},
        openapi_extra={"requestBody": _BODY},
    )
    async def upload(name: str, request: Request) -> Response:
        """Keep the body as a file of the library's uploads, of this name made safe.

        A file of the same name is replaced. It can be asked once the library was indexed.
        """
        try:
            taken = await _take(library.uploads, name, request)
        except ClientDisconnect:
            return _refusal(UsageError("the upload was broken off; nothing of it was kept"))
        except DocumentQAError as error:
            return _refusal(error)
        return JSONResponse(asdict(taken), 201)

    @routes.delete(
        "/api/documents",
        summary="Remove a document",
        responses={404: {"description": "There is no such document.", **_ERROR}},
    )
    def remove(document: str) -> Any:
        """Remove one document; an upload's file is deleted, all others stay where they are."""
        try:
            removed = library.forget(find_file(library.files(), document).path)
        except DocumentQAError as error:
            return _refusal(error)
        return {"removed": removed}

    return routes


async def _take(uploads: Uploads, name: str, request: Request) -> Uploaded:
    """Write the request's body as it comes, in threads: a disk may be slow."""
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() else None
    with uploads.receive(name, size) as receiving:
        async for piece in request.stream():
            await run_in_threadpool(receiving.write, piece)
        return await run_in_threadpool(receiving.finish)


def _refusal(error: DocumentQAError) -> JSONResponse:
    statuses = {TooLarge: 413, NoRoom: 507}
    return JSONResponse({"error": str(error)}, statuses.get(type(error)) or status_of(error))
