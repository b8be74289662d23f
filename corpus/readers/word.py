"""Word documents (.docx), read from their XML with the standard library.

xberg was the plan; it writes Markdown marks into table cells ("**Revenue**") that cannot be told
from the document's own asterisks, and a citation must quote what the document says.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from corpus.errors import ReadError
from corpus.readers.assembly import INVISIBLE, Block, assemble, indent, joins_next_row, row_blocks
from corpus.readers.package import Package
from corpus.readers.source import Source
from corpus.readers.xmltree import child, children, value
from corpus.types import Document

_HEADING_NAME: Final = re.compile(r"heading ?([1-9])")
_LIST_NAME: Final = re.compile(r"list ?(?:bullet|number)")
_SKIPPED: Final = frozenset(  # properties, deleted text, and a drawing's copy for old readers
    "pPr rPr del moveFrom instrText delText Fallback rt sdtPr sdtEndPr".split()
)
_SIGNS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def read(source: Source) -> Document:
    """Return paragraphs, list items, table rows and headings, notes after their paragraph.

    Running heads, comments and deleted text are left out. Raises `ReadError` when the file is
    broken.
    """
    with Package(source.data, "Word") as package:
        return _read(package)


def _read(package: Package) -> Document:
    main = _main_part(package)
    folder = posixpath.dirname(main)
    body = package.xml(main)
    if body is None:
        raise ReadError("holds no Word document; give the file its proper suffix")
    reader = _Reader(_styles(package.xml(f"{folder}/styles.xml")))
    for kind in ("footnote", "endnote"):
        reader.add_notes(kind, package.xml(f"{folder}/{kind}s.xml"))
    blocks = [block for part in body for block in reader.blocks(part)]
    return assemble(blocks, title=package.core_title() or reader.title)


def _main_part(package: Package) -> str:
    relations = package.relations().values()
    main = (relation.target for relation in relations if relation.kind == "officeDocument")
    return next(main, "word/document.xml")


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph style says: heading level (0 none), list depth (0 none), whether a title."""

    level: int = 0
    depth: int = 0
    is_title: bool = False


def _styles(part: Element | None) -> dict[str, _Style]:
    """Return the paragraph styles by id, each with what it inherits."""
    elements = {
        value(element, "styleId"): element for element in children(part) if element.tag == "style"
    }
    return {name: _style(name, elements) for name in elements}


def _style(style_id: str, elements: dict[str, Element]) -> _Style:
    """Resolve one style: the nearest of its ancestors that says something decides."""
    level = depth = 0
    is_title = False
    seen: set[str] = set()
    while style_id in elements and style_id not in seen:
        seen.add(style_id)
        element = elements[style_id]
        own = _named_style(value(child(element, "name"), "val"))
        properties = child(element, "pPr")
        level = level or own.level or _outline_level(properties) or 0
        depth = depth or own.depth or _list_depth(properties) or 0
        is_title = is_title or own.is_title
        style_id = value(child(element, "basedOn"), "val")
    return _Style(level, depth, is_title)


def _named_style(name: str) -> _Style:
    """Read a built-in style's name, which Word keeps in English in every language."""
    name = name.lower()
    heading = _HEADING_NAME.fullmatch(name)
    is_title = name == "title"
    level = int(heading[1]) if heading else int(is_title)
    return _Style(level, 1 if _LIST_NAME.match(name) else 0, is_title)


def _outline_level(properties: Element | None) -> int | None:
    """Return the level a paragraph is given itself, 0 for body text, None when not said."""
    level = value(child(properties, "outlineLvl"), "val")
    return (int(level) + 1) % 10 if level.isdecimal() else None


def _list_depth(properties: Element | None) -> int | None:
    """Return how many lists deep an item stands, 0 when taken out of its list, None unsaid."""
    number = child(properties, "numPr")
    if number is None:
        return None
    depth = value(child(number, "ilvl"), "val")
    is_item = value(child(number, "numId"), "val") not in ("", "0")
    return (int(depth) if depth.isdecimal() else 0) + 1 if is_item else 0


@dataclass(slots=True)
class _Found:
    """What one paragraph holds: its text, and what stands beside it."""

    text: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)


class _Reader:
    """Turns the body's elements into blocks."""

    def __init__(self, styles: dict[str, _Style]) -> None:
        self._styles = styles
        self._notes: dict[tuple[str, str], list[Block]] = {}
        self._was_item = False
        self.title = ""
        """The first paragraph in the style of a title."""

    def add_notes(self, kind: str, part: Element | None) -> None:
        """Keep the notes of a kind, to stand after the paragraphs that refer to them."""
        for note in children(part):
            blocks = [block for part in note for block in self.blocks(part)]
            self._notes[kind, value(note, "id")] = blocks

    def blocks(self, element: Element) -> Iterator[Block]:
        """Yield the blocks of a body element, in reading order."""
        name = element.tag
        if name == "p":
            yield from self._paragraph(element)
        elif name == "tbl":
            self._was_item = False
            yield from self._table(element)
        elif name not in _SKIPPED:  # a content control, an insertion, a section
            for part in element:
                yield from self.blocks(part)

    def _paragraph(self, element: Element) -> Iterator[Block]:
        found = _Found()
        _collect(element, found)
        text = "".join(found.text).translate(INVISIBLE).strip()
        if text:
            yield self._block(text, child(element, "pPr"))
        for box in found.boxes:
            yield from self.blocks(box)
        for note in found.notes:
            yield from self._notes.pop(note, ())

    def _block(self, text: str, properties: Element | None) -> Block:
        style_id = value(child(properties, "pStyle"), "val")
        style = self._styles.get(style_id) or _named_style(style_id)
        level = _outline_level(properties)
        depth = _list_depth(properties)
        level = style.level if level is None else level
        depth = style.depth if depth is None else depth
        if level:
            self._was_item = False
            text = " ".join(text.split())
            self.title = self.title or (text if style.is_title else "")
            return Block(text, level)
        follows_item, self._was_item = self._was_item, depth > 0
        if not depth:
            return Block(text)
        return Block(text, tight=follows_item, prefix=f"{indent(depth)}- ")

    def _table(self, table: Element) -> Iterator[Block]:
        tight = False
        for row in _inside(table, "tr"):
            cells = list(_inside(row, "tc"))
            nested = any(True for cell in cells for _ in _inside(cell, "tbl"))
            blocks = [[block for part in cell for block in self.blocks(part)] for cell in cells]
            written = row_blocks(blocks, nested, tight)
            tight = joins_next_row(written, tight)
            yield from written


def _inside(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of that name, also those wrapped in content controls."""
    for part in element:
        if part.tag == name:
            yield part
        elif part.tag in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _inside(part, name)


def _collect(element: Element, found: _Found) -> None:
    """Gather the text shown in a paragraph or run."""
    for part in element:
        name = part.tag
        if name == "t":
            found.text.append(part.text or "")
        elif name in _SIGNS:
            found.text.append(_SIGNS[name])
        elif name in ("footnoteReference", "endnoteReference"):
            found.notes.append((name.removesuffix("Reference"), value(part, "id")))
        elif name == "txbxContent":
            found.boxes.append(part)
        elif name not in _SKIPPED and not (name == "r" and _is_hidden(part)):
            _collect(part, found)


def _is_hidden(run: Element) -> bool:
    mark = child(run, "rPr", "vanish")
    return mark is not None and value(mark, "val") not in ("0", "false", "off")
