"""`qa serve` under load, as programs see it: over HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.load import ALONE, under_load

_STARTS = 60.0  # seconds in which a server must answer


def measured(library: Path, questions: Sequence[str], askers: int) -> dict[str, Any]:
    """Start a server of a library, let many ask it at once, and end it."""
    with _served(library) as (url, process):

        def ask(question: str) -> None:
            body = json.dumps({"question": question}).encode()
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{url}/api/ask", body, headers)
            with urllib.request.urlopen(request, timeout=60) as response:
                json.load(response)

        for question in questions[:ALONE]:
            ask(question)
        before = _cpu_seconds(process.pid)
        for question in questions[:ALONE]:
            ask(question)
        cost = (_cpu_seconds(process.pid) - before) / len(questions[:ALONE])
        return {"cpu_seconds": cost, **under_load(ask, questions, askers, cost)}


@contextmanager
def _served(library: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "qa", "serve", "--library", str(library), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(url, process)
        yield url, process
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + _STARTS
    while not _answers(url):
        if time.monotonic() > ends or process.poll() is not None:
            raise RuntimeError(f"qa serve did not answer at {url}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/api/health", timeout=5).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cpu_seconds(process: int) -> float:
    """Return the processor time that a running process has used (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
