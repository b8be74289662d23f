"""How fast a long run goes, in words: what is done, how much a second, how long it still takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa.progress import Progress

_SOON = 1.0  # seconds of a stage before its pace means something


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a run as it stands: ``rate`` in units a second and ``left`` in seconds."""

    progress: Progress
    rate: float | None = None
    left: float | None = None

    def __str__(self) -> str:
        """Return what a person is told: ``Reading: 3 of 10 files, about 8 s left``."""
        stage, done, total, unit = self.progress
        name = stage[:1].upper() + stage[1:]
        if not total:
            return f"{name} …"
        said = f"{name}: {done:,} of {total:,} {unit}"
        if self.rate is not None and done < total:
            said += f", {self.rate:,.1f} {unit}/s"
        if self.left is not None and done < total:
            said += f", about {_duration(self.left)} left"
        return said


class Pace:
    """Keeps how far each stage of a run is; one thread tells, others look."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Measure by ``clock``, in seconds."""
        self._clock = clock
        self._first: dict[str, tuple[float, int]] = {}
        self._last: dict[str, tuple[float, Progress]] = {}

    def tell(self, progress: Progress) -> None:
        """Take note of how far a stage is."""
        now = self._clock()
        self._first.setdefault(progress.stage, (now, progress.done))
        self._last[progress.stage] = now, progress

    def stages(self) -> Iterator[Stage]:
        """Yield the stages told of so far, in the order in which they began."""
        for name, (then, progress) in list(self._last.items()):
            begun, before = self._first[name]
            seconds, done = then - begun, progress.done - before
            if seconds < _SOON or done <= 0:
                yield Stage(progress)
                continue
            rate = done / seconds
            yield Stage(progress, rate, max(progress.total - progress.done, 0) / rate)


def _duration(seconds: float) -> str:
    """Return a duration as a person says it, rounded up."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
