"""The process that reads and draws: tasks come in on stdin, what came of them goes out."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, Final

from corpus.limits import Limits
from corpus.workers.drawing import PageDrawer
from corpus.workers.orders import Drawing, Order, order_of, send_drawing
from corpus.workers.walk import readings
from corpus.workers.wire import Reading, Task, send, task_of

_GRACE_SECONDS: Final = 15.0  # until a process ends itself that nobody has ended in time


def main() -> None:
    """Answer tasks until there are no more, or until the one who asks is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks
    tasks, replies, silence = _take_over_pipes()
    drawer = PageDrawer()
    for task in _coming(tasks):
        _limit_memory(task.limits)
        if isinstance(task, Order):
            _draw(drawer, task, replies, silence)
        else:
            _answer(task, replies, silence)
        if _is_swollen(task.limits):
            os._exit(0)  # the next file gets a new process and all of its memory


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO, int]:
    """Return stdin, stdout and the null device; whatever a parser reads or prints is lost."""
    tasks, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    return tasks, replies, silence


def _coming(tasks: BinaryIO) -> Iterator[Task | Order]:
    """Yield tasks as they come.

    When the pipe is closed the process ends, also amid a file, with all that it has started.
    """
    queue: SimpleQueue[bytes] = SimpleQueue()

    def listen() -> None:
        for line in tasks:
            queue.put(line)
        if sys.platform != "win32":
            os.killpg(0, signal.SIGKILL)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        fields = json.loads(queue.get())
        yield order_of(fields["order"]) if "order" in fields else task_of(fields["task"])


def _answer(task: Task, replies: BinaryIO, silence: int) -> None:
    """Send what comes of a task."""

    def begin(reading: Reading) -> None:
        send(replies, reading, begun=True)
        _end_after(task.seconds, silence)

    for reading in readings(task, begin):
        faulthandler.cancel_dump_traceback_later()
        send(replies, reading)


def _draw(drawer: PageDrawer, order: Order, replies: BinaryIO, silence: int) -> None:
    """Send what comes of an order."""
    send_drawing(replies, Drawing(), begun=True)
    _end_after(order.limits.seconds, silence)
    drawing = drawer.draw(order)
    faulthandler.cancel_dump_traceback_later()
    send_drawing(replies, drawing)


def _end_after(seconds: float, silence: int) -> None:
    """End this process some time after what it is at should have ended."""
    # Needs no lock of the interpreter's, which a parser may hold for ever.
    faulthandler.dump_traceback_later(seconds + _GRACE_SECONDS, exit=True, file=silence)


def _limit_memory(limits: Limits) -> None:
    """Let the system refuse more memory than a file may take, where it can."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = limits.memory if hard == resource.RLIM_INFINITY else min(limits.memory, hard)
    with suppress(ValueError, OSError):  # this system knows no such limit
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _is_swollen(limits: Limits) -> bool:
    """Tell whether the process has ever held half of what a file may take."""
    if sys.platform == "win32":
        return False
    return _peak() > limits.memory / 2


def _peak() -> int:
    """Return the most bytes of memory that the process has held at once."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_bytes().splitlines():
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    # Where there is no such file. Linux counts what the one held that has started this process.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
