"""OpenDocument texts and presentations (.odt, .odp), packed or as one flat XML file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from corpus.errors import Encrypted, ReadError
from corpus.readers.assembly import (
    INVISIBLE,
    Assembly,
    Block,
    indent,
    joins_next_row,
    row_blocks,
)
from corpus.readers.kinds import ZIP
from corpus.readers.package import Package
from corpus.readers.source import Source
from corpus.readers.titles import property_title
from corpus.readers.xmltree import child, children, content, parse, value
from corpus.types import Document

_TITLE_STYLE: Final = "Title"
_HEADING_STYLE: Final = "Heading_20_"
_FURNITURE: Final = frozenset({"header", "footer", "date-time", "page-number", "page"})
_SKIPPED: Final = (
    frozenset(  # comments, deleted text, lists of contents, and what forms are made of
        "annotation annotation-end tracked-changes table-of-content forms sequence-decls ruby-text "
        "desc title note-citation".split()
    )
)
_ROW_GROUPS: Final = frozenset({"table-header-rows", "table-rows", "table-row-group"})
_CELLS: Final = frozenset({"table-cell", "covered-table-cell"})
_BOXES: Final = frozenset({"frame", "custom-shape", "g", "rect", "ellipse", "line", "a"})
_MOST_SPACES: Final = 100


def read(source: Source) -> Document:
    """Return paragraphs, list items, tables and headings; of a presentation, slide by slide.

    Notes follow the paragraph or slide they belong to; comments, deleted text, running heads and
    tables of contents are left out. Raises `Encrypted` when a password is needed and `ReadError`
    when the file is broken.
    """
    if not source.data.startswith(ZIP):
        flat = parse(source.data)
        return _document(flat, flat, flat)
    with Package(source.data, "OpenDocument") as package:
        _refuse_locked(package)
        root = package.xml("content.xml")
        if root is None:
            raise ReadError("holds no OpenDocument; give the file its proper suffix")
        return _document(root, package.xml("styles.xml"), package.xml("meta.xml"))


def _refuse_locked(package: Package) -> None:
    for entry in children(package.xml("META-INF/manifest.xml")):
        if child(entry, "encryption-data") is not None:
            raise Encrypted("needs a password; save a copy without one")


def _document(root: Element, styles: Element | None, meta: Element | None) -> Document:
    reader = _Reader(_parents(styles) | _parents(root))
    assembly = Assembly()
    for body in children(root, "body"):
        if body.tag == "presentation":
            for page in body:
                if page.tag == "page":
                    assembly.add_page(reader.slide(page), "slide")
        else:
            assembly.add(block for part in body for block in reader.blocks(part))
    stored = child(meta, "meta", "title")
    return assembly.document(property_title(content(stored) if stored is not None else ""))


def _parents(root: Element | None) -> dict[str, str]:
    """Return for each paragraph style the one that it is made from."""
    return {
        value(style, "name"): value(style, "parent-style-name")
        for part in children(root)
        if part.tag in ("styles", "automatic-styles")
        for style in part
        if style.tag == "style"
    }


@dataclass(slots=True)
class _Found:
    """What one paragraph holds: its text, and what stands beside it."""

    text: list[str] = field(default_factory=list)
    notes: list[Element] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)


class _Reader:
    """Turns the body's elements into blocks."""

    def __init__(self, parents: dict[str, str]) -> None:
        self._parents = parents
        self._was_item = False

    def slide(self, page: Element) -> Iterator[Block]:
        """Yield a slide's title first, wherever it stands in the file, and its notes last."""
        self._was_item = False
        titles = [part for part in page if value(part, "class") == "title"]
        for part in titles:
            paragraphs = part.iter("p")
            text = " ".join(" ".join(map(content, paragraphs)).split()).translate(INVISIBLE)
            yield Block(text, level=1)
        for part in page:
            if part not in titles and part.tag != "notes":
                yield from self._box(part)
        for part in children(page, "notes"):
            yield from self._box(part)

    def blocks(self, element: Element) -> Iterator[Block]:
        """Yield the blocks of a body element, in reading order."""
        if element.tag in ("p", "h"):
            yield from self._paragraph(element)
        elif element.tag == "list":
            yield from self._list(element, 1)
        elif element.tag == "table":
            yield from self._table(element)
        elif element.tag in _BOXES:
            yield from self._box(element)
        elif element.tag not in _SKIPPED:  # a section, an index, a text box
            for part in element:
                yield from self.blocks(part)

    def _box(self, element: Element) -> Iterator[Block]:
        if value(element, "class") in _FURNITURE:
            return
        self._was_item = False
        for part in element:
            yield from self.blocks(part)

    def _paragraph(self, element: Element) -> Iterator[Block]:
        found = _Found()
        _collect(element, found)
        text = "".join(found.text).translate(INVISIBLE).strip()
        level = self._level(element)
        self._was_item = False
        yield Block(" ".join(text.split()) if level else text, level)
        for box in found.boxes:
            yield from self.blocks(box)
        for note in found.notes:
            yield from (block for part in note for block in self.blocks(part))

    def _level(self, element: Element) -> int:
        """Return a heading's level, 0 for other paragraphs; a title's is the highest."""
        outline = value(element, "outline-level")
        if element.tag == "h":
            return max(int(outline), 1) if outline.isdecimal() else 1
        style = value(element, "style-name")
        seen: set[str] = set()
        while style and style not in seen:
            seen.add(style)
            level = style.removeprefix(_HEADING_STYLE)
            if style == _TITLE_STYLE or (level != style and level.isdecimal()):
                return 1 if style == _TITLE_STYLE else int(level)
            style = self._parents.get(style, "")
        return 0

    def _list(self, element: Element, depth: int) -> Iterator[Block]:
        """Yield a list's items: the first paragraph of each bears the mark."""
        for item in element:
            mark = f"{indent(depth)}- "
            for part in item:
                if part.tag == "list":
                    yield from self._list(part, depth + 1)
                    continue
                follows_item = self._was_item
                for block in self.blocks(part):
                    if part.tag != "p" or not block.text:
                        yield block
                        continue
                    yield Block(block.text, tight=follows_item, prefix=mark)
                    mark = f"{indent(depth)}  "
                    follows_item = self._was_item = True

    def _table(self, table: Element) -> Iterator[Block]:
        tight = self._was_item = False
        for row in _rows(table):
            cells = [cell for cell in row if cell.tag in _CELLS]
            blocks = [[block for part in cell for block in self.blocks(part)] for cell in cells]
            nested = any(part.tag == "table" for cell in cells for part in cell)
            written = row_blocks(_without_trailing(blocks), nested, tight)
            tight = joins_next_row(written, tight)
            yield from written


def _rows(table: Element) -> Iterator[Element]:
    for part in table:
        if part.tag == "table-row":
            yield part
        elif part.tag in _ROW_GROUPS:
            yield from _rows(part)


def _without_trailing(cells: list[list[Block]]) -> list[list[Block]]:
    """Drop the empty cells that fill a row up."""
    last = max((index for index, cell in enumerate(cells) if cell), default=-1)
    return cells[: last + 1]


def _collect(element: Element, found: _Found) -> None:
    """Gather the text shown in a paragraph or span."""
    found.text.append(_folded(element.text))
    for part in element:
        if part.tag == "s":
            count = value(part, "c")
            found.text.append(" " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES))
        elif part.tag == "tab":
            found.text.append("\t")
        elif part.tag == "line-break":
            found.text.append("\n")
        elif part.tag == "note":
            found.notes += (body for body in part if body.tag == "note-body")
        elif part.tag in _BOXES - {"a"}:
            found.boxes.append(part)
        elif part.tag not in _SKIPPED:
            _collect(part, found)
        found.text.append(_folded(part.tail))


def _folded(text: str | None) -> str:
    """Fold white space, which OpenDocument writes as elements where it matters."""
    if not text:
        return ""
    folded = " ".join(text.split())
    return f"{' ' * text[0].isspace()}{folded}{' ' * (text[-1].isspace() and bool(folded))}"
