"""Bringing the library up to date from the page: one run at a time, told to all who wait."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from corpus.errors import DocumentQAError
from corpus.types import Receipt
from qa.pace import Pace, Stage
from qa.progress import OnProgress

_LOOK_SECONDS = 0.25

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another run comes first; ``stages`` is how far that one is."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """This run is under way."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """This run came to nothing; ``error`` is a sentence."""

    error: str


class Indexing:
    """Runs ``index`` in threads, one after the other."""

    def __init__(self, index: Callable[[OnProgress], Receipt]) -> None:
        """Prepare; nothing runs yet."""
        self._index = index
        self._alone = threading.Lock()
        self._pace = Pace()

    async def run(self) -> AsyncIterator[Waiting | Running | Receipt | Failed]:
        """Run once and yield how it stands, whenever that has changed; at last what came of it.

        Who stops listening does not stop the run.
        """
        job = _Job()
        threading.Thread(target=self._work, args=(job,), daemon=True).start()
        told: Waiting | Running | None = None
        while job.result is None:
            stages = tuple(self._pace.stages())
            now = Running(stages) if job.has_begun else Waiting(stages)
            if now != told:
                yield now
            told = now
            await asyncio.sleep(_LOOK_SECONDS)
        yield job.result

    def _work(self, job: _Job) -> None:
        with self._alone:
            self._pace = Pace()
            job.has_begun = True
            try:
                job.result = self._index(self._pace.tell)
            except DocumentQAError as error:
                job.result = Failed(str(error))
            except Exception:
                logger.exception("indexing failed")
                job.result = Failed("Indexing failed: the terminal that runs qa says why.")


@dataclass(slots=True)
class _Job:
    has_begun: bool = False
    result: Receipt | Failed | None = None
