"""The right to write, held by one process of one machine at a time.

Milvus cannot compare and set, so a claim is written and read again a moment later. The holder
counts a number up while it works; who waits takes over when that has stood still for `LEASE`
seconds by his own clock, or when the holder is known to be gone. Clocks are never compared.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from corpus.errors import Damaged, LibraryError
from qa.milvus.connection import Collection
from qa.milvus.state import meta_row, read_meta

LEASE = 20.0  # seconds after which a holder that counts no more is taken for gone
_BEAT = 4.0  # seconds between counts
_SETTLE = 0.3  # seconds after which a claim that still stands is ours
_LOOK = 0.5  # seconds between looks at another's lease
_PATIENCE = 90.0  # seconds that another writer is waited for
_NAME = "lease"
_held: set[str] = set()  # the claims of this process that stand


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who writes; ``is_clean`` when he has ended, and nothing was left half done."""

    owner: str
    host: str
    pid: int
    beat: int = 0
    is_clean: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether its process is known to have ended."""
        if self.host != socket.gethostname() or os.name != "posix":
            return False
        if self.pid == os.getpid():
            return self.owner not in _held
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


class Lease:
    """A claim to be the writer of one library; a thread keeps it up while it is held."""

    def __init__(self, meta: Collection, where: str) -> None:
        """Prepare; ``where`` is what messages call the library."""
        self._meta = meta
        self._where = where
        self._claim = _Claim(uuid.uuid4().hex, socket.gethostname(), os.getpid())
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._seen = 0.0
        self._is_lost = False

    def acquire(self, on_wait: Callable[[str], None]) -> bool:
        """Take the lease; tell whether the last holder had ended well.

        ``on_wait`` is told once who is waited for. Raises `LibraryError` after a minute and a half.
        """
        while True:
            was_clean = self._wait(on_wait)
            self._put(self._claim)
            time.sleep(_SETTLE)
            if self._is_ours():
                break
        self._seen = time.monotonic()
        _held.add(self._claim.owner)
        threading.Thread(target=self._keep_up, name="writer's lease", daemon=True).start()
        return was_clean

    def require(self) -> None:
        """Raise `LibraryError` unless the lease is still held."""
        if not self._is_lost and time.monotonic() - self._seen > LEASE / 2:
            self._beat()  # this process has slept
        if self._is_lost:
            raise LibraryError(
                f"{self._where} was taken over by another writer, because this one did not answer; "
                "do the same again: what was done is kept"
            )

    def release(self, *, is_clean: bool) -> None:
        """Let others write; they mend what was begun unless ``is_clean``."""
        self._ended.set()
        _held.discard(self._claim.owner)
        with self._lock, suppress(LibraryError):  # or it runs out by itself
            if is_clean and self._is_ours():
                self._put(replace(self._claim, is_clean=True))

    def _wait(self, on_wait: Callable[[str], None]) -> bool:
        """Wait until nobody holds the lease; tell whether the last one ended well."""
        began = since = time.monotonic()
        seen, is_told = self._read(), False
        while seen is not None and not seen.is_clean and seen.owner != self._claim.owner:
            now = time.monotonic()
            if seen.is_gone:
                time.sleep(_LOOK)  # what it sent last may still be under way
                return False
            if now - since > LEASE:
                return False
            if now - began > _PATIENCE:
                raise LibraryError(
                    f"{self._where} is being written by {seen}; try again when it is done"
                )
            if not is_told:
                on_wait(f"waiting for {seen}")
                is_told = True
            time.sleep(_LOOK)
            last, seen = seen, self._read()
            if seen != last:
                since = time.monotonic()
        return seen is None or seen.is_clean

    def _keep_up(self) -> None:
        while not self._ended.wait(_BEAT) and not self._is_lost:
            with suppress(LibraryError):  # the server may come back in time
                self._beat()

    def _beat(self) -> None:
        with self._lock:
            if self._ended.is_set():
                return
            if not self._is_ours():
                self._is_lost = True
                return
            self._claim = replace(self._claim, beat=self._claim.beat + 1)
            self._put(self._claim)
            self._seen = time.monotonic()

    def _is_ours(self) -> bool:
        found = self._read()
        return found is not None and found.owner == self._claim.owner

    def _read(self) -> _Claim | None:
        try:
            value = read_meta(self._meta, _NAME)
            return None if value is None else _Claim(**json.loads(value))
        except (Damaged, ValueError, TypeError):
            return _Claim("", "an unknown machine", 0)  # it is replaced when its time is over

    def _put(self, claim: _Claim) -> None:
        self._meta.upsert([meta_row(_NAME, json.dumps(asdict(claim)))])
