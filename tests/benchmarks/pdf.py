"""Time the PDF reader beside pdftotext, in one run.

Usage: python -m tests.benchmarks.pdf FOLDER

Every PDF under FOLDER is read by `corpus.readers.read` in this process and by ``pdftotext`` of
poppler-utils, whose start, some milliseconds a file, is part of its time. Both take turns; medians
are printed as a table, and as JSON on the last line. ``ratio`` is pdftotext's time by ours: above
1, we are faster.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from corpus.errors import ReadError
from corpus.readers import read

ROUNDS = 5
_SUMMED = ("pages", "characters", "seconds", "pdftotext_seconds")


def main(folder: Path) -> None:
    """Measure every PDF and print the table and the JSON."""
    command = shutil.which("pdftotext")
    if command is None:
        sys.exit("pdftotext is not installed; install it (Debian: apt install poppler-utils)")
    files = [_measured(path, command) for path in sorted(folder.rglob("*.pdf"))]
    files = [file for file in files if file["pages"]]
    if not files:
        sys.exit(f"{folder} has no PDF that can be read; name another folder")
    total = {"file": "all", **{name: sum(file[name] for file in files) for name in _SUMMED}}
    report = [_with_rates(file) for file in [*files, total]]
    _print(report)
    machine = {"cores": os.cpu_count(), "processor": platform.processor()}
    print(json.dumps({"machine": machine, "rounds": ROUNDS, "all": report[-1], "files": report}))


def _measured(path: Path, command: str) -> dict[str, Any]:
    """Return a file's pages, characters and seconds; no pages when it cannot be read."""
    data = path.read_bytes()
    try:
        document = read(data, path.name)
    except ReadError:
        return dict.fromkeys(_SUMMED, 0)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: read(data, path.name)))
        theirs.append(_seconds(lambda: _pdftotext(command, path)))
    return {
        "file": path.name,
        "pages": len(document.pages),
        "characters": len(document.text),
        "seconds": median(ours),
        "pdftotext_seconds": median(theirs),
    }


def _pdftotext(command: str, path: Path) -> None:
    subprocess.run([command, str(path), "-"], check=False, capture_output=True)


def _seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _with_rates(file: dict[str, Any]) -> dict[str, Any]:
    seconds, theirs = file["seconds"], file["pdftotext_seconds"]
    return {
        **file,
        "seconds": round(seconds, 4),
        "pdftotext_seconds": round(theirs, 4),
        "pages_per_second": round(file["pages"] / seconds, 1),
        "pdftotext_pages_per_second": round(file["pages"] / theirs, 1),
        "ratio": round(theirs / seconds, 2),
    }


def _print(report: list[dict[str, Any]]) -> None:
    table = Table("file", "pages", "pages/s", "pdftotext pages/s", "ratio")
    for file in report:
        names = ("file", "pages", "pages_per_second", "pdftotext_pages_per_second", "ratio")
        table.add_row(*(str(file[name]) for name in names))
    Console().print(table)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
