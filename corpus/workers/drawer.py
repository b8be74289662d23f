"""Processes that draw pages, kept for the next page while a document is looked at."""

from __future__ import annotations

import threading
from queue import Empty, LifoQueue
from typing import Final

from corpus.errors import DocumentQAError, OverLimit, ReadError, Unavailable
from corpus.workers.orders import Drawing, Order
from corpus.workers.process import Process

_PROCESSES: Final = 2  # so that a page that hangs holds up nobody else
_MOST_WAITING: Final = 8  # for one of them, each in a thread of its own
_CLOSED: Final = "cannot be drawn: its library is closed"
_BUSY: Final = "cannot be drawn while so many others are; try again"


class Busy(Unavailable):
    """Too many pages are being drawn just now."""


class Drawer:
    """Draws pages in processes of its own, started when one is needed; any thread may ask.

    A page may hang, crash or swell its process and harm no other.
    """

    def __init__(self) -> None:
        """Prepare to draw; no process is started yet."""
        self._slots: LifoQueue[Process | None] = LifoQueue()  # the warm one is taken first
        for _ in range(_PROCESSES):
            self._slots.put(None)
        self._waiting = threading.BoundedSemaphore(_PROCESSES + _MOST_WAITING)
        self._lock = threading.Lock()  # guards both below
        self._processes: set[Process] = set()
        self._is_closed = False

    def close(self) -> None:
        """End every process, whatever it is at; nothing is drawn any more."""
        with self._lock:
            self._is_closed = True
            for process in self._processes:
                process.kill()
        while True:
            try:
                idle = self._slots.get_nowait()
            except Empty:
                return
            if idle is not None:
                self._end(idle)

    def draw(self, order: Order) -> Drawing:
        """Return what came of an order.

        Raises `ReadError` for what cannot be drawn, `OverLimit` when it costs too much,
        `Unavailable` when the file is not the one that is meant, `Busy` while too many others are
        drawn, and `DocumentQAError` where no process can be started.
        """
        if not self._waiting.acquire(blocking=False):
            raise Busy(_BUSY)
        try:
            drawing = self._draw(order)
        finally:
            self._waiting.release()
        if drawing.error is not None:
            raise drawing.error
        return drawing

    def _draw(self, order: Order) -> Drawing:
        if self._is_closed:
            raise Unavailable(_CLOSED)
        try:
            process = self._slots.get(timeout=order.limits.seconds)
        except Empty:
            raise Busy(_BUSY) from None
        try:
            while True:
                process = process or self._start()
                is_fresh = not process.tasks_done
                try:
                    return process.drawing(order)
                except ReadError as error:
                    self._end(process)
                    process = None
                    if is_fresh or isinstance(error, OverLimit):
                        raise
                    # what was drawn before may be to blame: once more, from new
        finally:
            self._put_back(process)

    def _start(self) -> Process:
        with self._lock:
            if self._is_closed:
                raise Unavailable(_CLOSED)
            try:
                process = Process()
            except OSError as error:
                raise DocumentQAError(
                    f"no process can be started to draw pages ({error.strerror}); "
                    "close other programs and try again"
                ) from error
            self._processes.add(process)
            return process

    def _put_back(self, process: Process | None) -> None:
        """Let the process be taken again, or one be started in its place."""
        with self._lock:
            is_closed = self._is_closed
            if not is_closed:
                self._slots.put(process)
        if is_closed and process is not None:
            self._end(process)

    def _end(self, process: Process) -> None:
        process.end()
        with self._lock:
            self._processes.discard(process)
