"""XML to a tree, safely: entities cannot explode, nothing is fetched, size and depth are bound."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.entities import html5
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from corpus.errors import ReadError

_DEEPEST: Final = 256
_MOST_ELEMENTS: Final = 3_000_000
_LONGEST_ENTITY: Final = 1024
_MOST_GROWTH: Final = 4  # how many times longer entities may make a text
_ALWAYS_ALLOWED: Final = 1_000_000
_REFERENCE: Final = re.compile(r"&(?!(?:lt|gt|amp|apos|quot);)|%[^\s;]+;")


def parse(xml: bytes | str) -> Element:
    """Return the root element; tags are local names, attributes keep ``namespace}name``.

    Raises `ReadError` when the XML is broken, or made to exhaust whoever reads it.
    """
    root, reason = parse_start(xml)
    if reason:
        raise ReadError(f"holds broken XML ({reason}); open it and save it again")
    return root


def parse_start(xml: bytes | str) -> tuple[Element, str]:
    """Return the root with all that stands before the first fault, and that fault, often empty.

    Raises `ReadError` when there is no element at all, or for XML made to exhaust its reader.
    """
    return _Parser().parse(xml)


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first descendant along a path of local names, or None."""
    for name in path:
        if element is None:
            return None
        element = next((part for part in element if part.tag == name), None)
    return element


def children(element: Element | None, *path: str) -> Iterable[Element]:
    """Return what stands inside the element that `child` finds; nothing when it finds none."""
    found = child(element, *path)
    return () if found is None else found


def value(element: Element | None, name: str) -> str:
    """Return an attribute by its local name; empty when there is none."""
    if element is None:
        return ""
    found = element.get(name)
    if found is not None:
        return found
    suffix = f"}}{name}"
    return next((text for key, text in element.attrib.items() if key.endswith(suffix)), "")


def content(element: Element) -> str:
    """Return all text inside an element, on one line."""
    return " ".join("".join(element.itertext()).split())


class _Parser:
    """Feeds expat's events to a tree builder and counts them."""

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._open: list[str] = []
        self._elements = 0
        self._room = _ALWAYS_ALLOWED

    def parse(self, xml: bytes | str) -> tuple[Element, str]:
        self._room += _MOST_GROWTH * len(xml)
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._declare
        parser.SkippedEntityHandler = self._skipped
        try:
            parser.Parse(xml, True)
            reason = ""
        except (expat.ExpatError, ValueError, LookupError) as error:
            reason = str(error)
            parser.buffer_text = False  # hands over the text before the fault
        if not self._elements:
            raise ReadError(f"holds no XML ({reason}); give the file its proper suffix")
        while self._open:
            self._builder.end(self._open.pop())
        return self._builder.close(), reason

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) == _DEEPEST:
            raise ReadError(f"nests XML elements more than {_DEEPEST} deep; save it again")
        if self._elements > _MOST_ELEMENTS:
            raise ReadError(f"holds more than {_MOST_ELEMENTS:,} XML elements; split it")
        tag = name.rpartition("}")[2]
        self._open.append(tag)
        self._builder.start(tag, attributes)

    def _end(self, name: str) -> None:
        self._builder.end(self._open.pop())

    def _text(self, text: str) -> None:
        self._room -= len(text)
        if self._room < 0:
            raise _exploding()
        self._builder.data(text)

    def _declare(self, name: str, is_parameter: bool, text: str | None, *_: object) -> None:
        """Refuse entities that stand for much: a few lines of them unfold to gigabytes."""
        if text is not None and (len(text) > _LONGEST_ENTITY or _REFERENCE.search(text)):
            raise _exploding()

    def _skipped(self, name: str, is_parameter: bool) -> None:
        """Take the names that HTML knows: those of a document type that is not at hand."""
        if self._open and not is_parameter:
            self._builder.data(html5.get(f"{name};", ""))


def _exploding() -> ReadError:
    return ReadError("defines XML entities that unfold to much text; save it without them")
