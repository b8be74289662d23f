"""The collections of a library in Milvus, and how each is indexed.

Milvus has neither transactions nor joins, so rows say themselves when they count: a change is a
number, a row was ``born`` with one and ``died`` with another, and the row "state" of ``meta`` holds
the last change that is complete. It is written last, which publishes all rows of a change at once.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from embeddings.milvus import DENSE, NUMBERS, ROW, SPARSE
from qa.milvus.connection import Connection

FORMAT = 1
ALIVE = 2**62  # when a row died that has not
LONGEST = 65_000  # bytes of a string; Milvus takes 65,535
_TERMS = 4096  # terms a passage has at most; it has as many characters
_UNUSED = "unused"  # every collection must have a vector

#: The fields of each collection, the primary key first. Types are as Milvus calls them.
COLLECTIONS: dict[str, dict[str, str]] = {
    # "state", "lease", and the parts of settings, roots and what is forgotten
    "meta": {"name": "VARCHAR", "value": "VARCHAR", "checksum": "INT64"},
    # a file by the digest of its root and path, with all versions of it that are kept
    "files": {
        "id": "VARCHAR",
        "root": "VARCHAR",
        "changed": "INT64",
        "dead": "INT64",
        "value": "VARCHAR",
        "checksum": "INT64",
    },
    # a version's text and pages, in parts
    "texts": {"part": "VARCHAR", "version": "INT64", "value": "VARCHAR"},
    "passages": {
        ROW: "INT64",
        "version": "INT64",
        "born": "INT64",
        "died": "INT64",
        "file": "VARCHAR",
        "key": "VARCHAR",
        "start": "INT64",
        "path": "VARCHAR",
        "counts": "VARCHAR",
        "body": "VARCHAR",
        "checksum": "INT64",
        "body_checksum": "INT64",
        NUMBERS: "ARRAY",
        DENSE: "FLOAT_VECTOR",
        SPARSE: "SPARSE_FLOAT_VECTOR",
    },
    # by the hash of what was encoded: a passage that has its vector, and those of its sentences
    "vectors": {
        "key": "VARCHAR",
        ROW: "INT64",
        "state": "INT64",
        "parts": "INT64",
        "value": "VARCHAR",
        "checksum": "INT64",
    },
    # a term by its digest, with its dimension and in how many passages it stands since when
    "terms": {
        "id": "VARCHAR",
        "term": "VARCHAR",
        "number": "INT64",
        "changed": "INT64",
        "frequency": "INT64",
        "value": "VARCHAR",
        "checksum": "INT64",
    },
}
_FILTERED = {
    "files": ("root", "changed", "dead"),
    "texts": ("version",),
    "passages": ("born", "died", "key", NUMBERS),
    "vectors": ("state",),
    "terms": ("changed", "frequency"),
}
#: The vector indexes, by server: Milvus Lite searches one by one, a cluster by graph.
_INDEXES: dict[str, dict[str, dict[str, Any]]] = {
    "lite": {
        DENSE: {"index_type": "FLAT"},
        SPARSE: {"index_type": "SPARSE_INVERTED_INDEX"},
        _UNUSED: {"index_type": "FLAT"},
    },
    "cluster": {
        DENSE: {"index_type": "HNSW", "params": {"M": 32, "efConstruction": 256}},
        SPARSE: {"index_type": "SPARSE_INVERTED_INDEX"},
        _UNUSED: {"index_type": "FLAT"},
    },
}


def exists(connection: Connection) -> bool:
    """Tell whether there is a library."""
    name = connection.collection("meta").name
    return bool(connection.call(lambda client, t: client.has_collection(name, timeout=t)))


def create(connection: Connection, dimension: int) -> None:
    """Make those of the collections that are not there; ``meta`` last, which says all are."""
    kind = "lite" if connection.is_lite else "cluster"
    for name in sorted(COLLECTIONS, key=lambda name: name == "meta"):
        full = connection.collection(name).name

        def make(client: Any, timeout: float, name: str = name, full: str = full) -> None:
            if not client.has_collection(full, timeout=timeout):
                client.create_collection(
                    full,
                    schema=_schema(client, name, dimension),
                    consistency_level=connection.consistency,
                    timeout=timeout,
                )
            indexes = _indexes(client, name, kind, client.list_indexes(full, timeout=timeout))
            if len(indexes):
                client.create_index(full, indexes, timeout=timeout, sync=False)
            client.load_collection(full, timeout=timeout)

        connection.call(make, writes=True)


def drop(connection: Connection) -> None:
    """Delete a library with all that is in it; ``meta`` first, so that no half of one is left."""
    for name in sorted(COLLECTIONS, key=lambda name: name != "meta"):
        full = connection.collection(name).name
        connection.call(partial(_drop, full), writes=True)


def _drop(name: str, client: Any, timeout: float) -> None:
    client.drop_collection(name, timeout=timeout)


def _schema(client: Any, name: str, dimension: int) -> Any:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    fields = COLLECTIONS[name]
    for at, (field, kind) in enumerate(fields.items()):
        options: dict[str, Any] = {"is_primary": True} if at == 0 else {}
        if kind == "VARCHAR":
            options["max_length"] = 512 if at == 0 else 65_535
        elif kind == "FLOAT_VECTOR":
            options["dim"] = dimension
        elif kind == "ARRAY":
            options |= {"element_type": DataType.INT64, "max_capacity": _TERMS}
        schema.add_field(field, DataType[kind], **options)
    if DENSE not in fields:
        schema.add_field(_UNUSED, DataType.FLOAT_VECTOR, dim=2)
    return schema


def _indexes(client: Any, name: str, kind: str, there: Collection[str]) -> Any:
    """Return the indexes of a collection but for those that are there, by name."""
    indexes = client.prepare_index_params()
    vectors = [field for field in (DENSE, SPARSE) if field in COLLECTIONS[name]] or [_UNUSED]
    for field in vectors:
        if field not in there:
            indexes.add_index(field, index_name=field, metric_type="IP", **_INDEXES[kind][field])
    for field in _FILTERED.get(name, ()):
        if field not in there and (kind == "cluster" or field != NUMBERS):  # Lite has none of these
            indexes.add_index(field, index_type="INVERTED", index_name=field)
    return indexes


def with_vector(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a collection that has no vector of its own, with the one it must have."""
    return {**row, _UNUSED: [0.0, 1.0]}
