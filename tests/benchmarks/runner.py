"""One run of the benchmark: every contender in turn, in processes of its own, round by round."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from embeddings import find_model, load_encoder
from qa import Library
from tests.benchmarks import server
from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.evaluate import RESULTS, commit
from tests.benchmarks.machine import describe
from tests.benchmarks.peers import ROOT, WORK, peers_python, versions
from tests.benchmarks.texts import load_texts, passages_of, write_files

K = 5
QUESTIONS = 100
ASKERS = 20
OURS = "ours"


@dataclass(frozen=True)
class Plan:
    """What is measured: documents indexed, passages asked, rounds."""

    folder: Path | None
    documents: int
    asked: int
    rounds: int


def run(plan: Plan) -> Path:
    """Measure everything, and return the file of results; ``.bench`` holds what is done of it."""
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as scratch:
        bench = _Bench(plan, Path(scratch))
        report: dict[str, Any] = {
            "commit": commit(),
            "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "machine": describe(),
            "versions": versions(bench.peers),
            "contenders": CONTENDERS,
            "rounds": plan.rounds,
        }
        partial = WORK / "bench.json"
        parts: tuple[Callable[[], dict[str, Any]], ...] = (
            bench.texts, bench.index, bench.encoder, bench.warm, bench.cold, bench.together,
        )  # fmt: skip
        for part in parts:
            print(part.__name__, flush=True)
            report[part.__name__] = part()
            partial.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        file = RESULTS / f"bench-{report['commit']}.json"
        shutil.copyfile(partial, file)
    return file


class _Bench:
    """The parts of a run, each of which gives its figures."""

    def __init__(self, plan: Plan, scratch: Path) -> None:
        self._plan = plan
        self._scratch = scratch
        self._model = str(find_model().path)
        self.peers = peers_python()
        self._all = load_texts(plan.folder, plan.asked)
        self._asked = self._prepared_library()

    def texts(self) -> dict[str, Any]:
        """Write what is indexed, and tell how much it is."""
        files = write_files(self._all.documents[: self._plan.documents], self._scratch / "files")
        few = write_files(self._all.documents[:3], self._scratch / "few")
        passages = self._cut(files)
        self._material = {"files": str(files), "passages": self._kept("passages", passages)}
        self._few = {"files": str(few), "passages": self._kept("few-passages", passages[:3])}
        self._lengths = load_encoder(find_model()).count_tokens(passages)
        return {
            "name": self._all.name,
            "documents": self._plan.documents,
            "passages": len(passages),
            "tokens": sum(self._lengths),
            "longest": max(self._lengths),
            "asked_passages": len(self._asked_passages),
        }

    def index(self) -> dict[str, Any]:
        """Index by all, to be searched from disk."""
        runs = self._in_turn(lambda name: self._indexed(name), self._plan.rounds)
        return {name: _index_figures(found, self._lengths) for name, found in runs.items()}

    def encoder(self) -> dict[str, Any]:
        """Measure the machine and the encoder alone."""
        command = [sys.executable, "-m", "tests.benchmarks.machine", self._material["passages"]]
        measured: dict[str, Any] = _last_json(_run(command, "").stdout)
        return measured

    def warm(self) -> dict[str, Any]:
        """Ask what is open already."""
        runs = self._in_turn(lambda name: self._child(name, "warm"), self._plan.rounds)
        return {
            name: {way: _spread(found, way) for way in found[0]} for name, found in runs.items()
        }

    def cold(self) -> dict[str, Any]:
        """Ask in a new process; the first round compiles bytecode, and is not counted."""
        runs = self._in_turn(self._cold, self._plan.rounds + 1)
        return {name: {"seconds": median(found[1:])} for name, found in runs.items()}

    def together(self) -> dict[str, Any]:
        """Let many ask us at once, in one process and over HTTP."""
        library = self._folders[OURS]
        return {
            "threads": self._child(OURS, "together", askers=ASKERS),
            "http": server.measured(library, self._questions, ASKERS),
        }

    @property
    def _questions(self) -> list[str]:
        return self._all.questions[:QUESTIONS]

    def _in_turn(self, measure: Callable[[str], Any], rounds: int) -> dict[str, list[Any]]:
        """Return what each contender measured in each round; every round goes the other way."""
        runs: dict[str, list[Any]] = {name: [] for name in CONTENDERS}
        for number in range(rounds):
            for name in list(CONTENDERS)[:: -1 if number % 2 else 1]:
                runs[name].append(measure(name))
                print(f"  {name}", flush=True)
        return runs

    def _indexed(self, name: str) -> dict[str, float]:
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            started = time.perf_counter()
            measured = self._child(
                name, "index", folder=folder, material=self._material, warm_up=self._few,
                scratch=str(self._scratch),
            )  # fmt: skip
            return {**measured, "process": time.perf_counter() - started}

    def _cold(self, name: str) -> float:
        started = time.perf_counter()
        if name == OURS:
            command = [sys.executable, "-m", "qa", "ask", self._questions[0]]
            _run([*command, "--library", str(self._folders[OURS])], "", codes=(0, 3))
        else:
            self._child(name, "cold")
        return time.perf_counter() - started

    def _child(self, name: str, task: str, **more: Any) -> Any:
        job = {"contender": name, "task": task, "model": self._model, "k": K, **more}
        job.setdefault("folder", str(self._folders[name]) if task not in _OWN_FOLDER else "")
        job.setdefault("questions", self._questions)
        python = sys.executable if name == OURS else str(self.peers)
        command = [python, "-m", "tests.benchmarks.child"]
        return _last_json(_run(command, json.dumps(job)).stdout)

    @cached_property
    def _folders(self) -> dict[str, Path]:
        """Folders with the passages that are asked, for each contender; the peers' are made now."""
        material = {
            "files": "",
            "passages": self._kept("asked", self._asked_passages),
            "vectors": str(self._scratch / "vectors.npy"),
        }
        with Library.open(self._asked) as library, library._store.view() as view:
            np.save(material["vectors"], view.contents(view.rows_after(0))[0])
        folders = {OURS: self._asked}
        for name in list(CONTENDERS)[1:]:
            folders[name] = self._scratch / f"asked-{name}"
            folders[name].mkdir()
            self._child(name, "prepare", folder=str(folders[name]), material=material)
        return folders

    @cached_property
    def _asked_passages(self) -> list[str]:
        with Library.open(self._asked) as library:
            return passages_of(library)

    def _prepared_library(self) -> Path:
        """Return a library of about the passages to be asked, kept from run to run."""
        documents = self._all.documents[: self._documents_asked()]
        digest = hashlib.sha256("\0".join(documents).encode()).hexdigest()[:12]
        place = WORK / f"asked-{digest}"
        files = place / "files"
        if not files.is_dir():
            write_files(documents, files)
        with Library.open(place / "library") as library:
            library.index(files)
        return place / "library"

    def _documents_asked(self) -> int:
        """Return how many documents give the passages to be asked, by the first hundred."""
        first = self._all.documents[:100]
        passages = len(self._cut(write_files(first, self._scratch / "first")))
        return round(self._plan.asked * len(first) / passages)

    def _cut(self, files: Path) -> list[str]:
        """Return the passages of files, cut as a library cuts them."""
        from corpus import Chunker, read

        encoder = load_encoder(find_model())
        chunker = Chunker(encoder.count_tokens, encoder.max_tokens)
        return [
            passage.encoded
            for file in sorted(files.iterdir())
            for passage in chunker.split(read(file.read_bytes(), file.name))
        ]

    def _kept(self, name: str, passages: Sequence[str]) -> str:
        file = self._scratch / f"{name}.json"
        file.write_text(json.dumps(passages), encoding="utf-8")
        return str(file)


_OWN_FOLDER = ("index", "prepare")  # tasks that are told their folder


def _index_figures(runs: Sequence[Mapping[str, float]], lengths: Sequence[int]) -> dict[str, float]:
    """Return the medians of all rounds; rates are of what can be searched."""
    figures = {name: median(run[name] for run in runs) for name in runs[0]}
    return {
        "passages_per_second": len(lengths) / figures["searchable"],
        "tokens_per_second": sum(lengths) / figures["searchable"],
        **figures,
    }


def _spread(runs: Sequence[Mapping[str, Sequence[float]]], way: str) -> dict[str, float]:
    """Return the medians over rounds of the percentiles of each."""
    return {
        f"p{percent}": median(float(np.percentile(run[way], percent)) for run in runs)
        for percent in (50, 95)
    }


def _run(
    command: Sequence[str], given: str, codes: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run a command offline, its bytecode kept. Raises `RuntimeError` with the end of stderr."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    if done.returncode not in codes:
        raise RuntimeError(f"{' '.join(command[:4])} failed:\n{done.stderr[-2000:]}")
    return done


def _last_json(out: str) -> Any:
    return json.loads(out.strip().splitlines()[-1])
