"""The HTTP API: what `qa ask`, `list`, `show`, `index` and `verify` do, with the same JSON."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any, cast

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from corpus.errors import DocumentQAError, NotThere, UsageError
from qa.checkup import CitationCheck
from qa.results import DocumentList, DocumentText, Verification
from qa.types import Answer
from qa.web.operations import Busy, Forbidden, Operations
from qa.web.schemas import (
    AskBody,
    AskOptions,
    ErrorBody,
    Health,
    IndexBody,
    ReceiptBody,
    ShowOptions,
    VerifyOptions,
    sentence_of,
)

_STATUSES = {Busy: 409, Forbidden: 403, NotThere: 404, UsageError: 422, DocumentQAError: 503}
_MEANINGS = {
    400: "This is no JSON.",
    401: "The server asks for a login.",
    403: "That may not be done from here.",
    404: "There is no such document or page.",
    409: "The same is being done just now.",
    413: "The request is too large.",
    422: "The request is wrong; the sentence says how.",
    503: "The library cannot be used just now.",
}


_ALWAYS = (401, 422, 503)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how a route's errors are described."""
    return {status: {"model": ErrorBody, "description": _MEANINGS[status]} for status in statuses}


def api_router(operations: Operations) -> APIRouter:
    """Return the routes under ``/api``."""
    api = APIRouter(prefix="/api", tags=["library"])

    @api.post("/ask", operation_id="ask", responses=errors(400, 413, *_ALWAYS))
    def ask(body: AskBody) -> Answer:
        """Answer a question with cited passages, as `qa ask --json` does.

        `citations` holds the passages nearest to the question, best first, also when `answered` is
        false: no passage answers it then. Offsets count Unicode code points of the document's text.
        """
        return operations.ask(body)

    @api.get("/ask", operation_id="askByQuery", responses=errors(*_ALWAYS))
    def ask_by_query(options: Annotated[AskOptions, Query()]) -> Answer:
        """Answer a question given in the URL; see `POST /api/ask`."""
        return operations.ask(options)

    @api.get("/documents", operation_id="listDocuments", responses=errors(*_ALWAYS))
    def list_documents() -> DocumentList:
        """List the indexed documents, as `qa list --json` does."""
        return operations.documents()

    @api.get("/show", operation_id="showDocument", responses=errors(404, *_ALWAYS))
    def show(options: Annotated[ShowOptions, Query()]) -> DocumentText:
        """Return a document's text, to which all offsets refer, as `qa show --json` does."""
        return operations.show(options.document, options.page)

    @api.post("/index", operation_id="index", responses=errors(400, 403, 409, 413, *_ALWAYS))
    def index(body: IndexBody | None = None) -> ReceiptBody:
        """Make the library equal to the files under its roots, as `qa index --json` does.

        The answer is the receipt: what became of every file. It comes when all is done.
        """
        return ReceiptBody.of(operations.index(body.paths if body else ()))

    @api.get("/verify", operation_id="verify", responses=errors(409, *_ALWAYS))
    def verify(options: Annotated[VerifyOptions, Query()]) -> Verification | CitationCheck:
        """Check everything, or one citation, as `qa verify --json` does; nothing is changed."""
        if options.citation is not None:
            return operations.check_citation(options.citation)
        return operations.verify()

    @api.get("/health", operation_id="health", responses=errors(*_ALWAYS))
    def health() -> Health:
        """Say that the server works and the library can be read."""
        operations.health()
        return Health(ok=True, version=version("document-qa"))

    return api


def answer_errors_in_sentences(web: FastAPI) -> None:
    """Make every error of ``web`` a JSON object with a sentence, and a status that fits."""
    web.add_exception_handler(DocumentQAError, _of_ours)
    web.add_exception_handler(RequestValidationError, _of_validation)
    web.add_exception_handler(HTTPException, _of_http)


def status_of(error: DocumentQAError) -> int:
    """Return the HTTP status that an error amounts to."""
    return next(status for kind, status in _STATUSES.items() if isinstance(error, kind))


def _of_ours(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, status_of(cast(DocumentQAError, error)))


def _of_validation(request: Request, error: Exception) -> JSONResponse:
    errors = cast(RequestValidationError, error).errors()
    return JSONResponse({"error": sentence_of(errors)}, 422)


def _of_http(request: Request, error: Exception) -> JSONResponse:
    known = cast(HTTPException, error)
    return JSONResponse({"error": known.detail}, known.status_code, known.headers)
