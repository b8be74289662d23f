"""Pages of documents as pictures, and where on them pieces of their text stand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Annotated, Any, Final, Protocol

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from corpus.errors import DocumentQAError, ReadError
from qa.drawings import MEDIA_TYPE, MOST_SPANS, Busy, Drawings, PageBoxes
from qa.store import StoredDocument
from qa.types import Span
from qa.web.api import status_of
from qa.web.schemas import ErrorBody

_MOST_BYTES: Final = 32_000_000  # of pictures that are kept

_Name = Annotated[
    str,
    Query(min_length=1, max_length=4096, description="Its path within its root, or its full path."),
]
_Page = Annotated[int, Query(ge=1, le=1_000_000, description="The page's number, from 1.")]
_Scale = Annotated[
    float, Query(ge=0.5, le=4, multiple_of=0.5, description="Pixels per point of the page.")
]
_Spans = Annotated[
    list[Annotated[str, Query(pattern=r"^\d{1,9}-\d{1,9}$")]],
    Query(max_length=MOST_SPANS, description="Offsets into the document's text: START-END."),
]
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": ErrorBody, "description": "There is no such page, or no picture of it."},
    422: {"model": ErrorBody, "description": "The request is wrong; the sentence says how."},
    503: {"model": ErrorBody, "description": "Too many pages are being drawn just now."},
}


class PictureLibrary(Protocol):
    """What is asked of a library here."""

    drawings: Drawings

    def document(self, document: str) -> StoredDocument:
        """Return a document by its path within its root, or by its full path."""
        ...


def router(library: PictureLibrary) -> APIRouter:
    """Return the routes that show pages of a library's documents."""
    routes = APIRouter(prefix="/api", tags=["library"], responses=_ERRORS)
    pictures = _Pictures(library)

    @routes.get(
        "/picture",
        operation_id="showPicture",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {}}, "description": "The page as a JPEG."}},
    )
    def picture(request: Request, document: _Name, page: _Page, scale: _Scale = 2.0) -> Response:
        """Show a page of a PDF, or an image whose text was recognised, as a picture.

        There is none once the file is not the one that was indexed.
        """
        try:
            return pictures.answer(request, document, page, scale)
        except DocumentQAError as error:
            return _refusal(document, error)

    @routes.get("/picture/boxes", operation_id="showBoxes", response_model=PageBoxes)
    def boxes(document: _Name, page: _Page, span: _Spans) -> Any:
        """Say where on the picture of a page pieces of the document's text stand.

        A box is left, top, right and bottom, as shares of the page's width and height; there is one
        for each line.
        """
        try:
            return library.drawings.boxes(library.document(document), page, list(map(_span, span)))
        except DocumentQAError as error:
            return _refusal(document, error)

    return routes


class _Pictures:
    """Answers with pictures, the last of which are kept."""

    def __init__(self, library: PictureLibrary) -> None:
        self._library = library
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def answer(self, request: Request, document: str, page: int, scale: float) -> Response:
        """Return the picture, or that the one the browser has is still right."""
        stored = self._library.document(document)
        stored.span_of_page(page)
        tag = f'"{stored.file.sha256}-{page}-{scale}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        data = self._get(tag)
        if data is None:
            data = self._library.drawings.picture(stored, page, scale)
            self._keep(tag, data)
        return Response(data, media_type=MEDIA_TYPE, headers=headers)

    def _get(self, tag: str) -> bytes | None:
        with self._lock:
            data = self._kept.get(tag)
            if data is not None:
                self._kept.move_to_end(tag)
            return data

    def _keep(self, tag: str, data: bytes) -> None:
        """Keep a picture, and drop those that were not asked for the longest."""
        with self._lock:
            self._size += len(data) - len(self._kept.pop(tag, b""))
            self._kept[tag] = data
            while self._size > _MOST_BYTES:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)


def _span(given: str) -> Span:
    start, _, end = given.partition("-")
    return int(start), int(end)


def _refusal(document: str, error: DocumentQAError) -> JSONResponse:
    """Return an error as a sentence; a reader's says no name, which stands before it here."""
    if isinstance(error, Busy):
        return JSONResponse({"error": f"{document} {error}"}, 503, {"Retry-After": "1"})
    if isinstance(error, ReadError):
        return JSONResponse({"error": f"{document} {error}"}, 404)
    return JSONResponse({"error": str(error)}, status_of(error))
