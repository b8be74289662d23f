"""Many asking at once: how much is answered, how long the slowest wait, and what fails."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import Any

import numpy as np

Ask = Callable[[str], object]
SECONDS = 15.0  # of asking without a pause, and again at half load
ALONE = 30  # questions asked one after the other, which tell what one costs


def measured(ask: Ask, questions: Sequence[str], askers: int) -> dict[str, Any]:
    """Measure a function that is called by many threads of this process."""
    for question in questions[:ALONE]:  # caches are warm for all that is timed
        ask(question)
    before = time.process_time()
    for question in questions[:ALONE]:
        ask(question)
    cost = (time.process_time() - before) / len(questions[:ALONE])
    return {"cpu_seconds": cost, **under_load(ask, questions, askers, cost)}


def under_load(ask: Ask, questions: Sequence[str], askers: int, cost: float) -> dict[str, Any]:
    """Measure asking without a pause, and asking at half of the rate that this has reached.

    ``cost`` is the processor seconds of one ask: all cores can answer cores / cost a second.
    """
    cores = usable_cores()
    rate, errors = saturated(ask, questions, askers)
    latencies, more = at_rate(ask, questions, askers, rate / 2)
    p50, p99 = np.percentile(latencies or [np.nan], [50, 99]).tolist()
    return {
        "askers": askers,
        "rate": rate,
        "possible": cores / cost,
        "share": rate * cost / cores,
        "half_load": {"asked": len(latencies), "p50": p50, "p99": p99, "ratio": p99 / p50},
        "errors": errors + more,
    }


def saturated(ask: Ask, questions: Sequence[str], askers: int) -> tuple[float, int]:
    """Return answers a second of threads that ask again at once, and how many asks failed."""
    ends = time.perf_counter() + SECONDS
    started = time.perf_counter()

    def keep_asking(number: int) -> tuple[int, int, float]:
        done = failed = 0
        for question in islice(cycle(questions), number, None):
            if time.perf_counter() >= ends:
                break
            try:
                ask(question)
                done += 1
            except Exception:
                failed += 1
        return done, failed, time.perf_counter()

    with ThreadPoolExecutor(askers) as threads:
        counted = list(threads.map(keep_asking, range(askers)))
    done, failed, ended = zip(*counted, strict=True)
    return sum(done) / (max(ended) - started), sum(failed)


def at_rate(
    ask: Ask, questions: Sequence[str], askers: int, rate: float
) -> tuple[list[float], int]:
    """Return the seconds from when each question came, at random times, to its answer; and errors.

    Questions come as a Poisson process of ``rate`` a second; who finds all askers busy waits.
    """
    number = max(int(rate * SECONDS), 1)
    comes = np.cumsum(np.random.default_rng(1).exponential(1 / rate, size=number))
    latencies: list[float] = []
    errors = 0
    changed = threading.Lock()
    begins = time.perf_counter() + 0.1

    def answer(question: str, came: float) -> None:
        nonlocal errors
        try:
            ask(question)
        except Exception:
            with changed:
                errors += 1
            return
        with changed:
            latencies.append(time.perf_counter() - came)

    with ThreadPoolExecutor(askers) as threads:
        for question, at in zip(cycle(questions), comes.tolist(), strict=False):
            time.sleep(max(begins + at - time.perf_counter(), 0.0))
            threads.submit(answer, question, begins + at)
    return latencies, errors


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
