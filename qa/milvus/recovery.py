"""Undoing what a writer left half done.

Every step may be repeated: who is killed on the way is followed by another who begins again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from embeddings.milvus import ROW
from qa.milvus.connection import Collection, Row
from qa.milvus.rows import FILE_FIELDS, file_of, file_row
from qa.milvus.schema import ALIVE
from qa.milvus.state import State
from qa.milvus.terms import TERM_FIELDS, term_of, term_row

_BLOCK = 1000


def roll_back(collections: dict[str, Collection], state: State) -> None:
    """Make all rows what they were at the last change that was completed."""
    passages, change = collections["passages"], state.change
    passages.delete_where(f"{ROW} >= {state.row}")
    collections["texts"].delete_where(f"version >= {state.version}")
    collections["vectors"].delete_where(f"{ROW} >= {state.row}")
    for block in blocks(passages.scan(f"died > {change} and died < {ALIVE}", [ROW])):
        mark_dead(passages, [row[ROW] for row in block], ALIVE)
    _restore_files(collections["files"], change)
    _restore_terms(collections["terms"], change)


def mark_dead(passages: Collection, rows: Sequence[int], died: int) -> None:
    """Let passages be seen until the change before one."""
    for first in range(0, len(rows), _BLOCK):
        passages.upsert(
            [{ROW: row, "died": died} for row in rows[first : first + _BLOCK]], partial=True
        )


def blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows some at a time, all of a time read before any is given."""
    rows = iter(rows)
    while block := list(islice(rows, _BLOCK)):
        yield block


def _restore_files(files: Collection, change: int) -> None:
    for block in blocks(files.scan(f"changed > {change}", FILE_FIELDS)):
        restored = [file_of(row).as_of(change) for row in block]
        files.upsert([file_row(file) for file in restored if file.versions])
        files.delete([file.id for file in restored if not file.versions])


def _restore_terms(terms: Collection, change: int) -> None:
    for block in blocks(terms.scan(f"changed > {change}", TERM_FIELDS)):
        restored = [(row["id"], term_of(row).as_of(change)) for row in block]
        terms.upsert([term_row(term) for _, term in restored if term.history])
        terms.delete([key for key, term in restored if not term.history])
