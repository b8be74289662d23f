"""Time a sync of folders in which nothing, or one file, has changed.

Usage: python -m tests.benchmarks.sync [FILES]...

For 100, 1,000 and 10,000 small files (or the numbers given) a library is built with the fake
encoder. Then new processes sync it on a warm cache: start to end of the process, and
`Library.index` alone. The median of five is printed as JSON, with ``growth``: how the seconds grow
beside the files (1 is linear) from the size before, and whether anything loaded a model.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from qa import Library
from tests.fakes import fake_models

SIZES = (100, 1_000, 10_000)
ROUNDS = 5
A_DAY_AGO = time.time() - 86_400
SYNC = """
import json, sys, time
from qa import Library
from tests.fakes import BagOfWords, fake_models

loaded = []

def load(model):
    loaded.append(model.name)
    return BagOfWords(model)

with fake_models(load), Library.open(sys.argv[1]) as library:
    started = time.perf_counter()
    receipt = library.index(sys.argv[2])
    seconds = time.perf_counter() - started
print(json.dumps({"index": seconds, "loaded": loaded, "counts": receipt.counts}))
"""


def main(sizes: list[int]) -> None:
    """Measure every size and print one JSON object."""
    report: dict[str, Any] = {"machine": {"cores": os.cpu_count()}, "files": {}}
    before: dict[str, Any] | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            measured = _measured(Path(place), size)
        if before is not None:
            for name, figures in measured.items():
                ratio = figures["index_seconds"] / before[name]["index_seconds"]
                figures["growth"] = round(ratio / (size / before["files"]), 2)
        report["files"][str(size)] = measured
        before = {**measured, "files": size}
    print(json.dumps(report, indent=2))


def _measured(place: Path, size: int) -> dict[str, Any]:
    docs, library = place / "docs", place / "library"
    for number in range(size):
        _write(docs / f"{number // 100:03}" / f"{number}.txt", f"The keeper of tower {number}.")
    with fake_models(), Library.open(library) as opened:
        opened.index(docs)
    unchanged = [_sync(library, docs) for _ in range(ROUNDS + 1)][1:]
    changed = []
    for number in range(ROUNDS):
        _write(docs / "000" / "7.txt", f"The keeper of tower 7 had lamps{' and lamps' * number}.")
        changed.append(_sync(library, docs))
    assert not any(run["loaded"] for run in unchanged), "a model was loaded"
    assert all(run["counts"] == {"unchanged": size} for run in unchanged)
    assert all(run["counts"]["updated"] == 1 for run in changed)
    return {"unchanged": _figures(unchanged), "one file changed": _figures(changed)}


def _write(path: Path, text: str) -> None:
    """Write a file of yesterday, whose time can be trusted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (A_DAY_AGO + len(text), A_DAY_AGO + len(text)))


def _sync(library: Path, docs: Path) -> dict[str, Any]:
    started = time.perf_counter()
    command = [sys.executable, "-c", SYNC, str(library), str(docs)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    run: dict[str, Any] = json.loads(out)
    return {**run, "process": time.perf_counter() - started}


def _figures(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "index_seconds": round(median(run["index"] for run in runs), 3),
        "process_seconds": round(median(run["process"] for run in runs), 3),
        "models_loaded": sum(len(run["loaded"]) for run in runs),
    }


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
