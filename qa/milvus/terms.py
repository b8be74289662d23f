"""Terms of a library in Milvus: in how many passages each stands, and since which change."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corpus.errors import Damaged
from qa.milvus.connection import Row
from qa.milvus.packing import checksum_of, digest, pack, unpack
from qa.milvus.schema import with_vector
from qa.rows import DAMAGED, read_as_written

TERM_FIELDS = ("id", "term", "number", "changed", "value", "checksum")
_KEPT = 16  # changes of a term's frequency that are kept; views older than that see the next one


@dataclass(frozen=True, slots=True)
class Term:
    """A term: its dimension, and in how many passages it stands since each of some changes."""

    term: str
    number: int
    history: tuple[tuple[int, int], ...] = ()

    @property
    def frequency(self) -> int:
        """In how many passages it stands after the last change."""
        return self.history[-1][1] if self.history else 0

    def at(self, change: int) -> int:
        """Return in how many passages it stood at a change."""
        return next((n for since, n in reversed(self.history) if since <= change), 0)

    def changed(self, change: int, step: int) -> Term:
        """Return it with a step added to its frequency at a change, however often this is done."""
        before = self.as_of(change - 1)
        history = (*before.history, (change, before.frequency + step))
        if len(history) > _KEPT:
            history = ((0, history[-_KEPT][1]), *history[1 - _KEPT :])
        return replace(self, history=history)

    def as_of(self, change: int) -> Term:
        """Return it as if no later change had been begun."""
        return replace(self, history=tuple(entry for entry in self.history if entry[0] <= change))


def term_row(term: Term) -> Row:
    """Return a term as its row."""
    value = ",".join(f"{since}:{count}" for since, count in term.history)
    spelt = pack(term.term, term.term)
    return with_vector(
        {
            "id": digest(term.term),
            "term": spelt,
            "number": term.number,
            "changed": term.history[-1][0] if term.history else 0,
            "frequency": term.frequency,
            "value": value,
            "checksum": checksum_of(spelt, term.number, value),
        }
    )


def is_sound_term(row: Row) -> bool:
    """Tell whether a term's row is what was written."""
    return bool(checksum_of(row["term"], row["number"], row["value"]) == row["checksum"])


@read_as_written()
def term_of(row: Row) -> Term:
    """Return a term from its row. Raises `Damaged` when it is damaged."""
    if not is_sound_term(row):
        raise Damaged(DAMAGED)
    entries = (entry.split(":") for entry in row["value"].split(",") if entry)
    history = tuple((int(since), int(count)) for since, count in entries)
    return Term(unpack(row["term"]), row["number"], history)
