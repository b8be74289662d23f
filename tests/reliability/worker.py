"""Processes that write a library, to be killed: `Worker` starts them, one at a time.

Imports are slow and forks are not: one process imports everything and forks another for each
request, which is a line of JSON. It answers with the fork's process id and then its exit code.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import corpus
from qa.library import Library
from tests.fakes import fake_models

ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL


class Worker:
    """A process that forks for each request; use it as a context manager."""

    def __enter__(self) -> Worker:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=60)

    def run(self, task: str, *, kill_after: float | None = None, **arguments: Any) -> int:
        """Run a task in a process of its own and return its exit code, or -9 when it was killed.

        ``kill_after`` are the seconds after which it gets a ``kill -9``.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = json.dumps({"task": task, **arguments}, default=str)
        self._process.stdin.write(request + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return int(self._process.stdout.readline())


def sync(library: str, docs: str) -> None:
    """Bring a library up to date."""
    with fake_models(), Library.open(library) as opened:
        opened.index(docs)


def sync_with_model(library: str, docs: str) -> None:
    """Bring a library up to date with the real model."""
    with Library.open(library) as opened:
        opened.index(docs)


def sync_and_die(library: str, docs: str) -> None:
    """Bring a library up to date and end without closing it, which leaves the database's log."""
    with fake_models():
        Library.open(library).index(docs)
        os.kill(os.getpid(), signal.SIGKILL)


def repair(library: str) -> None:
    """Mend a library."""
    from qa import doctor

    with fake_models():
        doctor.repair(Path(library), None)


def forget(library: str, name: str) -> None:
    """Forget a document."""
    with fake_models(), Library.open(library) as opened:
        opened.forget(name)


def die_at_call(number: int, what: str, **arguments: str) -> None:
    """Run a task and ``kill -9`` this process at its n-th call out of a function of `qa`."""
    left = number

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal left
        if event in ("call", "c_call") and frame.f_globals.get("__name__", "").startswith("qa."):
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    try:
        TASKS[what](**arguments)
    finally:
        sys.setprofile(None)


def keep_asking(library: str, history: str, questions: str, done: str) -> None:
    """Ask until a file ``done`` is there; each citation must be of a version in ``history``."""
    asked = itertools.cycle(json.loads(Path(questions).read_text(encoding="utf-8")))
    answers = 0
    print("ready", flush=True)
    with fake_models(), Library.open(library) as opened:
        while not Path(done).exists():
            for citation in opened.ask(next(asked)).citations:
                data = Path(history, citation.sha256).read_bytes()
                text = corpus.read(data, citation.document).text
                assert text[citation.start : citation.end] == citation.text, citation
            answers += 1
    print(answers)


TASKS: dict[str, Any] = {
    task.__name__: task
    for task in (sync, sync_with_model, sync_and_die, repair, forget, die_at_call)
}


def serve() -> None:
    """Fork for every request until there are no more."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                request = json.loads(line)
                task = request.pop("task")
                TASKS[task](**request)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
