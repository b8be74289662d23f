"""Measure how asking, opening, memory and syncing grow with a library.

Usage: python -m tests.benchmarks.scale SOURCE WORK [--questions FILE] [SIZE]...

SOURCE is a library folder whose sentences are all encoded; it is only read. WORK gets a library of
10,000, one of 100,000 and one of 1,000,000 passages (or the SIZEs given, ascending): the passages
of SOURCE, filled up as `scale_recipe` says. At a million it takes 12 GB and half an hour; libraries
that are there are measured again. FILE is a JSONL of questions under "question" or "text"; without
it, sentences of SOURCE are asked.

In turns, three times for each size, a new process opens the library, asks 20 questions, tells its
resident memory, and goes on to 200, once with `Library.rank` and once with `Library.ask`: the
figures are medians of the three. ``recall@10`` holds the dense index's ten best against exact
search: in the library; and for ``real``, an index in clusters of the vectors of all passages and
sentences of SOURCE alone. ``sync`` is `Library.index` of one changed file, encoder warm;
``growth`` is a p50 over that of the first size. The results go to
``tests/benchmarks/results/scale-<commit>.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, cast

import numpy as np

from embeddings.dense import DenseIndex
from embeddings.types import Ids, Vectors
from qa import Library
from qa.backends import DATABASE
from qa.snapshots import Snapshots
from qa.sqlite import SQLiteStore
from tests.benchmarks.evaluate import RESULTS, commit
from tests.benchmarks.scale_recipe import PASSAGES_A_FILE, ROOT, Recipe, Row, write

SIZES = (10_000, 100_000, 1_000_000)
QUESTIONS = 200
FIRST = 20
_ROUNDS = 3
_VECTORS = "vectors.npy"
_BLOCK = 50_000
ASKING = """
import json, sys, time
from qa.library import Library

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

folder, method, first, questions = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.load(sys.stdin)
Library.open(folder).close()  # imports are not counted
started = time.perf_counter()
with Library.open(folder, create=False) as library:
    library._snapshots.current()
    opening = time.perf_counter() - started
    asking = getattr(library, method)
    asking(questions[0])
    seconds = []
    for question in questions:
        started = time.perf_counter()
        asking(question)
        seconds.append(time.perf_counter() - started)
        if len(seconds) == first:
            memory = resident()
print(json.dumps({"opening": opening, "memory": memory, "seconds": seconds}))
"""


def main(source: Path, work: Path, sizes: Sequence[int], questions: Sequence[str]) -> None:
    """Make the libraries that are missing, measure all, and write the file."""
    recipe = Recipe.of_library(source)
    questions = questions or _sentences(recipe)
    work.mkdir(exist_ok=True)
    grown = _grown(work, source, recipe, sizes)
    vectors = np.load(work / _VECTORS, mmap_mode="r")
    rounds = [{size: _asked(work / str(size), questions) for size in sizes} for _ in range(_ROUNDS)]
    report: dict[str, Any] = {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "processor": platform.processor()},
        "source": {"passages": len(recipe.real)},
        "real": _real_alone(recipe, questions),
        "sizes": {
            str(size): {
                **grown[str(size)],
                **_medians([round_[size] for round_ in rounds], size),
                **_measured(work / str(size), work / "docs", vectors[:size], questions),
            }
            for size in sizes
        },
    }
    _add_growth(report["sizes"])
    file = RESULTS / f"scale-{commit()}.json"
    file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(file)


def _grown(work: Path, source: Path, recipe: Recipe, sizes: Sequence[int]) -> dict[str, Any]:
    """Make a library of each size, unless they are there; tell how long each step took."""
    made = work / "grown.json"
    if made.is_file():
        figures: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
        if set(map(str, sizes)) <= figures.keys():
            return figures
        sys.exit(f"{work} has libraries of {', '.join(figures)} passages; name another folder")
    library = _mkdir(work / "growing")
    SQLiteStore.create(library / DATABASE, SQLiteStore.read_settings(source / DATABASE))
    vectors = np.lib.format.open_memmap(
        work / _VECTORS, mode="w+", dtype=np.float32, shape=(max(sizes), recipe.vectors.shape[1])
    )
    rows = recipe.rows(max(sizes))
    figures, before = {}, 0
    for size in sizes:
        figures[str(size)] = _grow(library, rows, before, size, vectors)
        print(size, figures[str(size)], flush=True)
        if size == max(sizes):
            library.rename(work / str(size))
        else:
            shutil.copytree(library, work / str(size))
        before = size
    made.write_text(json.dumps(figures), encoding="utf-8")
    return figures


def _grow(library: Path, rows: Any, before: int, size: int, vectors: Vectors) -> dict[str, Any]:
    """Add passages up to a size, publish, and tell how long it took."""
    kept = iter(_keeping(islice(rows, size - before), vectors, before))
    with Library.open(library) as opened:
        store = opened._store
        if not before:
            store.add_root(ROOT)
        writing = _seconds(lambda: write(store, kept, before // PASSAGES_A_FILE))
        publishing = _seconds(opened._upkeep._publish)
        passages = len(cast(Snapshots, opened._snapshots).current().dense)
    assert passages >= size, f"{passages} passages, not {size}"
    return {"writing_seconds": round(writing, 1), "publishing_seconds": round(publishing, 1)}


def _keeping(rows: Any, vectors: Vectors, first: int) -> Any:
    """Yield rows, and keep their vectors for exact search."""
    for at, row in enumerate(rows, start=first):
        assert isinstance(row, Row)
        vectors[at] = row.vector
        yield row


def _asked(library: Path, questions: Sequence[str]) -> dict[str, Any]:
    return {method: _asking(library, method, questions) for method in ("rank", "ask")}


def _medians(runs: Sequence[dict[str, Any]], size: int) -> dict[str, Any]:
    """Return the medians of what several runs of both methods told of one library."""
    memory = median(run["ask"]["memory"] for run in runs)
    figures = {
        method: [_figures(run[method]["seconds"]) for run in runs] for method in ("rank", "ask")
    }
    return {
        **{
            method: {name: median(one[name] for one in of_runs) for name in of_runs[0]}
            for method, of_runs in figures.items()
        },
        "opening_seconds": round(median(run["rank"]["opening"] for run in runs), 3),
        "resident_bytes": memory,
        "resident_bytes_a_passage": round(memory / size),
    }


def _measured(
    library: Path, docs: Path, vectors: Vectors, questions: Sequence[str]
) -> dict[str, Any]:
    with Library.open(library) as opened:
        asked = opened._models.encoder().encode_queries(list(questions))
        with opened._store.view() as view:
            rows = view.rows_after(0)[: len(vectors)]  # in the order of writing, and so of vectors
        index = cast(Snapshots, opened._snapshots).current().dense
        recall = _recall(index, rows, vectors, asked)
    return {
        "recall@10": recall,
        "database_bytes": (library / DATABASE).stat().st_size,
        "snapshot_bytes": _size(library / "snapshots"),
        "sync_seconds": _sync(library, docs),
    }


def _asking(library: Path, method: str, questions: Sequence[str]) -> Any:
    command = [sys.executable, "-c", ASKING, str(library), method, str(FIRST)]
    given = json.dumps(list(questions))
    run = subprocess.run(command, check=True, capture_output=True, text=True, input=given)
    return json.loads(run.stdout)


def _sync(library: Path, docs: Path) -> float:
    """Return the median time that a library takes to take in one file that has changed."""
    docs.mkdir(exist_ok=True)
    file, seconds = docs / "lamps.txt", []
    with Library.open(library) as opened:
        for number in range(4):
            file.write_text(f"The keeper of the tower has {number} lamps.", encoding="utf-8")
            seconds.append(_seconds(lambda: opened.index(docs)))
        file.unlink()
        opened.index(docs)
    return round(median(seconds[1:]), 3)


def _real_alone(recipe: Recipe, questions: Sequence[str]) -> dict[str, Any]:
    """Measure an index in clusters of the vectors of real passages and sentences alone."""
    from embeddings import find_model, load_encoder

    rows = np.concatenate([recipe.vectors, *(row.sentences for row in recipe.real)])
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    ids = np.arange(len(rows), dtype=np.int64)
    index = DenseIndex.empty(rows.shape[1])
    index.add(ids, rows)
    building = _seconds(index.settle)
    asked = load_encoder(find_model()).encode_queries(list(questions))
    seconds = [_seconds(partial(index.search, query, 100)) for query in asked]
    return {
        "vectors": len(rows),
        "building_seconds": round(building, 1),
        "search": _figures(seconds),
        "recall@10": _recall(index, ids, rows, asked),
    }


def _recall(index: DenseIndex, ids: Ids, vectors: Vectors, asked: Vectors) -> float:
    """Return the share of the ten best by exact search among the 100 that an index proposes."""
    scores = np.full((len(asked), 10), -np.inf, dtype=np.float32)
    best = np.zeros((len(asked), 10), dtype=np.int64)
    for first in range(0, len(vectors), _BLOCK):
        block = asked @ vectors[first : first + _BLOCK].T
        numbers = np.broadcast_to(ids[first : first + _BLOCK], block.shape)
        both, names = np.hstack([scores, block]), np.hstack([best, numbers])
        order = np.argpartition(-both, 9, axis=1)[:, :10]
        scores = np.take_along_axis(both, order, axis=1)
        best = np.take_along_axis(names, order, axis=1)
    found = [np.isin(true, index.search(q, 100).ids) for q, true in zip(asked, best, strict=True)]
    return round(float(np.mean(found)), 4)


def _sentences(recipe: Recipe) -> list[str]:
    from corpus.sentences import body_sentences

    random = np.random.default_rng(1)
    chosen = random.choice(len(recipe.real), size=QUESTIONS, replace=False)
    passages = [recipe.real[at].passage for at in chosen]
    return [
        passage.text[slice(*body_sentences(passage.text, passage.body)[-1])] for passage in passages
    ]


def _add_growth(sizes: dict[str, Any]) -> None:
    first = next(iter(sizes.values()))
    for figures in sizes.values():
        figures["growth"] = {
            method: round(figures[method]["p50"] / first[method]["p50"], 2)
            for method in ("rank", "ask")
        }


def _figures(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(seconds, [50, 95])
    return {"p50": round(float(p50), 5), "p95": round(float(p95), 5)}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _mkdir(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _questions(file: Path | None) -> list[str]:
    if file is None:
        return []
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [line.get("question") or line["text"] for line in lines][:QUESTIONS]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("sizes", type=int, nargs="*")
    parser.add_argument("--questions", type=Path)
    given = parser.parse_intermixed_args()
    main(given.source, given.work, given.sizes or SIZES, _questions(given.questions))
