"""Talking to Milvus: time-outs, trying again, and plain words for what goes wrong.

Every call may be made twice, because rows are written under keys of their own, so a call whose
answer was lost is made again.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from corpus.errors import LibraryError, UsageError
from qa.milvus.address import TOKEN_VARIABLE, StoreAddress

CONSISTENCY_VARIABLE = "DOCUMENT_QA_MILVUS_CONSISTENCY"
TIMEOUT_VARIABLE = "DOCUMENT_QA_MILVUS_TIMEOUT"
_NOT_LOADED = 101  # what Milvus answers for a collection that is not in memory
_LEVELS = ("Strong", "Session", "Bounded", "Eventually")
_TIMEOUT = 20.0  # seconds that a call is tried for
_AGAIN = 0.2  # seconds before a call is made again, twice as many each time
_KEYS = 1000  # keys named in one call
_PAGE = 2000  # rows that come at a time
_BYTES = 16_000_000  # what is sent at a time, about
# A server that is back is found within a second, whoever else waits for it. A connection is tried
# only while a call waits, and less often than once in five minutes: gRPC's servers hang up on who
# does it more often.
_CHANNEL = {
    "grpc.keepalive_time_ms": 360_000,
    "grpc.keepalive_timeout_ms": 5_000,
    "grpc.keepalive_permit_without_calls": 0,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.use_local_subchannel_pool": 1,
}

Row = dict[str, Any]
_Result = TypeVar("_Result")


class Connection:
    """A client of one server, made when it is first needed; many threads may use it."""

    def __init__(self, address: StoreAddress, timeout: float | None = None) -> None:
        """Take an address; ``timeout`` is how long each call is tried for, in seconds.

        Raises `UsageError` where the environment asks for what there is not.
        """
        self.address = address
        self._timeout = timeout or _seconds(os.environ.get(TIMEOUT_VARIABLE))
        self.consistency = _level(os.environ.get(CONSISTENCY_VARIABLE))
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._client: Any = None

    def collection(self, name: str) -> Collection:
        """Return one of the library's collections, by the end of its name."""
        return Collection(self, f"{self.address.collection}_{name}")

    @cached_property
    def is_lite(self) -> bool:
        """Whether the server is Milvus Lite, in this process or another."""
        return self.address.is_file or "lite" in self.call(
            lambda client, timeout: client.get_server_version(timeout=timeout)
        )

    def call(
        self,
        function: Callable[[Any, float], _Result],
        *,
        writes: bool = False,
        is_slow: bool = False,
    ) -> _Result:
        """Call a function with the client and a time-out, again where the server is away.

        Calls that write are made one after the other; one that is slow may take ten times as long.
        Raises `LibraryError` when that is no use.
        """
        patience = self._timeout * (10 if is_slow else 1)
        if writes:
            with self._writing:
                return self._try(function, patience)
        return self._try(function, patience)

    def close(self) -> None:
        """Let go of the server; the next call connects again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _try(self, function: Callable[[Any, float], _Result], patience: float) -> _Result:
        """Call a function until it is of use; one attempt takes half the time at most."""
        until, pause = time.monotonic() + patience, _AGAIN
        while True:
            error = None
            try:
                return function(self._connected(), max(until - time.monotonic(), patience) / 2)
            except Exception as failure:
                if not _is_of_the_server(failure):
                    raise
                error = failure
            if not _is_passing(error) or time.monotonic() + pause >= until:
                raise self._said_plainly(error) from error
            time.sleep(pause)
            pause *= 2

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                from pymilvus import MilvusClient

                for name in ("pymilvus", "milvus_lite"):  # what goes wrong is said once, by us
                    logging.getLogger(name).setLevel(logging.CRITICAL)
                self._client = MilvusClient(
                    uri=self.address.uri,
                    token=self.address.token,
                    db_name=self.address.database,
                    timeout=self._timeout,
                    dedicated=True,
                    grpc_options=_CHANNEL,
                )
            return self._client

    def _said_plainly(self, error: Exception) -> LibraryError:
        reason = " ".join(str(getattr(error, "message", "") or error).split())[:200]
        where = self.address.shown
        if self.address.is_file and _is_passing(error):
            return LibraryError(
                f"{where} cannot be opened; another process may have it open: let that one serve "
                f"it (milvus-lite server --data-dir {where}) and give --store milvus://HOST/"
                "library to all"
            )
        if _is_refusal(error):
            return LibraryError(
                f"the Milvus server of {where} refuses the login; give it as "
                f"milvus://USER:PASSWORD@HOST or in the variable {TOKEN_VARIABLE}"
            )
        if _is_passing(error):
            return LibraryError(
                f"the Milvus server of {where} cannot be reached; check that it runs and its "
                "address, then do the same again: what was done is kept"
            )
        return LibraryError(f"the Milvus server of {where} could not do it ({reason})")


class Collection:
    """One collection of a library."""

    def __init__(self, connection: Connection, name: str) -> None:
        """Store the name as the server has it."""
        self._connection = connection
        self.name = name

    def get(self, keys: Sequence[Any], fields: Sequence[str]) -> list[Row]:
        """Return those of the rows that exist, by their primary keys, in no order."""
        found: list[Row] = []
        for first in range(0, len(keys), _KEYS):
            some = list(keys[first : first + _KEYS])
            found += self._read("get", ids=some, output_fields=list(fields))
        return found

    def query(self, where: str, fields: Sequence[str], limit: int) -> list[Row]:
        """Return up to ``limit`` rows for which a filter holds, whichever."""
        found: list[Row] = self._read(
            "query", filter=where, output_fields=list(fields), limit=limit
        )
        return found

    def count(self, where: str) -> int:
        """Return for how many rows a filter holds."""
        return int(self._read("query", filter=where, output_fields=["count(*)"])[0]["count(*)"])

    def scan(self, where: str, fields: Sequence[str]) -> Iterator[Row]:
        """Yield all rows for which a filter holds, in order of their keys."""

        def begin(client: Any, timeout: float) -> Any:
            return client.query_iterator(
                self.name,
                batch_size=_PAGE,
                filter=where,
                output_fields=list(fields),
                timeout=timeout,
                consistency_level=self._connection.consistency,
            )

        pages = self._connection.call(partial(self._loaded, begin))
        try:
            while page := self._connection.call(lambda client, timeout: pages.next()):
                yield from map(dict, page)
        finally:
            pages.close()

    def search(
        self, field: str, vector: npt.NDArray[np.float32] | Mapping[int, float], k: int, where: str
    ) -> list[tuple[int, float]]:
        """Return key and inner product of the ``k`` best rows for which a filter holds."""
        [hits] = self._read(
            "search",
            data=[vector],
            anns_field=field,
            limit=k,
            filter=where,
            output_fields=[],
            search_params={"metric_type": "IP", "params": {"ef": max(2 * k, 64)}}
            if isinstance(vector, np.ndarray)
            else {"metric_type": "IP"},
        )
        return list(zip(map(int, hits.ids), map(float, hits.distances), strict=True))

    def upsert(self, rows: Sequence[Row], *, partial: bool = False) -> None:
        """Write rows under their keys; ``partial`` leaves fields that are not given as they are."""
        for part in _parts(rows):
            self._write("upsert", data=part, **({"partial_update": True} if partial else {}))

    def delete(self, keys: Sequence[Any]) -> None:
        """Delete rows by their primary keys; unknown ones are ignored."""
        for first in range(0, len(keys), _KEYS):
            self._write("delete", ids=list(keys[first : first + _KEYS]))

    def delete_where(self, where: str) -> None:
        """Delete all rows for which a filter holds."""
        self._write("delete", is_slow=True, filter=where)

    def flush(self) -> None:
        """Let the server write what it has in memory, and index it."""
        self._write("flush", is_slow=True)

    def _read(self, method: str, **arguments: Any) -> Any:
        level = self._connection.consistency

        def read(client: Any, timeout: float) -> Any:
            return getattr(client, method)(
                self.name, timeout=timeout, consistency_level=level, **arguments
            )

        return self._connection.call(partial(self._loaded, read))

    def _loaded(
        self, read: Callable[[Any, float], _Result], client: Any, timeout: float
    ) -> _Result:
        """Read from a collection, loading it where a server that was started anew has not."""
        from pymilvus.exceptions import MilvusException

        try:
            return read(client, timeout)
        except MilvusException as error:
            if error.code != _NOT_LOADED:
                raise
        client.load_collection(self.name, timeout=timeout)
        return read(client, timeout)

    def _write(self, method: str, *, is_slow: bool = False, **arguments: Any) -> None:
        self._connection.call(
            lambda client, timeout: getattr(client, method)(
                self.name, timeout=timeout, **arguments
            ),
            writes=True,
            is_slow=is_slow,
        )


def _parts(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield rows, as many at a time as may be sent together."""
    part: list[Row] = []
    size = 0
    for row in rows:
        part.append(row)
        size += sum(_size(value) for value in row.values())
        if size > _BYTES or len(part) >= _PAGE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    return 12 * len(value) if isinstance(value, (dict, list)) else len(str(value))


def _is_of_the_server(error: Exception) -> bool:
    """Tell whether an error is one that client or server raise, not of our own making."""
    import grpc
    from pymilvus.exceptions import MilvusException

    is_closed = isinstance(error, ValueError) and "closed channel" in str(error)
    return isinstance(error, (MilvusException, grpc.RpcError)) or is_closed


def _is_passing(error: Exception) -> bool:
    """Tell whether a call did not come to the server, or its answer not back, and may again."""
    import grpc

    if _is_refusal(error):
        return False
    if isinstance(error, (grpc.RpcError, ValueError)):
        return True
    if isinstance(getattr(error, "code", None), grpc.StatusCode):
        return True
    text = str(error).lower()
    return any(words in text for words in ("connect", "unavailable", "timeout", "timed out"))


def _is_refusal(error: Exception) -> bool:
    text = str(error).lower()
    return any(words in text for words in ("unauthenticated", "auth check", "permission", "denied"))


def _level(name: str | None) -> str:
    level = (name or _LEVELS[0]).capitalize()
    if level not in _LEVELS:
        raise UsageError(f"{CONSISTENCY_VARIABLE} is {name!r}; set one of {', '.join(_LEVELS)}")
    return level


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text) if text else _TIMEOUT
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise UsageError(f"{TIMEOUT_VARIABLE} is {text!r}; set a number of seconds")
    return seconds
