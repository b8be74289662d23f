"""Rows of ``vectors``: a passage that has the vector of a key, and the vectors of its sentences."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import numpy as np

from corpus.errors import Damaged
from embeddings.milvus import ROW
from embeddings.types import Vectors
from qa.milvus.connection import Row
from qa.milvus.packing import checksum_of, split
from qa.milvus.schema import with_vector
from qa.rows import DAMAGED, read_as_written
from qa.store import Key

VECTOR_FIELDS = ("key", ROW, "state", "parts", "value", "checksum")
PENDING, DONE, PART = 0, 1, 2  # the sentences of a row are to come, are kept, or go on in it


def pending_row(key: str, row: int) -> Row:
    """Return the row of ``vectors`` of a passage without sentence vectors."""
    return with_vector(
        {"key": key, ROW: row, "state": PENDING, "parts": 0, "value": "", "checksum": 0}
    )


def sentence_rows(key: Key, matrix: Vectors) -> list[Row]:
    """Return the rows of ``vectors`` that hold sentence vectors; the one that says so is last.

    That row is given without its passage, which is left as it is.
    """
    blob = matrix.astype("<f2").tobytes()
    first, *rest = split(base64.b64encode(blob).decode()) or [""]
    more = [
        {"key": f"{key.hex()}.{at}", ROW: -1, "state": PART, "parts": 0, "value": value}
        | {"checksum": 0}
        for at, value in enumerate(rest, start=1)
    ]
    last = {
        "key": key.hex(),
        "state": DONE,
        "parts": len(rest),
        "value": first,
        "checksum": checksum_of(key.hex(), blob),
    }
    return [*map(with_vector, more), with_vector(last)]


def more_keys(row: Row) -> list[str]:
    """Return the keys of the further rows that belong to one of ``vectors``."""
    return [f"{row['key']}.{at}" for at in range(1, row["parts"] + 1)]


@read_as_written()
def sentences_of(row: Row, more: Mapping[str, str], dimension: int) -> Vectors | None:
    """Return sentence vectors as float32, None while there are none. Raises `Damaged`."""
    if row["state"] != DONE:
        return None
    values = [row["value"], *(more[key] for key in more_keys(row))]
    blob = base64.b64decode("".join(values), validate=True)
    if checksum_of(row["key"], blob) != row["checksum"]:
        raise Damaged(DAMAGED)
    return np.frombuffer(blob, dtype="<f2").reshape(-1, dimension).astype(np.float32)
