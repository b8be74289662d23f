"""PowerPoint presentations (.pptx), read from their XML: one page a slide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Element

from corpus.errors import ReadError
from corpus.readers.assembly import INVISIBLE, Assembly, Block, indent, row_block
from corpus.readers.package import Package, relation_id
from corpus.readers.source import Source
from corpus.readers.xmltree import child, children, content, value
from corpus.types import Document

_MAIN: Final = "ppt/presentation.xml"
_TITLES: Final = frozenset({"title", "ctrTitle"})
_FURNITURE: Final = frozenset({"dt", "ftr", "hdr", "sldNum", "sldImg"})
_LIST_HOLDERS: Final = frozenset({"body", "obj"})
_BULLETS: Final = frozenset({"buChar", "buAutoNum", "buBlip"})
_BULLET_KINDS: Final = _BULLETS | {"buNone"}


def read(source: Source) -> Document:
    """Return each slide's title, text, tables, charts and diagrams, and then its notes.

    Comments, masters and running heads are left out. Raises `ReadError` when the file is broken.
    """
    with Package(source.data, "PowerPoint") as package:
        return _read(package)


def _read(package: Package) -> Document:
    main = _main_part(package)
    presentation = package.xml(main)
    if presentation is None:
        raise ReadError("holds no presentation; give the file its proper suffix")
    relations = package.relations(main)
    assembly = Assembly()
    for slide in children(presentation, "sldIdLst"):
        relation = relations.pop(relation_id(slide), None)  # so that none is read twice
        blocks = _Slide(package, relation.target).blocks() if relation else ()
        assembly.add_page(blocks, "slide")
    return assembly.document(package.core_title())


def _main_part(package: Package) -> str:
    relations = package.relations().values()
    main = (relation.target for relation in relations if relation.kind == "officeDocument")
    return next(main, _MAIN)


class _Slide:
    """Turns one slide, and the parts it points to, into blocks."""

    def __init__(self, package: Package, name: str) -> None:
        self._package = package
        self._root = package.xml(name)
        self._relations = package.relations(name)

    def blocks(self) -> Iterator[Block]:
        """Yield the title first, wherever it stands in the file, and the notes last."""
        shapes = list(self._shapes(children(self._root, "cSld", "spTree")))
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
        for shape in titles:
            yield Block(" ".join(_lines(child(shape, "txBody"))), level=1)
        for shape in shapes:
            if _placeholder(shape) not in _TITLES | _FURNITURE:
                yield from self._shape(shape)
        yield from self._notes()

    def _shapes(self, tree: Iterable[Element]) -> Iterator[Element]:
        """Yield the shapes in a tree, those in groups one by one."""
        for element in tree:
            if element.tag == "grpSp":
                yield from self._shapes(element)
            elif element.tag == "AlternateContent":
                yield from self._shapes(children(element, "Choice"))
            elif element.tag in ("sp", "graphicFrame"):
                yield element

    def _shape(self, shape: Element) -> Iterator[Block]:
        if shape.tag == "sp":
            yield from _text_blocks(child(shape, "txBody"), _placeholder(shape) in _LIST_HOLDERS)
            return
        for element in children(shape, "graphic", "graphicData"):
            if element.tag == "tbl":
                yield from _table(element)
            elif element.tag == "chart":
                yield from _chart(self._part(relation_id(element)))
            elif element.tag == "relIds":
                yield from _diagram(self._part(relation_id(element, "dm")))

    def _notes(self) -> Iterator[Block]:
        kinds = self._relations.values()
        target = next((relation.target for relation in kinds if relation.kind == "notesSlide"), "")
        notes = self._package.xml(target) if target else None
        for shape in self._shapes(children(notes, "cSld", "spTree")):
            if _placeholder(shape) == "body":
                yield from _text_blocks(child(shape, "txBody"))

    def _part(self, identity: str) -> Element | None:
        relation = self._relations.get(identity)
        return self._package.xml(relation.target) if relation else None


def _placeholder(shape: Element) -> str:
    """Return the kind of placeholder that a shape fills; empty when it is none."""
    mark = child(next(iter(shape), None), "nvPr", "ph")
    return "" if mark is None else value(mark, "type") or "obj"


def _text_blocks(body: Element | None, is_list: bool = False) -> Iterator[Block]:
    """Yield a shape's paragraphs; where ``is_list``, several of them are a list's items."""
    paragraphs = [part for part in children(body) if part.tag == "p"]
    texts = [_text(paragraph) for paragraph in paragraphs]
    is_list = is_list and sum(map(bool, texts)) > 1
    follows_item = False
    for paragraph, text in zip(paragraphs, texts, strict=True):
        properties = child(paragraph, "pPr")
        kinds = (part.tag for part in children(properties) if part.tag in _BULLET_KINDS)
        bullet = next(kinds, "")
        if bullet in _BULLETS or (is_list and not bullet):
            level = value(properties, "lvl")
            depth = int(level) + 1 if level.isdecimal() else 1
            yield Block(text, tight=follows_item, prefix=f"{indent(depth)}- ")
            follows_item = follows_item or bool(text)
        else:
            yield Block(text)
            follows_item = False


def _lines(body: Element | None) -> Iterator[str]:
    for paragraph in children(body):
        if paragraph.tag == "p":
            yield from _text(paragraph).split()


def _text(paragraph: Element) -> str:
    return "".join(_pieces(paragraph)).translate(INVISIBLE).strip()


def _pieces(element: Element) -> Iterator[str]:
    """Yield the text of runs, fields and formulas."""
    for part in element:
        if part.tag == "t":
            yield part.text or ""
        elif part.tag == "br":
            yield "\n"
        elif part.tag not in ("pPr", "rPr", "Fallback"):
            yield from _pieces(part)


def _table(table: Element) -> Iterator[Block]:
    tight = False
    for row in table:
        cells = [" ".join(_lines(child(cell, "txBody"))) for cell in row if cell.tag == "tc"]
        if any(cells):
            yield row_block(cells, tight)
            tight = True


def _chart(part: Element | None) -> Iterator[Block]:
    """Yield a chart's title and its data as a table: a row a category, a column a series."""
    chart = child(part, "chart")
    if chart is None:
        return
    title = child(chart, "title", "tx")
    yield Block(" ".join(_lines(child(title, "rich"))))
    series = [part for part in chart.iter() if part.tag == "ser"]
    names = [" ".join(_points(one, "tx").values()) for one in series]
    columns = [_points(one, "val", "yVal") for one in series]
    categories = _points(series[0], "cat", "xVal") if series else {}
    if any(names):
        yield row_block(["", *names], tight=False)
    indexes = sorted({index for column in (categories, *columns) for index in column})
    for index in indexes:
        cells = [column.get(index, "") for column in (categories, *columns)]
        yield row_block(cells, tight=any(names) or index != indexes[0])


def _points(series: Element, *names: str) -> dict[int, str]:
    """Return the values that a chart keeps of the sheet behind it, by their index."""
    points: dict[int, str] = {}
    for part in series:
        for point in part.iter("pt") if part.tag in names else ():
            index = value(point, "idx")
            if index.isdecimal():
                points[int(index)] = content(point)
    return points


def _diagram(part: Element | None) -> Iterable[Block]:
    """Return the texts of a diagram's nodes (SmartArt)."""
    bodies = (child(point, "t") for point in children(part, "ptLst"))
    return [block for body in bodies for block in _text_blocks(body)]
