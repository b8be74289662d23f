"""Blocks to canonical text, with the spans of headings, tables and pages known by construction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from corpus.types import Document, Heading, Page, PageKind, Table

INVISIBLE: Final = dict.fromkeys(
    (*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xAD, 0x200B, 0xFEFF)
)
"""For `str.translate`: drops control characters, soft hyphens and marks of no width."""

CELL_SEPARATOR: Final = " | "
_MOST_CELL_BLOCKS: Final = 4
_DEEPEST_INDENT: Final = 7  # bounded, or deeply nested lists grow quadratically


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row or heading; ``level`` 0 is no heading.

    A ``tight`` block stands on the line after the one before it, any other after a blank line. A
    ``row`` that is not tight begins a table.
    """

    text: str
    level: int = 0
    tight: bool = False
    prefix: str = ""
    row: bool = False


class Assembly:
    """Text that grows block by block; blocks without text leave no trace."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._pages: list[Page] = []
        self._tables: list[list[int]] = []  # the starts of each one's rows, then its end
        self._follows_row = False

    def add(self, blocks: Iterable[Block]) -> None:
        """Append blocks in their order."""
        for block in blocks:
            if block.text:
                self._add(block)

    def add_page(self, blocks: Iterable[Block], kind: PageKind = "page", label: str = "") -> None:
        """Append blocks that make up the next page, which exists also when it has no text."""
        first, self._follows_row = len(self._parts), False
        self.add(blocks)
        added = self._parts[first:]
        gap = len(added[0]) - len(added[0].lstrip("\n")) if added else 0
        start = self._length - sum(map(len, added)) + gap
        self._pages.append(Page(len(self._pages) + 1, start, self._length, kind, label))

    def document(self, title: str = "", encoding: str | None = None, note: str = "") -> Document:
        """Return what was added; its title is the first heading of level 1 when none is given."""
        if not title:
            title = next((heading.title for heading in self._headings if heading.level == 1), "")
        return Document(
            "".join(self._parts),
            title=title,
            pages=tuple(self._pages),
            headings=tuple(self._headings),
            encoding=encoding,
            tables=tuple(
                Table(rows[0], rows[-1], tuple(rows[:-1])) for rows in self._tables if len(rows) > 2
            ),
            note=note,
        )

    def _add(self, block: Block) -> None:
        gap = "" if not self._parts else "\n" if block.tight else "\n\n"
        start = self._length + len(gap) + len(block.prefix)
        self._length = start + len(block.text)
        self._parts.append(f"{gap}{block.prefix}{block.text}")
        if block.level:
            self._headings.append(Heading(start, self._length, block.level, block.text))
        if block.row:
            if block.tight and self._follows_row:
                self._tables[-1][-1:] = [start, self._length]
            else:
                self._tables.append([start, self._length])
        self._follows_row = block.row


def assemble(
    blocks: Iterable[Block], title: str = "", encoding: str | None = None, note: str = ""
) -> Document:
    """Return the document that the blocks make up; see `Assembly.document`."""
    assembly = Assembly()
    assembly.add(blocks)
    return assembly.document(title, encoding, note)


def row_blocks(cells: list[list[Block]], nested: bool, tight: bool) -> list[Block]:
    """Return a table row as one line, or as its cells' blocks where the table is mere layout.

    ``nested`` says that a cell holds a table, ``tight`` that the row follows another.
    """
    filled = [cell for cell in cells if any(block.text for block in cell)]
    if not filled:
        return []
    alone = filled[0] if len(filled) == 1 else []
    is_layout = nested or len(alone) > 1 or any(block.level for block in alone)
    if is_layout or any(len(cell) > _MOST_CELL_BLOCKS for cell in filled):
        return [block for cell in filled for block in cell]
    return [row_block([" ".join(block.text for block in cell) for cell in cells], tight)]


def row_block(cells: Iterable[str], tight: bool) -> Block:
    """Return the cells of a table's row as one line; ``tight`` says that it follows another."""
    texts = (" ".join(cell.split()) for cell in cells)
    return Block(CELL_SEPARATOR.join(texts).strip(), tight=tight, row=True)


def joins_next_row(written: list[Block], tight: bool) -> bool:
    """Tell whether the next row stands right below what `row_blocks` wrote."""
    return tight if not written else len(written) == 1 and not written[0].level


def indent(depth: int) -> str:
    """Return the white space before a list item ``depth`` lists deep, counted from 1."""
    return "  " * min(depth - 1, _DEEPEST_INDENT)
