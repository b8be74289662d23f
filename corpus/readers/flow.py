"""Paragraphs as old word processors keep them: in a row, with marks where a table's cells end."""

from __future__ import annotations

from corpus.readers.assembly import Block, indent, joins_next_row, row_blocks


class Flow:
    """Turns a flow of paragraphs into blocks."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._cells: list[list[Block]] = [[]]
        self._follows_item = False
        self._follows_row = False

    def add(self, text: str, level: int = 0, depth: int = 0, in_table: bool = False) -> None:
        """Add a paragraph: a heading of that level, or an item so many lists deep, or neither."""
        if not in_table:
            self.end_row()
            self._follows_row = False
        if not text:
            return
        follows_item, self._follows_item = self._follows_item, depth > 0 and not level
        if level:
            block = Block(" ".join(text.split()), level)
        elif depth:
            block = Block(text, tight=follows_item, prefix=f"{indent(depth)}- ")
        else:
            block = Block(text)
        (self._cells[-1] if in_table else self._blocks).append(block)

    def end_cell(self) -> None:
        """End a cell of a table."""
        self._cells.append([])

    def end_row(self) -> None:
        """End a row of a table, also one whose last cell was not ended."""
        cells, self._cells = self._cells, [[]]
        if not cells[-1]:
            cells.pop()
        written = row_blocks(cells, False, self._follows_row)
        self._follows_row = joins_next_row(written, self._follows_row)
        self._blocks += written

    def finish(self) -> list[Block]:
        """End what is still open and return all blocks."""
        self.end_row()
        return self._blocks
