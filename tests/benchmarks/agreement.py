"""Does a library in Milvus answer as one in a folder does?

Usage: python -m tests.benchmarks.agreement LIBRARY SET [--store ADDRESS] [--questions N]

LIBRARY is a library folder with all documents of SET, a folder in BEIR layout, as ``qa evaluate SET
--library LIBRARY`` leaves it; it is only read. What it holds is copied to ADDRESS (unless given, to
Milvus Lite in a process of its own), text, vectors and all, so that both rank the very same
passages. Then both are asked the questions of SET, and one JSON object tells

- ``overlap``: the share of the ten best passages that both have, where the last places may be
  taken by others whose score differs by less than .001;
- ``spans``: the share of questions whose citations are the same passages at the same characters;
- ``nDCG@10`` of both;
- how many milliseconds `Library.rank` and `Library.ask` take, and how many files a second were
  copied.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np

from corpus.types import Document
from embeddings.types import Vectors
from qa import Library
from qa.evaluate import BeirSet, evaluate, load_beir, write_documents
from qa.places import evaluated_documents_for
from qa.searching import ScoredPassages
from qa.store import FileRecord, IndexedPassage, Key, Store, View

_BEST = 10
_TIE = 1e-3
_SENTENCES = 500  # passages whose sentences are written together


def main(source: Path, folder: Path, store: str | None, most: int | None) -> None:
    """Copy a library, ask both, and print how they agree."""
    beir = load_beir(folder)
    ids = write_documents(beir, evaluated_documents_for(beir.folder))
    questions = BeirSet(beir.folder, beir.questions[:most])
    with tempfile.TemporaryDirectory() as scratch, _served(store, Path(scratch)) as address:
        with ExitStack() as stack:
            one = stack.enter_context(Library.open(source, create=False))
            place, model = Path(scratch) / "library", one.settings["model"]
            other = stack.enter_context(Library.open(place, store=address, model=model))
            started = time.perf_counter()
            files = copy(one._store, other._store)
            seconds = time.perf_counter() - started
            report = {
                "files": files,
                "files/s": round(files / seconds, 1),
                **compare(one, other, questions, ids),
                "findings": len(other._store.damage()),
            }
        print(json.dumps(report, indent=1))


@contextmanager
def _served(store: str | None, scratch: Path) -> Iterator[str]:
    """Give the address of a store; of a server of our own where none is named."""
    if store is not None:
        yield store
        return
    from tests.milvus import LiteServer

    server = LiteServer(scratch / "milvus")
    try:
        yield f"{server.address}/agreement"
    finally:
        server.kill()


def copy(source: Store, target: Store) -> int:
    """Copy all that one store holds into another, and return how many files that were."""
    copied = 0
    sentences: dict[Key, Vectors] = {}
    with source.view() as view, target.writing(lambda who: None):
        for root, options in view.roots().items():
            target.add_root(root, exclude=options.exclude, ocr=options.ocr)
            for record in view.files(root).values():
                sentences |= _copy_file(view, target, root, record)
                copied += 1
                if len(sentences) > _SENTENCES:
                    target.put_sentences(sentences)
                    sentences = {}
        target.put_sentences(sentences)
    return copied


def _copy_file(view: View, target: Store, root: str, record: FileRecord) -> dict[Key, Vectors]:
    """Copy a file; return the vectors of its sentences."""
    if record.status != "added":
        target.put_file(root, record)
        return {}
    rows = view.rows_of([(root, record.path)])
    stored = view.stored(rows.tolist())
    vectors, terms = view.contents(rows)
    passages = [
        IndexedPassage(one.passage, one.key, {term: own.count(term) for term in own})
        for one, own in zip(stored, terms, strict=True)
    ]
    keys = {one.row: one.key for one in stored}
    by_key = dict(zip(keys.values(), vectors, strict=True))
    kept = view.document(root, record.path)
    target.put_file(root, record, Document(kept.text, pages=kept.pages), passages, by_key)
    found = view.candidates(rows, ())
    return {
        keys[row]: matrix
        for row, matrix in zip(found.rows.tolist(), found.by_row(found.sentences), strict=True)
        if matrix is not None
    }


def compare(one: Library, other: Library, beir: BeirSet, ids: dict[str, str]) -> dict[str, Any]:
    """Ask both libraries all questions; return how they agree, and how long each took."""
    texts = [question.question for question in beir.questions]
    return {
        "questions": len(texts),
        "overlap": round(mean(_overlap(one.scored(q), other.scored(q)) for q in texts), 4),
        "spans": round(mean(_spans(one, q) == _spans(other, q) for q in texts), 4),
        "nDCG@10": [
            round(evaluate(library, beir.questions, k=_BEST, ids=ids).metrics["nDCG@10"] or 0.0, 4)
            for library in (one, other)
        ],
        "rank ms": [round(_milliseconds(library.rank, texts), 1) for library in (one, other)],
        "ask ms": [round(_milliseconds(library.ask, texts), 1) for library in (one, other)],
    }


def _overlap(one: ScoredPassages, other: ScoredPassages) -> float:
    """Return the share of the ten best that both have, near ties counted as had."""
    ours, theirs = _best(one), _best(other)
    least = min(sorted(ours.values(), reverse=True)[:_BEST], default=0.0) - _TIE
    ten = sorted(ours, key=lambda place: -ours[place])[:_BEST]
    had = [p for p in sorted(theirs, key=lambda p: -theirs[p])[:_BEST] if ours.get(p, -1) >= least]
    return len(had) / len(ten) if ten else 1.0


def _best(found: ScoredPassages) -> dict[tuple[str, int, int], float]:
    """Return the fused score of each passage, by where it stands."""
    from qa.retrieval import fuse
    from qa.weights import DEFAULT_WEIGHTS

    scores: Sequence[float] = np.asarray(fuse(found.scored, "hybrid", DEFAULT_WEIGHTS)).tolist()
    places = [(s.file.path, s.passage.start, s.passage.end) for s in found.stored]
    return dict(zip(places, scores, strict=True))


def _spans(library: Library, question: str) -> list[tuple[str, int, int]]:
    found = library.ask(question, k=_BEST).citations
    return sorted((one.document, one.start, one.end) for one in found)


def _milliseconds(ask: Callable[[str], object], texts: Sequence[str]) -> float:
    seconds = []
    for text in texts:
        started = time.perf_counter()
        ask(text)
        seconds.append(time.perf_counter() - started)
    return 1000 * median(seconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("library", type=Path)
    parser.add_argument("set", type=Path)
    parser.add_argument("--store", help="where to copy it; a server of its own unless given")
    parser.add_argument("--questions", type=int, help="ask so many at most")
    arguments = parser.parse_args()
    main(arguments.library, arguments.set, arguments.store, arguments.questions)
