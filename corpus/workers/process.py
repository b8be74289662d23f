"""One process that reads files and draws pages, seen from the one who asks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final, cast

from corpus.errors import OverLimit, ReadError, Unavailable
from corpus.workers.orders import Drawing, Order, order_to_line, receive_drawing
from corpus.workers.walk import CRASHED
from corpus.workers.wire import Reading, Task, receive, task_to_line

ENTRY: Final = "corpus.workers.child"
"""The module whose ``main`` the process runs."""

_START_SECONDS: Final = 60.0  # until the first word of a process, which may have to start
_LAST_SECONDS: Final = 5.0  # between the end of what a process says and its own
_ROOT: Final = str(Path(__file__).parents[2])
# One thread each: there are as many processes as cores.
_ENVIRONMENT: Final = dict.fromkeys(("OMP_NUM_THREADS", "RAYON_NUM_THREADS"), "1")


class Lost(Exception):
    """The process has ended amid a file: the reading that was ``begun``, and the ``error``."""

    def __init__(self, begun: Reading, error: ReadError) -> None:
        """Store both."""
        super().__init__(str(error))
        self.begun = begun
        self.error = error


class Process:
    """A process that reads one file, or draws one page, at a time, for one thread.

    Its modules are those of this process, never those of the folder it stands in.
    """

    def __init__(self) -> None:
        """Start the process; it is ready when it answers."""
        path = [folder for folder in sys.path if folder]
        path += [] if _ROOT in path else [_ROOT]
        code = f"import sys; sys.path[:] = {path!r}; from {ENTRY} import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a group to be stopped as one; Ctrl-C is not for it
            env={**os.environ, **_ENVIRONMENT},
        )
        # Both are pipes, as asked for above, which the types do not know.
        self._orders = cast("IO[bytes]", self._process.stdin)
        self._replies = cast("IO[bytes]", self._process.stdout)
        self.tasks_done = 0

    def kill(self) -> None:
        """Stop the process and what it has started, whatever it is at; any thread may."""
        if sys.platform == "win32":
            self._process.kill()
        elif self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):  # it has just ended
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Stop the process and leave nothing of it behind."""
        self.kill()
        self._process.wait()
        for pipe in (self._orders, self._replies):
            with suppress(OSError):  # what it was to be told is lost
                pipe.close()

    def readings(self, task: Task) -> Iterator[Reading]:
        """Yield what came of a file, the files inside it first. Raises `Lost`."""
        begun = Reading(task.name)
        alarm = _Alarm(self.kill)
        seconds = task.seconds + _START_SECONDS
        try:
            with alarm.after(seconds):
                self._tell(task_to_line(task))
            while True:
                with alarm.after(seconds):
                    reading, is_begun = receive(self._replies)
                seconds = task.seconds
                if is_begun:
                    begun = reading
                    continue
                yield reading
                if reading.name == task.name:
                    break
        except (OSError, EOFError, ValueError) as error:
            advice = "allow more with --max-seconds"
            raise Lost(begun, self._reason(task.seconds, alarm.has_rung, advice)) from error
        self.tasks_done += 1

    def drawing(self, order: Order) -> Drawing:
        """Return what came of an order. Raises `ReadError` where the process has ended amid it."""
        alarm = _Alarm(self.kill)
        seconds = order.limits.seconds
        try:
            with alarm.after(seconds + _START_SECONDS):
                self._tell(order_to_line(order))
                receive_drawing(self._replies)  # it is begun
            with alarm.after(seconds):
                drawing, _ = receive_drawing(self._replies)
        except (OSError, EOFError, ValueError) as error:
            raise self._reason(seconds, alarm.has_rung, "see its text instead") from error
        self.tasks_done += 1
        return drawing

    def _tell(self, line: bytes) -> None:
        self._orders.write(line)
        self._orders.flush()

    def _reason(self, seconds: float, has_rung: bool, advice: str) -> ReadError:
        """Say why the process has ended, or must; and advise where it took too long."""
        code = None
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_LAST_SECONDS)
        if has_rung:
            return OverLimit(f"took longer than {seconds:g} s; {advice}")
        if sys.platform != "win32" and code == -signal.SIGKILL:
            return Unavailable("was stopped by the system, perhaps for memory; index again")
        return ReadError(CRASHED)


class _Alarm:
    """Rings when what is done while it is set takes too long; may be set again."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self.has_rung = False

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """Be set to ring after some seconds."""
        timer = threading.Timer(seconds, self._on_time)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _on_time(self) -> None:
        self.has_rung = True
        self._ring()
