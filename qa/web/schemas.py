"""What programs send, and what they get where no type of the library says it already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from corpus.types import FileReport, Receipt
from qa.types import Method

_MOST_ERRORS = 5  # that one sentence names
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_NAME = Annotated[str, Field(min_length=1, max_length=4096)]

Day = Annotated[
    str | None, Field(pattern=_DATE, json_schema_extra={"format": "date"}, examples=["2024-12-31"])
]
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4096,
        description="The document's path within its root, as in a citation or the list of "
        "documents, or its full path.",
        examples=["report.pdf"],
    ),
]
PageNumber = Annotated[
    int | None,
    Field(ge=1, le=10_000_000, description="One page, slide or sheet only, counted from 1."),
]
CitationId = Annotated[
    str | None,
    Field(max_length=200, description="Check this citation only, by the `id` of an answer's."),
]
Question = Annotated[
    str,
    Field(
        min_length=1,
        max_length=10_000,
        description='A question in plain language. Words in "double quotes" must stand together.',
    ),
]


class AskOptions(BaseModel):
    """A question, and of which documents it is asked."""

    model_config = ConfigDict(extra="forbid")

    question: Question
    k: Annotated[int, Field(ge=1, le=100, description="How many passages to return.")] = 5
    method: Annotated[Method, Field(description="How passages are ranked.")] = "hybrid"
    within: Annotated[
        list[_NAME],
        Field(
            max_length=100,
            description="Ask these documents only: paths, or patterns as in a .gitignore file.",
            examples=[["reports/*.pdf"]],
        ),
    ] = []
    types: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]],
        Field(
            max_length=100,
            description="Ask files of these types only, by suffix.",
            examples=[["pdf", "docx"]],
        ),
    ] = []
    since: Annotated[Day, Field(description="Ask files changed on this day or later.")] = None
    until: Annotated[Day, Field(description="Ask files changed up to this day.")] = None
    min_relevance: Annotated[
        float | None,
        Field(ge=0, le=1, description="Count an answer as one from this relevance on."),
    ] = None
    explain: Annotated[bool, Field(description="Add ranks and matched words to each citation.")] = (
        False
    )


class AskBody(AskOptions):
    """A question in JSON: a number is a number there, not a text that looks like one."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(BaseModel):
    """No options at all."""

    model_config = ConfigDict(extra="forbid")


class ShowOptions(BaseModel):
    """Which document is shown."""

    model_config = ConfigDict(extra="forbid")

    document: Name
    page: PageNumber = None


class IndexBody(BaseModel):
    """What is brought up to date."""

    model_config = ConfigDict(extra="forbid", strict=True)

    paths: Annotated[
        list[_NAME],
        Field(
            max_length=1000,
            description="Full paths of roots, or of folders and files in them; all roots unless "
            "given. Anything outside is refused.",
        ),
    ] = []


class VerifyOptions(BaseModel):
    """What is verified."""

    model_config = ConfigDict(extra="forbid")

    citation: CitationId = None


class ReceiptBody(BaseModel):
    """What became of every file of one run; counts are of files, ``passages`` of the library's."""

    added: int
    updated: int
    removed: int
    unchanged: int
    failed: int
    passages: int
    seconds: float
    notes: list[str]
    files: list[FileReport]

    @classmethod
    def of(cls, receipt: Receipt) -> ReceiptBody:
        """Return a receipt as programs get it."""
        return cls.model_validate(receipt.to_dict())


class Health(BaseModel):
    """That the server works, and which version it is."""

    ok: bool
    version: str


class ErrorBody(BaseModel):
    """What is wrong, as a sentence."""

    error: str


def sentence_of(errors: Iterable[Mapping[str, Any]]) -> str:
    """Return what is wrong with a request, given pydantic's errors."""
    found = list(errors)
    named = [_said(error) for error in found[:_MOST_ERRORS]]
    more = len(found) - len(named)
    return "; ".join([*named, f"and {more} more"] if more else named)


def _said(error: Mapping[str, Any]) -> str:
    where = _place(error["loc"])
    match error["type"]:
        case "json_invalid":
            return f"the request is no JSON: {error['ctx']['error']}, at character {where}"
        case "model_attributes_type":
            return "the request is no JSON object; send one, with Content-Type: application/json"
        case "string_pattern_mismatch" if error["loc"][-1] in ("since", "until"):
            return f"{where}: {error['input'][:100]!r} is no date; write it as 2024-12-31"
    return f"{where}: {error['msg']}"


def _place(location: Iterable[str | int]) -> str:
    parts = [str(part)[:100] for part in location if part not in ("body", "query")]
    return ".".join(parts) or "the request"
