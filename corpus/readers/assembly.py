"""Blocks to canonical text, with heading spans known by construction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from corpus.types import Heading

INVISIBLE: Final = dict.fromkeys(
    (*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xAD, 0x200B, 0xFEFF)
)
"""For `str.translate`: drops control characters, soft hyphens and marks of no width."""

_CELL_SEPARATOR: Final = " | "
_MOST_CELL_BLOCKS: Final = 4
_DEEPEST_INDENT: Final = 7  # bounded, or deeply nested lists grow quadratically


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row or heading; ``level`` 0 is no heading.

    A ``tight`` block stands on the line after the one before it, any other after a blank line.
    """

    text: str
    level: int = 0
    tight: bool = False
    prefix: str = ""


def assemble(blocks: Iterable[Block]) -> tuple[str, tuple[Heading, ...]]:
    """Return the blocks' text and headings; blocks without text leave no trace."""
    parts: list[str] = []
    headings: list[Heading] = []
    length = 0
    for block in blocks:
        if not block.text:
            continue
        gap = "" if not parts else "\n" if block.tight else "\n\n"
        start = length + len(gap) + len(block.prefix)
        length = start + len(block.text)
        parts.append(f"{gap}{block.prefix}{block.text}")
        if block.level:
            headings.append(Heading(start, length, block.level, block.text))
    return "".join(parts), tuple(headings)


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
    texts = (" ".join(" ".join(block.text for block in cell).split()) for cell in cells)
    return [Block(_CELL_SEPARATOR.join(texts).strip(), tight=tight)]


def joins_next_row(written: list[Block], tight: bool) -> bool:
    """Tell whether the next row stands right below what `row_blocks` wrote."""
    return tight if not written else len(written) == 1 and not written[0].level


def indent(depth: int) -> str:
    """Return the white space before a list item ``depth`` lists deep, counted from 1."""
    return "  " * min(depth - 1, _DEEPEST_INDENT)
