"""E-books (.epub): the chapters in reading order, each read as the web page it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from xml.etree.ElementTree import Element

from corpus.errors import Encrypted, ReadError
from corpus.readers import html
from corpus.readers.assembly import Block, assemble
from corpus.readers.package import Package, resolve
from corpus.readers.source import Source
from corpus.readers.xmltree import child, children, content, value
from corpus.types import Document

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_PAGES: Final = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})
_CONTENTS: Final = "application/x-dtbncx+xml"
_LONGEST_LABEL: Final = 200


def read(source: Source) -> Document:
    """Return the book's text, its title, and its headings.

    A chapter without a heading of its own has its first line as one where that is the chapter's
    name in the table of contents. Raises `Encrypted` when a seller's lock is on the book and
    `ReadError` when the file is broken.
    """
    with Package(source.data, "EPUB") as package:
        path = _book_path(package)
        book = package.xml(path)
        if book is None:
            raise ReadError("holds no book; give the file its proper suffix")
        _refuse_locked(package)
        title = next(book.iter("title"), None)
        return assemble(_blocks(package, path, book), content(title) if title is not None else "")


def _book_path(package: Package) -> str:
    root = child(package.xml(_CONTAINER), "rootfiles", "rootfile")
    return resolve("", value(root, "full-path"))


def _refuse_locked(package: Package) -> None:
    """Refuse a book whose chapters are encrypted; fonts alone may be, by any publisher."""
    for entry in children(package.xml(_ENCRYPTION)):
        path = value(child(entry, "CipherData", "CipherReference"), "URI")
        if path.lower().endswith(("html", "htm", "xml")):
            raise Encrypted("is locked by its seller; get a copy without a lock")


def _blocks(package: Package, path: str, book: Element) -> Iterator[Block]:
    items = {value(item, "id"): item for item in children(book, "manifest")}
    labels = _labels(package, path, items)
    seen: set[str] = set()
    for reference in children(book, "spine"):
        item = items.get(value(reference, "idref"))
        name = resolve(path, value(item, "href"))
        is_contents = "nav" in value(item, "properties").split()
        if value(item, "media-type") not in _PAGES or is_contents or name in seen:
            continue
        seen.add(name)
        page = package.part(name)
        if page is not None:
            blocks, _ = html.parse(html.decode_markup(page)[0])
            yield from _named(blocks, labels.get(name, ""))


def _labels(package: Package, path: str, items: dict[str, Element]) -> dict[str, str]:
    """Return the name of each chapter's file in the table of contents, its first where several."""
    labels: dict[str, str] = {}
    for item in items.values():
        name = resolve(path, value(item, "href"))
        if value(item, "media-type") == _CONTENTS:
            found = _ncx_labels(package.xml(name))
        elif "nav" in value(item, "properties").split():
            found = _nav_labels(package.xml(name))
        else:
            continue
        for target, label in found:
            labels.setdefault(resolve(name, target), label)
    return labels


def _ncx_labels(contents: Element | None) -> Iterator[tuple[str, str]]:
    for point in contents.iter("navPoint") if contents is not None else ():
        label = child(point, "navLabel", "text")
        yield value(child(point, "content"), "src"), content(label) if label is not None else ""


def _nav_labels(contents: Element | None) -> Iterator[tuple[str, str]]:
    for link in contents.iter("a") if contents is not None else ():
        yield value(link, "href"), content(link)


def _named(blocks: list[Block], label: str) -> list[Block]:
    """Make the first line a heading where no block is one and it says the chapter's name."""
    if not label or len(label) > _LONGEST_LABEL or any(block.level for block in blocks):
        return blocks
    for index, block in enumerate(blocks):
        if block.text:
            if _letters(block.text) == _letters(label):
                text = " ".join(block.text.split())
                blocks[index] = replace(block, text=text, level=1)
            break
    return blocks


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
