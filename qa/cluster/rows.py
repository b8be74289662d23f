"""What travels to the workers of a cluster and back: Arrow tables of JSON and plain bytes.

A row is a file on its way, or what came of one file, or of one inside it. Rows are numbered by file
and, within a file, by part, so that what comes twice, as after the end of a worker, is told.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.errors import Unavailable
from corpus.types import Document, Passage
from corpus.workers.wire import Reading, Task, receive, send, task_of, task_to_line
from embeddings.types import Vectors
from qa.preparing import Errand, Prepared
from qa.store import IndexedPassage, Key

_KEY_BYTES: Final = 16
_MOST_FILES: Final = 32  # files that one worker takes at once
_MOST_BYTES: Final = 8_000_000  # of such files
_ERRANDS: Final = pa.schema(
    [("number", pa.int64()), ("task", pa.large_binary()), ("known", pa.large_binary())]
)
_CUT: Final = pa.schema(
    [
        ("number", pa.int64()),
        ("part", pa.int64()),
        ("reading", pa.large_binary()),
        ("passages", pa.large_binary()),  # absent where there is no document
        ("keys", pa.large_binary()),  # of the texts, one after the other
        ("texts", pa.list_(pa.large_string())),  # those that are to be encoded
    ]
)


def errand_tables(
    errands: Iterable[tuple[int, Errand, Iterable[Key]]],
) -> Iterator[pa.Table]:
    """Yield numbered errands, each with the keys that need no vector, in tables for one worker."""
    rows: list[dict[str, Any]] = []
    size = 0
    for number, errand, known in errands:
        if rows and (len(rows) >= _MOST_FILES or size + errand.size > _MOST_BYTES):
            yield pa.Table.from_pylist(rows, schema=_ERRANDS)
            rows, size = [], 0
        line = task_to_line(errand.task)
        rows.append({"number": number, "task": line, "known": b"".join(known)})
        size += errand.size
    if rows:
        yield pa.Table.from_pylist(rows, schema=_ERRANDS)


def errands_of(table: pa.Table) -> Iterator[tuple[int, Task, set[Key]]]:
    """Yield the errands of a table: number, task, and the keys that need no vector."""
    for row in table.to_pylist():
        yield row["number"], task_of(json.loads(row["task"])["task"]), set(_keys(row["known"]))


def cut_row(
    number: int, part: int, reading: Reading, passages: Sequence[IndexedPassage], known: set[Key]
) -> dict[str, Any]:
    """Return the row of a file that was read, and cut where it has a document."""
    sent = io.BytesIO()
    send(sent, reading)
    lacking = {p.key: p.passage.encoded for p in passages if p.key not in known}
    return {
        "number": number,
        "part": part,
        "reading": sent.getvalue(),
        "passages": None if reading.document is None else _of_passages(passages),
        "keys": b"".join(lacking),
        "texts": list(lacking.values()),
    }


def cut_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return the table of rows that `cut_row` made."""
    return pa.Table.from_pylist(list(rows), schema=_CUT)


def texts_of(table: pa.Table) -> dict[Key, str]:
    """Return the texts of a table that are to be encoded, each once, by their keys."""
    return {
        key: text
        for keys, texts in zip(_column(table, "keys"), _column(table, "texts"), strict=True)
        for key, text in zip(_keys(keys), texts, strict=True)
    }


def with_vectors(table: pa.Table, vectors: Mapping[Key, Vectors]) -> pa.Table:
    """Return a table whose texts were encoded, with the vectors in their place."""
    column = [
        b"".join(vectors[key].astype("<f4").tobytes() for key in _keys(keys))
        for keys in _column(table, "keys")
    ]
    return table.drop_columns(["texts"]).append_column(
        "vectors", pa.array(column, type=pa.large_binary())
    )


def prepared_in_order(tables: Iterable[pa.Table], names: Sequence[str]) -> Iterator[Prepared]:
    """Yield what came of the files of these names, each part once and a file itself last.

    Rows come in order. One that comes again is passed over; a file of which a part is missing
    could not be had, so that the next run reads it.
    """
    number = part = 0
    for row in (row for table in tables for row in table.to_pylist()):
        if (row["number"], row["part"]) < (number, part):
            continue
        while row["number"] > number:  # files whose end never came
            yield _missing(names[number])
            number, part = number + 1, 0
        if row["part"] > part:
            yield _missing(names[number])
            number, part = number + 1, 0
            continue
        prepared = _prepared(row)
        yield prepared
        is_last = prepared.reading.name == names[number]
        number, part = (number + 1, 0) if is_last else (number, part + 1)
    yield from map(_missing, names[number:])


def _missing(name: str) -> Prepared:
    return Prepared(Reading(name, error=Unavailable("did not come back whole; index again")))


def _prepared(row: Mapping[str, Any]) -> Prepared:
    reading, _ = receive(io.BytesIO(row["reading"]))
    keys = _keys(row["keys"])
    matrix = np.frombuffer(row["vectors"], dtype="<f4").reshape(len(keys), -1) if keys else ()
    vectors = dict(zip(keys, matrix, strict=True))
    if reading.document is None or row["passages"] is None:
        return Prepared(reading, (), vectors)
    return Prepared(reading, _passages(row["passages"], reading.document), vectors)


def _of_passages(passages: Sequence[IndexedPassage]) -> bytes:
    """Return passages in JSON, without their texts, which are slices of the document's."""
    return json.dumps(
        [
            [p.start, p.end, p.context, p.section, p.page, p.location, p.body, i.key.hex(), i.terms]
            for i, p in ((indexed, indexed.passage) for indexed in passages)
        ]
    ).encode()


def _passages(sent: bytes, document: Document) -> list[IndexedPassage]:
    return [
        IndexedPassage(
            Passage(start, end, document.text[start:end], *described), bytes.fromhex(key), terms
        )
        for start, end, *described, key, terms in json.loads(sent)
    ]


def _keys(joined: bytes) -> list[Key]:
    return [joined[at : at + _KEY_BYTES] for at in range(0, len(joined), _KEY_BYTES)]


def _column(table: pa.Table, name: str) -> list[Any]:
    return list(table.column(name).to_pylist())
