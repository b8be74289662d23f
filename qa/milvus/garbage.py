"""Deleting what nobody sees any more, and counting anew what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from embeddings.milvus import NUMBERS, ROW, SPARSE, row_filters, term_vector
from qa.milvus.connection import Collection, Row
from qa.milvus.recovery import blocks
from qa.milvus.rows import FILE_FIELDS, FileVersions, Version, counts_of, file_of, file_row
from qa.milvus.schema import ALIVE
from qa.milvus.sentences import PENDING, more_keys, pending_row
from qa.milvus.state import State
from qa.milvus.terms import TERM_FIELDS, Term, is_sound_term, term_of, term_row

_KEYS = 200  # keys looked for together


def dead_versions(files: Collection) -> Iterator[tuple[FileVersions, Version]]:
    """Yield all versions that are kept though they died, with their files."""
    for row in files.scan("dead == 1", FILE_FIELDS):
        file = file_of(row)
        for version in file.versions:
            if version.died != ALIVE:
                yield file, version


def living(passages: Collection, keys: Sequence[str]) -> dict[str, int]:
    """Return a passage that lives of each of the keys that have one."""
    found: dict[str, int] = {}
    for first in range(0, len(keys), _KEYS):
        some = ", ".join(f'"{key}"' for key in keys[first : first + _KEYS])
        for row in passages.scan(f"key in [{some}] and died == {ALIVE}", [ROW, "key"]):
            found[row["key"]] = row[ROW]
    return found


def retarget(
    collections: Mapping[str, Collection], rows: Iterable[int], *, afresh: bool = False
) -> None:
    """Take vectors from passages that live and not from ``rows``; delete those nobody has.

    ``afresh`` takes nothing over of their sentences.
    """
    leaving = set(rows)
    passages, vectors = collections["passages"], collections["vectors"]
    keys = sorted({row["key"] for row in passages.get(sorted(leaving), [ROW, "key"])})
    held = [
        row for row in vectors.get(keys, ["key", ROW, "parts"]) if afresh or row[ROW] in leaving
    ]
    others = {
        key: row
        for key, row in living(passages, [row["key"] for row in held]).items()
        if row not in leaving
    }
    vectors.delete(
        [
            key
            for row in held
            if afresh or row["key"] not in others
            for key in (row["key"], *more_keys(row))
        ]
    )
    if afresh:
        vectors.upsert([pending_row(key, row) for key, row in others.items()])
    else:
        vectors.upsert([{"key": key, ROW: row} for key, row in others.items()], partial=True)


def without_sentences(collections: Mapping[str, Collection], limit: int) -> dict[str, int]:
    """Return up to ``limit`` keys without sentence vectors, each with a passage that lives."""
    vectors = collections["vectors"]
    found = _alive(collections, vectors.query(f"state == {PENDING}", ["key", ROW], limit))
    if len(found) < limit:  # some have died, or there are no more
        for block in blocks(vectors.scan(f"state == {PENDING}", ["key", ROW])):
            found |= _alive(collections, block)
            if len(found) >= limit:
                break
    return dict(list(found.items())[:limit])


def purge(collections: Mapping[str, Collection], state: State) -> int:
    """Delete the versions that died, and are neither untidy nor wanted; return how many are left.

    The caller sees to it that no reader looks at them any more.
    """
    upto = min(state.tidied, state.forgotten)
    dead = 0
    for block in blocks(collections["files"].scan("dead == 1", FILE_FIELDS)):
        files = [file_of(row) for row in block]
        gone = [v for file in files for v in file.versions if v.died <= upto]
        rows = np.array([row for version in gone for row in version.rows], dtype=np.int64)
        for where in row_filters(rows):
            collections["passages"].delete_where(where)
        collections["texts"].delete([key for version in gone for key in version.part_keys])
        numbers = {version.number for version in gone}
        left = [
            replace(file, versions=tuple(v for v in file.versions if v.number not in numbers))
            for file in files
        ]
        collections["files"].upsert([file_row(file) for file in left if file.versions])
        collections["files"].delete([file.id for file in left if not file.versions])
        dead += sum(v.died != ALIVE for file in left for v in file.versions)
    for block in blocks(collections["terms"].scan(f"frequency == 0 and changed <= {upto}", ["id"])):
        collections["terms"].delete([row["id"] for row in block])  # no word of it is to stay
    return dead


def recounted(passages: Collection) -> tuple[Counter[str], int, int]:
    """Count from the passages: in how many each term stands, their number, all their terms."""
    frequencies: Counter[str] = Counter()
    number = length = 0
    for row in passages.scan(f"died == {ALIVE}", [ROW, "counts"]):
        counts = counts_of(row)
        frequencies.update(counts.keys())
        number += 1
        length += sum(counts.values())
    return frequencies, number, length


def recount(collections: Mapping[str, Collection], state: State) -> State:
    """Write frequencies as the passages have them; return the state with the other counts.

    A term whose row is damaged gets another dimension, and the passages that hold it with it.
    """
    terms, passages = collections["terms"], collections["passages"]
    frequencies, number, length = recounted(passages)
    kept, damaged = sound_terms(terms)
    terms.delete(damaged)
    new = {
        term: Term(term, at)
        for at, term in enumerate(sorted(frequencies.keys() - kept.keys()), start=state.number)
    }
    after = replace(state, number=state.number + len(new), passages=number, terms=length)
    numbers = {term: one.number for term, one in (kept | new).items()}
    if new:
        for block in blocks(passages.scan(f"died == {ALIVE}", [ROW, "counts"])):
            passages.upsert(
                [
                    _renumbered(row, numbers, after.average_length)
                    for row in block
                    if not new.keys().isdisjoint(counts_of(row))
                ],
                partial=True,
            )
    counted = [replace(one, history=((0, frequencies[one.term]),)) for one in (kept | new).values()]
    terms.upsert([term_row(one) for one in counted])
    return after


def _alive(collections: Mapping[str, Collection], pending: Sequence[Row]) -> dict[str, int]:
    """Return the keys of rows of ``vectors`` with a passage that lives, where there is one."""
    rows = {row["key"]: row[ROW] for row in pending}
    passages = collections["passages"].get(list(rows.values()), [ROW, "key", "died"])
    alive = {row["key"]: row[ROW] for row in passages if row["died"] == ALIVE}
    dead = [key for key in rows if key not in alive]
    return alive | (living(collections["passages"], dead) if dead else {})


def sound_terms(terms: Collection) -> tuple[dict[str, Term], list[str]]:
    """Return the terms whose rows are sound, and the keys of the other rows."""
    sound: dict[str, Term] = {}
    damaged: list[str] = []
    for row in terms.scan("changed >= 0", TERM_FIELDS):
        if is_sound_term(row):
            term = term_of(row)
            sound[term.term] = term
        else:
            damaged.append(row["id"])
    return sound, damaged


def _renumbered(row: Row, numbers: Mapping[str, int], average_length: float) -> Row:
    counts = counts_of(row)
    by_number = {numbers[term]: count for term, count in counts.items()}
    return {
        ROW: row[ROW],
        NUMBERS: sorted(by_number),
        SPARSE: term_vector(by_number, average_length),
    }
