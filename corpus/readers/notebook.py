"""Jupyter notebooks (.ipynb): what their cells say, and what came out of them as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from corpus.errors import ReadError
from corpus.readers import markdown
from corpus.readers.assembly import INVISIBLE
from corpus.readers.decoding import decode
from corpus.readers.source import Source
from corpus.readers.titles import property_title
from corpus.types import Document, Heading, Mark

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LINE_END: Final = re.compile(r"\r\n?")
_OBJECT: Final = re.compile(r"\s*<[^\n]*>\s*")  # how Python writes what only a browser shows
_SHOWN: Final = ("text/markdown", "text/plain", "text/latex")  # the first of them is taken


def read(source: Source) -> Document:
    """Return the cells' sources and text outputs, with the headings of Markdown cells.

    Images and what only a browser shows are left out. Raises `ReadError` when the file is broken.
    """
    text, _ = decode(source.data)
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError("is not a whole notebook; open it in Jupyter and save it again") from error
    parts: list[str] = []
    marks: list[Mark] = []
    headings: list[Heading] = []
    length = 0
    for number, cell in enumerate(_cells(notebook), 1):
        blocks = [block for said in _said(cell) if (block := _clean(said)).strip()]
        if not blocks:
            continue
        marks.append(Mark(length, f"cell {number}"))
        if cell.get("cell_type") == "markdown":
            headings.extend(_headings(blocks[0], length))
        parts.append("\n\n".join(blocks))
        length += len(parts[-1]) + len("\n\n")
    title = _title(notebook, headings)
    return Document("\n\n".join(parts), title, headings=tuple(headings), marks=tuple(marks))


def _cells(notebook: Any) -> Iterator[dict[str, Any]]:
    """Yield the cells of a notebook; before format 4 they lay in worksheets."""
    if not isinstance(notebook, dict) or not {"cells", "worksheets"} & notebook.keys():
        raise ReadError("holds no cells, as a notebook does; give the file its proper suffix")
    for part in (notebook, *_dicts(notebook.get("worksheets"))):
        yield from _dicts(part.get("cells"))


def _said(cell: dict[str, Any]) -> Iterator[str]:
    """Yield the source of a cell, then its outputs."""
    yield _text(cell.get("source", cell.get("input")))
    for output in _dicts(cell.get("outputs")):
        if "ename" in output:
            yield f"{_text(output['ename'])}: {_text(output.get('evalue'))}"
            continue
        data = output.get("data")
        shown = data if isinstance(data, dict) else {"text/plain": output.get("text")}
        text = next((text for kind in _SHOWN if (text := _text(shown.get(kind)))), "")
        if not _OBJECT.fullmatch(text):
            yield text


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (
        (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
    )


def _text(value: Any) -> str:
    """Return a text of the notebook's format: a string, or a list of its lines."""
    lines = value if isinstance(value, list) else [value]
    return "".join(line for line in lines if isinstance(line, str))


def _clean(text: str) -> str:
    text = _LINE_END.sub("\n", _COLOUR.sub("", text)).translate(INVISIBLE)
    return _SURROGATE.sub("\ufffd", text).strip("\n").rstrip()


def _headings(text: str, offset: int) -> Iterator[Heading]:
    for heading in markdown.read(Source(text.encode(), "cell.md")).headings:
        yield replace(heading, start=heading.start + offset, end=heading.end + offset)


def _title(notebook: dict[str, Any], headings: list[Heading]) -> str:
    metadata = notebook.get("metadata")
    stored = _clean(_text(metadata.get("title"))) if isinstance(metadata, dict) else ""
    first = next((heading.title for heading in headings if heading.level == 1), "")
    return property_title(stored) or first
