"""Journal articles in JATS (or NLM) XML: title, abstract, sections, figures and references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from corpus.readers.assembly import Block, row_block
from corpus.readers.xmltree import child, children, content, value

_ARTICLES: Final = frozenset({"sub-article", "response"})
_FLOATS: Final = frozenset(
    "boxed-text def-list disp-quote fig fig-group list media supplementary-material table-wrap "
    "table-wrap-group verse-group".split()
)
_SKIPPED: Final = frozenset(
    "object-id permissions journal-id graphic inline-graphic processing-meta".split()
)
_MATH: Final = "math"


def is_article(root: Element) -> bool:
    """Tell whether an XML file is an article of this kind."""
    return root.tag == "article" and any(part.tag in ("front", "body") for part in root)


def blocks(article: Element) -> Iterator[Block]:
    """Yield an article's blocks in reading order, those of its sub-articles last."""
    front = child(article, "front") if article.tag == "article" else article
    meta = child(front, "article-meta") if article.tag == "article" else child(front, "front-stub")
    title = child(meta, "title-group", "article-title")
    if title is not None:
        yield Block(_text(title), 1)
    yield Block(", ".join(_authors(meta)))
    for part in children(meta):
        if part.tag in ("abstract", "trans-abstract"):
            if child(part, "title") is None:
                yield Block("Abstract", 2)
            yield from _section(part, 2)
    for name in ("body", "back", "floats-group"):
        for part in children(article, name):
            yield from _block(part, 2)
    for part in article:
        if part.tag in _ARTICLES:
            yield from blocks(part)


def _authors(meta: Element | None) -> Iterator[str]:
    for group in children(meta):
        for person in group if group.tag == "contrib-group" else ():
            name = child(person, "name")
            parts = (child(name, "given-names"), child(name, "surname"))
            words = " ".join(content(part) for part in parts if part is not None)
            if words and value(person, "contrib-type") in ("author", ""):
                yield words


def _section(element: Element, level: int) -> Iterator[Block]:
    """Yield a section's title as a heading of that level, and what stands under it."""
    label = child(element, "label")
    for part in element:
        if part.tag == "title":
            words = [_text(name) for name in (label, part) if name is not None]
            yield Block(" ".join(words), level)
        elif part is not label or child(element, "title") is None:
            yield from _block(part, level + 1)


def _block(element: Element, level: int) -> Iterator[Block]:
    tag = element.tag
    if tag in ("sec", "ack", "app", "ref-list", "glossary", "fn-group", "notes", "app-group"):
        yield from _section(element, level)
    elif tag in ("p", "title", "label", "attrib", "disp-formula", "code", "preformat"):
        yield from _paragraph(element, level)
    elif tag == "list-item":
        for index, block in enumerate(b for part in element for b in _block(part, level)):
            yield Block(block.text, tight=True, prefix="  " if index else "- ")
    elif tag == "ref":
        yield Block(_reference(element), tight=True)
    elif tag == "table":
        yield from _table(element)
    elif tag == "alternatives":
        yield Block(_text(element))
    elif tag not in _SKIPPED:
        for part in element:
            yield from _block(part, level)


def _paragraph(element: Element, level: int) -> Iterator[Block]:
    """Yield a paragraph whole, and then what floats inside it."""
    floats: list[Element] = []
    yield Block(_text(element, floats))
    for part in floats:
        yield from _block(part, level)


def _text(element: Element, floats: list[Element] | None = None) -> str:
    pieces: list[str] = []
    _collect(element, pieces, [] if floats is None else floats)
    return " ".join("".join(pieces).split())


def _collect(element: Element, pieces: list[str], floats: list[Element]) -> None:
    """Gather running text; of a formula in several notations, the one to read."""
    pieces.append(element.text or "")
    is_choice = element.tag == "alternatives"
    has_math = is_choice and any(part.tag == _MATH for part in element)
    for part in element:
        if part.tag in _FLOATS:
            floats.append(part)
        elif part.tag not in _SKIPPED and (not has_math or part.tag == _MATH):
            _collect(part, pieces, floats)
        pieces.append(part.tail or "")


def _reference(element: Element) -> str:
    """Return a reference's text; its parts stand apart where it has no text between them."""
    if child(element, "mixed-citation") is not None:
        return _text(element)
    return " ".join(" ".join(element.itertext()).split())


def _table(table: Element) -> Iterator[Block]:
    tight = False
    for row in _rows(table):
        cells = [_text(cell) for cell in row]
        if any(cells):
            yield row_block(cells, tight)
            tight = True


def _rows(table: Element) -> Iterator[Element]:
    for part in table:
        if part.tag == "tr":
            yield part
        elif part.tag in ("thead", "tbody", "tfoot"):
            yield from _rows(part)
