"""Processes that read files ahead of the one who takes what they have read.

They are started by the first files that need them, with ``subprocess`` and not `multiprocessing`:
nothing is pickled, and a script that imports this needs no ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Final

from corpus.errors import DocumentQAError, OverLimit, ReadError
from corpus.remote import local_copy
from corpus.workers.process import Lost, Process
from corpus.workers.wire import Reading, Task

_MOST_PROCESSES: Final = 8  # more would outrun what takes the texts from them
_MOST_AHEAD: Final = 256  # files under way, so that a batch of small ones is ready in time
_MOST_CHARACTERS: Final = 64_000_000  # of texts that wait to be taken
_MOST_FAULTS: Final = 10  # hangs and crashes inside one file before the rest of it is left out
_TOO_MANY_FAULTS: Final = ReadError(
    f"{_MOST_FAULTS} files inside it could not be read, and the rest was left out; unpack it"
)
_PATIENCE: Final = 0.5  # seconds between looks at whether Ctrl-C was pressed


@dataclass(eq=False, slots=True)
class _Job:
    """A task under way: its readings that wait to be taken, and whether it was the last."""

    task: Task
    readings: deque[Reading] = field(default_factory=deque)
    is_done: bool = False


class Pool:
    """Reads files in as many processes as there are cores; use it as a context manager."""

    def __init__(self, size: int = 0) -> None:
        """Prepare a pool of at most ``size`` processes; as many as is good for 0."""
        self._size = size or min(os.cpu_count() or 1, _MOST_PROCESSES)
        self._changed = threading.Condition()  # guards all below
        self._ahead: deque[_Job] = deque()
        self._queue: deque[_Job] = deque()
        self._threads: list[threading.Thread] = []
        self._processes: set[Process] = set()
        self._idle = 0
        self._characters = 0
        self._is_closed = False
        self._failure: Exception | None = None

    def __enter__(self) -> Pool:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process, whatever it is at."""
        self.close()

    def close(self) -> None:
        """End every process, whatever it is at."""
        with self._changed:
            self._is_closed = True
            for process in self._processes:
                process.kill()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def read(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Reading]]:
        """Yield what came of files, in the order of their tasks, while others are read ahead.

        Of one task the files inside come first and the file itself last. Nothing is raised for a
        file: what cannot be read, hangs or crashes is a reading with an error. Raises
        `DocumentQAError` where no process can be started.
        """
        coming = iter(tasks)
        while True:
            while len(self._ahead) < _MOST_AHEAD and (task := next(coming, None)):
                self._submit(_Job(task))
            if not self._ahead:
                return
            job = self._ahead[0]
            while (reading := self._next_of(job)) is not None:
                yield job.task, reading
            with self._changed:
                self._ahead.popleft()
                self._changed.notify_all()

    def _submit(self, job: _Job) -> None:
        with self._changed:
            self._ahead.append(job)
            self._queue.append(job)
            if self._idle < len(self._queue) and len(self._threads) < self._size:
                self._idle += 1
                thread = threading.Thread(target=self._work, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()

    def _next_of(self, job: _Job) -> Reading | None:
        with self._changed:
            while not job.readings and not job.is_done:
                if self._failure is not None:
                    raise self._failure
                self._changed.wait(_PATIENCE)
            if not job.readings:
                return None
            reading = job.readings.popleft()
            self._characters -= _size(reading)
            self._changed.notify_all()
            return reading

    def _work(self) -> None:
        """Answer jobs one after the other; what fails is raised where readings are taken."""
        process: Process | None = None
        try:
            while (job := self._next_job()) is not None:
                process = self._answer(job, process)
                with self._changed:
                    job.is_done = True
                    self._idle += 1
                    self._changed.notify_all()
        except Exception as error:
            with self._changed:
                self._failure = error
                self._changed.notify_all()
        if process is not None:
            self._end(process)

    def _next_job(self) -> _Job | None:
        with self._changed:
            while not self._queue and not self._is_closed:
                self._changed.wait()
            if self._is_closed:
                return None
            self._idle -= 1
            return self._queue.popleft()

    def _answer(self, job: _Job, process: Process | None) -> Process | None:
        """Put the readings of a job; return the process that is left, if any is."""
        try:
            with local_copy(job.task.path, job.task.limits) as path:
                return self._read(job, replace(job.task, path=path), process)
        except ReadError as error:  # it cannot be fetched
            self._put(job, Reading(job.task.name, read_ns=time.time_ns(), error=error))
            return process

    def _read(self, job: _Job, task: Task, process: Process | None) -> Process | None:
        """Put what comes of a task on disk; return the process that is left, if any is."""
        faults = 0
        answered: list[str] = []
        while not self._is_closed:
            process = process or self._start()
            is_fresh = not process.tasks_done
            try:
                for reading in process.readings(replace(task, answered=tuple(answered))):
                    answered.append(reading.name)
                    self._put(job, reading)
                break
            except Lost as lost:
                self._end(process)
                process = None
                if not is_fresh and not isinstance(lost.error, OverLimit):
                    continue  # what was read before may be to blame: once more, from new
                answered.append(lost.begun.name)
                self._put(job, replace(lost.begun, error=lost.error))
                faults += 1
            if task.name in answered:
                break
            if faults == _MOST_FAULTS:
                self._put(job, Reading(task.name, error=_TOO_MANY_FAULTS))
                break
        return process

    def _put(self, job: _Job, reading: Reading) -> None:
        """Let a reading wait to be taken, once there is room or nothing else to be taken."""
        with self._changed:
            while (
                self._characters + _size(reading) > _MOST_CHARACTERS
                and (job is not self._ahead[0] or job.readings)
                and not self._is_closed
            ):
                self._changed.wait()
            job.readings.append(reading)
            self._characters += _size(reading)
            self._changed.notify_all()

    def _start(self) -> Process:
        try:
            process = Process()
        except OSError as error:
            raise DocumentQAError(
                f"no process can be started to read files ({error.strerror}); "
                "close other programs and try again"
            ) from error
        with self._changed:
            self._processes.add(process)
            if self._is_closed:
                process.kill()
        return process

    def _end(self, process: Process) -> None:
        process.end()
        with self._changed:
            self._processes.discard(process)


def _size(reading: Reading) -> int:
    return len(reading.document.text) if reading.document else 0
