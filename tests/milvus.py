"""A Milvus to test with: Milvus Lite in a process of its own, or the cluster that is named.

The variable ``DOCUMENT_QA_TEST_MILVUS`` names one, as ``milvus://[USER:PASSWORD@]HOST:PORT``; the
collections that tests make there are dropped at the end of the run.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.bm25 import inverse_document_frequencies
from embeddings.milvus import (
    DENSE,
    NUMBERS,
    ROW,
    SPARSE,
    MilvusDenseIndex,
    MilvusSparseIndex,
    term_vector,
)
from embeddings.types import Ids, Ranking, Vectors
from qa.milvus import schema
from qa.milvus.address import StoreAddress
from qa.milvus.connection import Connection
from qa.milvus.packing import digest
from qa.milvus.store import MilvusStore

VARIABLE = "DOCUMENT_QA_TEST_MILVUS"
_SECONDS = 60.0


class LiteServer:
    """A server process over a folder; it may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"milvus://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(self.folder)]
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self.port)

    def kill(self) -> None:
        """End it as a loss of power would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def free_port() -> int:
    """Return a port that nobody listens to."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody listens to a port."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens to port {port}")


@cache
def server() -> str:
    """Return the address of the server of this run; processes that tests start share it."""
    if VARIABLE not in os.environ:
        folder = tempfile.TemporaryDirectory()
        started = LiteServer(Path(folder.name) / "data")
        atexit.register(folder.cleanup)
        atexit.register(started.kill)
        os.environ[VARIABLE] = started.address
    return os.environ[VARIABLE].rstrip("/")


def address_for(folder: Path | str, at: str | None = None) -> str:
    """Return the address of the library that belongs to a folder, as ``--store`` takes it."""
    return f"{at or server()}/t{digest(str(folder))}"


def connection_for(folder: Path | str, at: str | None = None) -> Connection:
    """Return a connection to the library that belongs to a folder; it is dropped at the end."""
    address = StoreAddress.parse(address_for(folder, at))
    if at is None:
        _dropped_at_end(address)
    return Connection(address)


def open_store(folder: Path | str, settings: dict[str, str], at: str | None = None) -> MilvusStore:
    """Open the library that belongs to a folder, made when absent."""
    connection = connection_for(folder, at)
    if not schema.exists(connection):
        MilvusStore.create(connection, settings)
    return MilvusStore(connection, int(settings["dimension"]), Path(folder))


@cache
def _dropped_at_end(address: StoreAddress) -> None:
    if "127.0.0.1" not in address.uri:
        atexit.register(lambda: schema.drop(Connection(address)))


class RowsInMilvus:
    """An `Index` over a collection of its own: rows are written here, and searched by `search`.

    ``search`` is given the collection, and the filter that its rows meet.
    """

    def __init__(self, dimension: int) -> None:
        self._connection = Connection(StoreAddress.parse(f"{server()}/t{uuid.uuid4().hex}"))
        schema.create(self._connection, dimension)
        self._dimension = dimension
        self.collection = self._connection.collection("passages")
        atexit.register(schema.drop, self._connection)

    def __len__(self) -> int:
        return self.collection.count(HELD)

    def upsert(self, rows: Iterable[tuple[int, dict[str, Any]]]) -> None:
        """Write rows under their ids; a vector that is not given is one of no weight."""
        vector = np.eye(1, self._dimension, dtype=np.float32)[0]
        empty = {name: _NOTHING[kind] for name, kind in schema.COLLECTIONS["passages"].items()}
        empty |= {DENSE: vector, SPARSE: term_vector({}, 1.0), "died": schema.ALIVE}
        self.collection.upsert([{**empty, ROW: row, **fields} for row, fields in rows])

    def remove(self, ids: Ids) -> None:
        self.collection.delete(ids.tolist())


HELD = f"died == {schema.ALIVE}"
_NOTHING: dict[str, Any] = {
    "INT64": 0,
    "VARCHAR": "",
    "ARRAY": [],
    "FLOAT_VECTOR": None,
    "SPARSE_FLOAT_VECTOR": None,
}


class DenseInMilvus(RowsInMilvus):
    """Vectors in Milvus."""

    def add(self, ids: Ids, contents: Vectors) -> None:
        self.upsert((row, {DENSE: v}) for row, v in zip(ids.tolist(), contents, strict=True))

    def search(self, query: Vectors, k: int, within: Ids | None = None) -> Ranking:
        return MilvusDenseIndex(self.collection, HELD).search(query, k, within)


class SparseInMilvus(RowsInMilvus):
    """Terms in Milvus, and a lexicon that counts them here."""

    def __init__(self, average_length: float) -> None:
        super().__init__(2)
        self._average_length = average_length
        self._held: dict[int, Counter[str]] = {}
        self._numbers: dict[str, int] = {}

    def add(self, ids: Ids, contents: Sequence[Sequence[str]]) -> None:
        held = dict(zip(ids.tolist(), map(Counter, contents), strict=True))
        for term in sorted({term for counts in held.values() for term in counts}):
            self._numbers.setdefault(term, len(self._numbers) + 1)
        self._held |= held
        self.upsert((row, self._fields(counts)) for row, counts in held.items())

    def remove(self, ids: Ids) -> None:
        for row in ids.tolist():
            self._held.pop(row, None)
        super().remove(ids)

    def weights(self, terms: Sequence[str]) -> dict[str, tuple[int, float]]:
        known = [term for term in terms if term in self._numbers]
        found = [sum(term in counts for counts in self._held.values()) for term in known]
        weights = inverse_document_frequencies(np.array(found, dtype=np.float32), len(self._held))
        return {
            term: (self._numbers[term], weight)
            for term, weight in zip(known, weights.tolist(), strict=True)
        }

    def search(
        self,
        query: Sequence[str],
        k: int,
        within: Ids | None = None,
        required: Sequence[str] = (),
    ) -> Ranking:
        return MilvusSparseIndex(self.collection, self, HELD).search(query, k, within, required)

    def _fields(self, counts: Counter[str]) -> dict[str, Any]:
        by_number = {self._numbers[term]: count for term, count in counts.items()}
        vector = term_vector(by_number, self._average_length)
        return {SPARSE: vector, NUMBERS: sorted(by_number)}


class Proxy:
    """A port that passes all on to another, until it is told to drop it."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"milvus://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Drop all connections, and every new one until `mend`."""
        self.is_cut = True
        self.drop()

    def mend(self) -> None:
        self.is_cut = False

    def drop(self) -> None:
        """Drop all connections that there are."""
        for one in list(self._open):
            self._close(one)

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self.is_cut:
                    raise OSError("cut")
                theirs = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                ours.close()
                continue
            self._open |= {ours, theirs}
            for source, target in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        self._close(source)
        self._close(target)

    def _close(self, one: socket.socket) -> None:
        self._open.discard(one)
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
