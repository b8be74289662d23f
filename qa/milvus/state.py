"""The row that says how far a library is, and the few facts that every reader needs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from corpus.errors import Damaged, LibraryError
from qa.milvus.connection import Collection, Row
from qa.milvus.packing import checksum_of, pack, split, unpack
from qa.milvus.schema import FORMAT, with_vector
from qa.rows import DAMAGED, read_as_written
from qa.store import RootOptions

_FIELDS = ("name", "value", "checksum")
_STATE = "state"


@dataclass(frozen=True, slots=True)
class State:
    """What is complete: the last ``change``, how many passages there are, how many terms in all.

    ``row``, ``version`` and ``number`` are the next passage, version of a file and dimension of a
    term; nothing of it is ever given twice. ``facts`` is the number of the `Facts` that hold, which
    lie in ``parts``. ``dead`` versions are kept still; their keys were tidied up to change
    ``tidied``, and the record of their rows is wanted no more up to ``forgotten``. ``died`` is when
    the last one died, in seconds since 1970.
    """

    change: int = 0
    passages: int = 0
    terms: int = 0
    row: int = 1
    version: int = 1
    number: int = 1
    facts: int = 0
    parts: int = 0
    dead: int = 0
    tidied: int = 0
    forgotten: int = 0
    died: float = 0.0
    format: int = FORMAT

    @property
    def average_length(self) -> float:
        """How many terms a passage has on average."""
        return self.terms / max(self.passages, 1)


@dataclass(frozen=True, slots=True)
class Facts:
    """Settings, roots (as they are kept) in the order they were added, and what is forgotten."""

    settings: dict[str, str]
    roots: dict[str, RootOptions] = field(default_factory=dict)
    forgotten: frozenset[str] = frozenset()


def read_state(meta: Collection, where: str) -> State | None:
    """Return the state, None where there is none. Raises `Damaged`, or `LibraryError` if newer."""
    rows = meta.get([_STATE], _FIELDS)
    if not rows:
        return None
    with read_as_written():
        kept = json.loads(_value_of(rows[0]))
        if kept["format"] > FORMAT:
            raise LibraryError(
                f"the library in {where} was written by a newer version of document-qa (format "
                f"{kept['format']}, this one reads up to {FORMAT}); update document-qa"
            )
        return State(**kept)


def write_state(meta: Collection, state: State) -> None:
    """Make a state the one that holds, which publishes what was written before."""
    meta.upsert([meta_row(_STATE, json.dumps(asdict(state)))])


def read_facts(meta: Collection, state: State) -> Facts | None:
    """Return the facts of a state, None where they were replaced meanwhile. Raises `Damaged`."""
    names = _names_of(state)
    rows = {row["name"]: row for row in meta.get(names, _FIELDS)}
    if not rows.keys() >= set(names):
        return None
    with read_as_written():
        text = "".join(_value_of(rows[name]) for name in names)
        settings, roots, forgotten = json.loads(text)
        options = {root: RootOptions(tuple(x), bool(ocr)) for root, x, ocr in roots}
        return Facts(settings, options, frozenset(forgotten))


def read_both(
    meta: Collection, where: str, known: tuple[int, Facts] | None = None
) -> tuple[State, Facts] | None:
    """Return state and facts that hold together, None where there is no library.

    ``known`` are facts that were read before, by their number. Raises as `read_state` does.
    """
    state = read_state(meta, where)
    while state is not None:
        if known is not None and known[0] == state.facts:
            return state, known[1]
        facts = read_facts(meta, state)
        if facts is not None:
            return state, facts
        before, state = state, read_state(meta, where)
        if state == before:  # they were not replaced meanwhile
            raise Damaged(DAMAGED)
    return None


def write_facts(meta: Collection, state: State, facts: Facts) -> State:
    """Write facts beside those that hold; return the state with which they hold."""
    roots = [[root, options.exclude, options.ocr] for root, options in facts.roots.items()]
    text = json.dumps([facts.settings, roots, sorted(facts.forgotten)])  # ASCII
    parts = split(text)
    after = replace(state, facts=state.facts + 1, parts=len(parts))
    meta.upsert([meta_row(name, part) for name, part in zip(_names_of(after), parts, strict=True)])
    return after


def remove_facts(meta: Collection, state: State) -> None:
    """Delete the facts of a state that holds no more."""
    meta.delete(_names_of(state))


def meta_row(name: str, value: str) -> Row:
    """Return a row of ``meta``."""
    value = pack(value, name)
    return with_vector({"name": name, "value": value, "checksum": checksum_of(name, value)})


def read_meta(meta: Collection, name: str) -> str | None:
    """Return the value under a name. Raises `Damaged` when it is."""
    rows = meta.get([name], _FIELDS)
    return _value_of(rows[0]) if rows else None


def _value_of(row: Row) -> str:
    if checksum_of(row["name"], row["value"]) != row["checksum"]:
        raise Damaged(DAMAGED)
    return unpack(row["value"])


def _names_of(state: State) -> list[str]:
    return [f"facts.{state.facts}.{part}" for part in range(state.parts)]
