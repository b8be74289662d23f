"""What one contender does in a process of its own: a job in JSON on stdin, its figures on stdout.

Usage: python -m tests.benchmarks.child < JOB
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import Contender, Material

Job = Mapping[str, Any]
WARM_UP = 10  # questions asked before the first that is timed


def main() -> None:
    """Do the job and print what was measured as the last line."""
    job = json.load(sys.stdin)
    module = importlib.import_module(f"tests.benchmarks.contenders.{job['contender']}")
    print(json.dumps(TASKS[job["task"]](module.Contender(job["model"]), job)))


def index(contender: Contender, job: Job) -> dict[str, float]:
    """Index to a new folder and open that; the model was loaded before."""
    with tempfile.TemporaryDirectory(dir=job["scratch"]) as warm:
        contender.index(_material(job["warm_up"]), Path(warm))
    started = time.perf_counter()
    searchable = contender.index(_material(job["material"]), Path(job["folder"]))
    ended = time.perf_counter()
    contender.open(Path(job["folder"]))
    opening = time.perf_counter() - ended
    seconds = ended - started + opening
    return {
        "searchable": seconds if searchable is None else searchable + opening,
        "seconds": seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def prepare(contender: Contender, job: Job) -> dict[str, float]:
    """Index to a new folder, untimed."""
    contender.index(_material(job["material"]), Path(job["folder"]))
    return {}


def cold(contender: Contender, job: Job) -> dict[str, float]:
    """Open and ask one question; the whole process is timed by who has started it."""
    contender.open(Path(job["folder"]))
    way = next(iter(contender.ways(job["k"]).values()))
    print(way(job["questions"][0]))
    return {}


def warm(contender: Contender, job: Job) -> dict[str, list[float]]:
    """Open, ask some questions, and time each of all, in every way there is."""
    contender.open(Path(job["folder"]))
    figures: dict[str, list[float]] = {}
    for name, way in contender.ways(job["k"]).items():
        for question in job["questions"][:WARM_UP]:
            way(question)
        figures[name] = [_seconds(way, question) for question in job["questions"]]
    return figures


def together(contender: Contender, job: Job) -> dict[str, Any]:
    """Let many ask at once, in one process."""
    from tests.benchmarks.load import measured

    contender.open(Path(job["folder"]))
    return measured(contender.ways(job["k"])["ask"], job["questions"], job["askers"])


def _material(given: Mapping[str, str]) -> Material:
    passages = json.loads(Path(given["passages"]).read_text(encoding="utf-8"))
    vectors = given.get("vectors")
    return Material(Path(given["files"]), passages, Path(vectors) if vectors else None)


def _seconds(way: Callable[[str], object], question: str) -> float:
    started = time.perf_counter()
    way(question)
    return time.perf_counter() - started


TASKS: Mapping[str, Callable[[Contender, Job], Mapping[str, Any]]] = {
    "index": index,
    "prepare": prepare,
    "cold": cold,
    "warm": warm,
    "together": together,
}

if __name__ == "__main__":
    main()
