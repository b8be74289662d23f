"""XML as a stream of tags, for parts too large for a tree; as safe as `xmltree`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol
from xml.parsers import expat

from corpus.errors import ReadError

_BLOCK: Final = 1 << 18  # bytes
_DEEPEST: Final = 256


class Handler(Protocol):
    """What is told of tags, by their local names, and of the text between them."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element; attributes keep ``namespace}name``."""

    def end(self, tag: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take text, or a part of it."""


def feed(xml: bytes, handler: Handler) -> Iterator[None]:
    """Tell ``handler`` of all that ``xml`` holds, pausing after each block of it.

    Raises `ReadError` when the XML is broken, or made to exhaust whoever reads it.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ReadError(f"nests XML elements more than {_DEEPEST} deep; save it again")
        handler.start(name.rpartition("}")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(name.rpartition("}")[2])

    def doctype(*_: object) -> None:  # no spreadsheet has one; entities can be made to explode
        raise ReadError("holds an XML document type declaration; save it again without one")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = doctype
    try:
        for position in range(0, len(xml), _BLOCK):
            parser.Parse(xml[position : position + _BLOCK])
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError) as error:
        raise ReadError(f"holds broken XML ({error}); open it and save it again") from error
    yield
