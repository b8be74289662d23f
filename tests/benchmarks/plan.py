"""Work out what 10 million, 100 million and a billion passages take, by simulation.

Usage: python -m tests.benchmarks.plan

What one machine was measured to do goes in (`Measured`), and what is assumed of machines and prices
(`Assumed`); the tables of ``docs/scale.md`` come out. Ingestion is simulated block by block, with
workers that fail and blocks that are done again; questions one by one, on every shard at once, as
they come at random. Both draw from seeded generators, so the tables are the same each time.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
HOUR = 3600.0
GIB = 2**30
SIZES = (10_000_000, 100_000_000, 1_000_000_000)
_BLOCKS = 20_000  # that an ingestion is cut into
_QUESTIONS = 20_000
_BUSY = 0.95  # share of the time that the one who writes is at it, when that is what takes it


@dataclass(frozen=True)
class Measured:
    """What was measured on two cores with AVX2, the default model, and real and made-up passages.

    Seconds are of processor time of one core unless said otherwise.
    """

    encode: float = 0.16
    """A passage of 190 tokens and its sentences, encoded (32-bit floats)."""
    write: float = 0.0012
    """A passage written to the store by the one who writes, its terms counted."""
    question: float = 0.040
    """A question: encoded, fused, the evidence found and marked; without searching."""
    search: float = 0.016
    """One dense and one lexical search of a million passages."""
    dimension: int = 384
    stored: int = 9_000
    """Bytes a passage in the store: text, terms, vector, those of its sentences."""


@dataclass(frozen=True)
class Assumed:
    """What is not measured: machines, prices, and how often they fail."""

    cores: int = 16
    memory: int = 64 * GIB
    core_hour: float = 0.04
    gib_hour: float = 0.005
    disk_gib_month: float = 0.08
    hours_between_failures: float = 500.0
    """Of one worker of one core."""
    days: float = 2.0
    """In which ingestion is to be done."""
    rate: float = 20.0
    """Questions a second."""
    p99: float = 0.5
    """Seconds that one question in a hundred may exceed."""
    filled: float = 0.7
    """Share of the memory that an index may take."""


@dataclass(frozen=True)
class Index:
    """An index type: bytes a row in memory and on disk, and seconds of one core a million rows."""

    name: str
    memory: float
    disk: float
    search: float


def indexes(measured: Measured) -> Sequence[Index]:
    """Return the index types that come into question, for vectors of the model's dimension.

    HNSW keeps 32 links of 4 bytes a row beside the vectors; PQ a code of one byte for 8 dimensions;
    DiskANN the codes in memory, and vectors and 64 links in pages on disk. Clusters of 8-bit codes
    are what was measured; the others' costs are in proportion to what they read for one question.
    """
    d, clusters = measured.dimension, measured.search
    return (
        Index("8-bit codes in clusters (IVF-SQ8)", d + 8, d + 8, clusters),
        Index("graph (HNSW)", 4 * d + 128, 4 * d + 128, clusters / 4),
        Index("product codes in clusters (IVF-PQ)", d / 8 + 8, 5 * d, clusters / 2),
        Index("graph on disk (DiskANN)", d / 8 + 8, 4 * d + 256, clusters / 2),
    )


@dataclass(frozen=True)
class Ingestion:
    """How long an ingestion takes: its hours, the share done again, and how busy the writer is."""

    workers: int
    hours: float
    repeated: float
    writing: float


def ingest(passages: int, workers: int, measured: Measured, assumed: Assumed) -> Ingestion:
    """Simulate workers that encode blocks, and one that writes them in the order they come.

    A worker fails at random; its block is begun again by whoever is free, nothing is written twice.
    """
    random = np.random.default_rng(passages % 2**32)
    blocks = min(_BLOCKS, passages)
    encoding, writing = (each * passages / blocks for each in (measured.encode, measured.write))
    between = assumed.hours_between_failures * HOUR
    free = [0.0] * min(workers, blocks)
    written = repeated = 0.0
    for _ in range(blocks):
        lost = 0.0
        while (lasts := random.exponential(between)) < encoding:
            lost += lasts
        done = heapq.heappop(free) + lost + encoding
        heapq.heappush(free, done)
        written = max(written, done) + writing
        repeated += lost
    return Ingestion(
        workers, written / HOUR, repeated / (blocks * encoding), blocks * writing / written
    )


def workers_for(passages: int, measured: Measured, assumed: Assumed) -> Ingestion:
    """Return the smallest ingestion, in whole machines, that is done in time.

    Where the one who writes needs longer than that, more workers do not help: there are as many
    then as keep him busy.
    """
    least = measured.write * passages / HOUR / _BUSY
    wanted = max(assumed.days * 24, least)
    machines = max(1, math.ceil(measured.encode * passages / HOUR / wanted / assumed.cores))
    found = ingest(passages, machines * assumed.cores, measured, assumed)
    while found.hours > wanted:
        machines += max(1, machines // 20)
        found = ingest(passages, machines * assumed.cores, measured, assumed)
    return found


@dataclass(frozen=True)
class Serving:
    """What serving takes: shards, each on machines of its own, and how long questions take."""

    shards: int
    replicas: int
    memory: float
    disk: float
    p50: float
    p99: float

    @property
    def machines(self) -> int:
        """How many machines there are."""
        return self.shards * self.replicas


def latencies(
    shards: int, cores: int, rate: float, search: float, question: float, replicas: int
) -> tuple[float, float]:
    """Return p50 and p99 of questions that come at random and are searched for on all shards.

    Each shard answers a question with one core of the replica that is asked in turn; the slowest
    shard counts. Services last as long as they do on average, give or take a third (log-normal).
    """
    random = np.random.default_rng(shards * 1000 + replicas)
    comes = np.cumsum(random.exponential(1 / rate, size=_QUESTIONS))
    slowest = np.zeros(_QUESTIONS)
    for _ in range(min(shards, 16)):  # more are as these
        services = _services(random, search)
        for turn in range(replicas):
            of_turn = slice(turn, None, replicas)
            ends = _queue(comes[of_turn].tolist(), services[of_turn].tolist(), cores)
            slowest[of_turn] = np.maximum(slowest[of_turn], np.array(ends) - comes[of_turn])
    alone = _services(random, question)
    p50, p99 = np.percentile(slowest + alone, [50, 99])
    return float(p50), float(p99)


def _services(random: np.random.Generator, mean: float) -> npt.NDArray[np.float64]:
    spread = math.sqrt(math.log(1 + 1 / 9))
    return mean * random.lognormal(-(spread**2) / 2, spread, size=_QUESTIONS)


def _queue(comes: Sequence[float], services: Sequence[float], cores: int) -> list[float]:
    """Return when each is done, first come first served by so many cores."""
    free = [0.0] * cores
    ends = []
    for come, service in zip(comes, services, strict=True):
        begun = max(come, heapq.heappop(free))
        ends.append(begun + service)
        heapq.heappush(free, ends[-1])
    return ends


def serve(passages: int, index: Index, measured: Measured, assumed: Assumed) -> Serving:
    """Return the fewest machines with which questions are answered in time, a shard a machine.

    Shards are as large as memory lets them be, and made smaller while their search takes too long;
    then replicas are added until they answer as many questions as come.
    """
    shards = max(1, math.ceil(passages * index.memory / (assumed.filled * assumed.memory)))
    while index.search * passages / shards / 1e6 > assumed.p99 / 3:
        shards += max(1, shards // 20)
    search = index.search * passages / shards / 1e6
    replicas = math.ceil(assumed.rate * search / (0.9 * assumed.cores))
    while True:
        p50, p99 = latencies(
            shards, assumed.cores, assumed.rate, search, measured.question, replicas
        )
        if p99 <= assumed.p99:
            break
        replicas += 1
    disk = passages * (index.disk + measured.stored) * replicas
    return Serving(shards, replicas, passages * index.memory * replicas, disk, p50, p99)


def tables(measured: Measured, assumed: Assumed) -> Iterator[str]:
    """Yield the tables of the page, in Markdown."""
    yield _table(
        ("passages", "machines", "hours", "done again", "writer busy", "core hours", "money"),
        [_ingestion_row(size, measured, assumed) for size in SIZES],
    )
    rows = [
        _serving_row(size, index, measured, assumed)
        for size in SIZES
        for index in indexes(measured)
    ]
    heads = ("passages", "index", "shards × replicas", "memory", "disk", "p50", "p99", "a month")
    yield _table(heads, rows)


def _ingestion_row(passages: int, measured: Measured, assumed: Assumed) -> Sequence[str]:
    found = workers_for(passages, measured, assumed)
    core_hours = found.hours * found.workers
    money = core_hours * assumed.core_hour + core_hours / assumed.cores * (
        assumed.memory / GIB * assumed.gib_hour
    )
    return (
        f"{passages:,}",
        f"{found.workers // assumed.cores:,}",
        f"{found.hours:,.0f}",
        f"{found.repeated:.2%}",
        f"{found.writing:.0%}",
        f"{core_hours:,.0f}",
        f"${money:,.0f}",
    )


def _serving_row(
    passages: int, index: Index, measured: Measured, assumed: Assumed
) -> Sequence[str]:
    found = serve(passages, index, measured, assumed)
    machine = assumed.cores * assumed.core_hour + assumed.memory / GIB * assumed.gib_hour
    month = found.machines * machine * 730 + found.disk / GIB * assumed.disk_gib_month
    return (
        f"{passages:,}",
        index.name,
        f"{found.shards:,} × {found.replicas}",
        f"{found.memory / GIB:,.0f} GiB",
        f"{found.disk / GIB:,.0f} GiB",
        f"{found.p50 * 1000:.0f} ms",
        f"{found.p99 * 1000:.0f} ms",
        f"${month:,.0f}",
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    for table in tables(Measured(), Assumed()):
        print(table, end="\n\n")
