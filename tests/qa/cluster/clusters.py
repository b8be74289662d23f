"""Documents to index with a cluster, what a library holds of them, and processes to kill."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from embeddings.model import Model
from embeddings.types import Progress, Vectors
from qa.library import Library
from tests.fakes import BagOfWords, fake_model

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "PYTHONPATH": str(Path(__file__).parents[3]),  # where workers find this module
}
"""The environment of a cluster whose workers use the fake model."""

HOOK = {"worker_process_setup_hook": f"{__name__}.use_fakes"}
"""The runtime environment of such workers."""

_WORDS = "lamp keeper tower reef harbour island seal diary oil storm rope anchor".split()


class SlowBagOfWords(BagOfWords):
    """Takes its time, so that there is some to kill a worker in."""

    def encode_documents(self, texts: Sequence[str], on_done: Progress | None = None) -> Vectors:
        """See `Encoder.encode_documents`."""
        time.sleep(0.1)
        return super().encode_documents(texts, on_done)


def load_slow(model: Model, *, threads: int | None = None) -> SlowBagOfWords:
    """Stand in for `load_encoder`."""
    return SlowBagOfWords(model)


def use_fakes() -> None:
    """Let this process, a worker, find and load the fake model."""
    from qa.cluster import fitness, stages

    for module in (fitness, stages):
        vars(module).update(find_model=fake_model)
    vars(stages).update(load_encoder=load_slow)


def write_documents(folder: Path, count: int) -> None:
    """Write files of several passages, one of them twice, one empty and one unreadable."""
    for at in range(count):
        paragraphs = [
            " ".join(f"The {_WORDS[(at + n + m) % 12]} of day {n} is {at}." for m in range(25))
            for n in range(6)
        ]
        text = f"# Entry {at}\n\n" + "\n\n".join(paragraphs)
        (folder / f"{at:03}.md").write_text(text, encoding="utf-8")
    (folder / "copy.md").write_bytes((folder / "000.md").read_bytes())
    (folder / "empty.txt").write_text("")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")


def contents(library: Library) -> list[tuple[object, ...]]:
    """Return every passage in the order of its row, with document, digest, key and terms."""
    with library._store.view() as view:
        rows = view.rows_after(0)
        _, terms = view.contents(rows)
        return [
            (s.file.path, s.file.sha256, s.key, s.passage, sorted(own))
            for s, own in zip(view.stored(rows.tolist()), terms, strict=True)
        ]


def vectors(library: Library) -> np.ndarray:
    """Return the vectors of all passages in the order of their rows."""
    with library._store.view() as view:
        found: np.ndarray = view.contents(view.rows_after(0))[0]
        return found


def assert_same(library: Library, other: Library) -> None:
    """Hold two libraries against each other: all but the last bits of vectors is the same."""
    assert contents(library) == contents(other)
    cosines = (vectors(library) * vectors(other)).sum(axis=1)
    assert cosines.min() > 0.999
    for opened in (library, other):
        assert opened._store.count_without_sentences() == 0
        assert opened.verify() == []


def kill_worker(stage: str) -> int:
    """Kill the worker of a stage that has run longest; return how many there were."""
    found = sorted(_workers(stage))
    if found:
        os.kill(found[0], signal.SIGKILL)
    return len(found)


def _workers(stage: str) -> Iterator[int]:
    """Yield the processes that work at a stage for a cluster that this process has started."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            title = (process / "cmdline").read_bytes()
            if not (title.startswith(b"ray::") and stage.encode() in title):
                continue
            if _parent(_parent(int(process.name))) == os.getpid():
                yield int(process.name)
        except OSError:
            continue  # gone


def _parent(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.partition("PPid:")[2].split()[0])
