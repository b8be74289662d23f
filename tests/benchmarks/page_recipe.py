"""What a tutorial would reach on questions whose answers are on known pages.

Usage: python -m tests.benchmarks.page_recipe FOLDER [OVERLAP]

FOLDER holds ``pdfs`` and ``questions.jsonl`` ({"question", "doc", "pages"}). The text of each page,
by pypdfium2, is cut by the recursive character splitter at 1,000 characters (OVERLAP of which, 0
unless told, stand in two pieces), the pieces are embedded with the default model by plain
sentence-transformers, and the five of the highest cosine are looked at. Printed as JSON: the share
of questions with one of the right pages among them, over all documents and within the right one.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2

from embeddings import find_model

SIZE, FIRST = 1000, 5
SEPARATORS = ("\n\n", "\n", " ", "")
Piece = tuple[str, int]  # document, page


def main(folder: Path, overlap: int) -> None:
    """Embed all pages, ask all questions, and print both shares."""
    pieces, texts = [], []
    for path in sorted((folder / "pdfs").glob("*.pdf")):
        for number, text in pages(path):
            parts = split(text, SIZE, overlap) if text.strip() else []
            texts.extend(parts)
            pieces.extend([(path.name, number)] * len(parts))
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").split("\n")
    questions = [json.loads(line) for line in lines if line.strip()]
    documents = np.array([document for document, _ in pieces])
    cosines = _embedded([question["question"] for question in questions]) @ _embedded(texts).T
    hits = {"all documents": 0, "within the document": 0}
    for question, row in zip(questions, cosines, strict=True):
        scopes = (np.full(len(pieces), True), documents == question["doc"])
        for name, allowed in zip(hits, scopes, strict=True):
            best = np.argsort(-np.where(allowed, row, -np.inf), kind="stable")[:FIRST]
            hits[name] += _is_hit(question["doc"], question["pages"], [pieces[at] for at in best])
    report = {
        "pieces": len(pieces),
        "overlap": overlap,
        "questions": len(questions),
        f"hit@{FIRST}": {name: round(count / len(questions), 4) for name, count in hits.items()},
    }
    print(json.dumps(report, indent=2))


def pages(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number, from 1, and the text of each page."""
    document = pypdfium2.PdfDocument(path)
    try:
        for number in range(len(document)):
            page = document[number].get_textpage()
            yield number + 1, page.get_text_bounded().replace("\r\n", "\n")
    finally:
        document.close()


def split(
    text: str, size: int, overlap: int = 0, separators: Sequence[str] = SEPARATORS
) -> list[str]:
    """Cut text at the coarsest separator in it, and what is still too long at finer ones.

    Neighbours that are short enough are joined again up to ``size`` characters; a piece begins with
    as much of the one before as fits in ``overlap``.
    """
    at = next(at for at, separator in enumerate(separators) if separator in text)
    separator, finer = separators[at], separators[at + 1 :]
    parts = text.split(separator) if separator else list(text)
    parts[1:] = [separator + part for part in parts[1:]]
    pieces: list[str] = []
    short: list[str] = []
    for part in parts:
        if len(part) < size:
            short.append(part)
            continue
        pieces.extend(_joined(short, size, overlap))
        short = []
        pieces.extend(split(part, size, overlap, finer) if finer else [part])
    return [*pieces, *_joined(short, size, overlap)]


def _joined(parts: Sequence[str], size: int, overlap: int) -> Iterator[str]:
    """Yield neighbours as pieces of at most ``size`` characters, without white space around."""
    held: deque[str] = deque()
    length = 0
    for part in parts:
        if length + len(part) > size:
            yield from filter(None, ["".join(held).strip()])
            while held and (length > overlap or length + len(part) > size):
                length -= len(held.popleft())
        held.append(part)
        length += len(part)
    yield from filter(None, ["".join(held).strip()])


def _is_hit(document: str, numbers: Sequence[int], found: Sequence[Piece]) -> bool:
    return any(where == document and page in numbers for where, page in found)


def _embedded(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(find_model().path), device="cpu")
    vectors = model.encode(list(texts), normalize_embeddings=True, show_progress_bar=True)
    return np.asarray(vectors, dtype=np.float32)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
