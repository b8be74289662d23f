"""Long work behind an event of the page: done in a thread, told of as it goes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from qa.progress import OnProgress, Progress

Item = TypeVar("Item")
Result = TypeVar("Result")

_EVERY = 0.3  # seconds between two words on how far it is


class _NobodyWaits(Exception):
    """Raised inside the work to end it."""


def running(
    work: Callable[[OnProgress], Result], show: Callable[[Progress], Item]
) -> Generator[Item, None, Result]:
    """Do ``work`` in a thread, yield now and then how far it is, and return what comes of it.

    ``show`` makes of the progress what is yielded. What the work raises is raised here. When the
    generator is closed, as when a browser goes away, the work ends the next time it tells how far
    it is.
    """
    latest: list[Progress] = []
    is_over = Event()

    def tell(progress: Progress) -> None:
        if is_over.is_set():
            raise _NobodyWaits
        latest[:] = [progress]

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work, tell)
        try:
            while not wait([future], _EVERY).done:
                yield from map(show, latest)
            return future.result()
        finally:
            is_over.set()
