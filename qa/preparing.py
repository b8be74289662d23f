"""What is done to a file before it is written: it is read and, maybe elsewhere, cut and embedded.

Where that happens is behind one seam, `Preparer`: in processes of this machine, or in a cluster
(`qa.cluster`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from corpus.workers.wire import Reading, Task
from embeddings.types import Encoder, Vectors
from qa.evidence import encode_sentences
from qa.store import IndexedPassage, Key

SENTENCES_A_BATCH = 256
"""Passages whose sentences are encoded and kept together."""

LackingSentences: TypeAlias = Callable[[int], list[tuple[Key, str, int]]]
"""Returns key, text and body of up to so many passages that lack their sentences' vectors."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A file of ``size`` bytes, and the documents, by root and path, that it may replace."""

    task: Task
    size: int = 0
    replaced: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What came of a file, or of one inside it.

    ``passages`` are None where it is still to be cut by who takes it; ``vectors`` are of those
    passages that came embedded, by their keys.
    """

    reading: Reading
    passages: Sequence[IndexedPassage] | None = None
    vectors: Mapping[Key, Vectors] = field(default_factory=dict)


class Preparer(Protocol):
    """Who prepares files. Nothing is started before the first is asked for."""

    def prepared(self, errands: Iterable[Errand]) -> Generator[Prepared, None, None]:
        """Yield what came of files in their order, of each what is inside it first, itself last."""
        ...

    def sentences(self, lacking: LackingSentences) -> Generator[Mapping[Key, Vectors], None, None]:
        """Yield the vectors of passages' sentences until none lack them.

        What was yielded must be kept before more is asked for.
        """
        ...

    def close(self) -> None:
        """Stop all that is under way."""
        ...


class LocalPreparer:
    """Reads in processes of this machine; who takes the readings cuts and embeds them."""

    def __init__(self, load_encoder: Callable[[], Encoder]) -> None:
        """Prepare; the encoder is loaded by the first sentences."""
        self._load_encoder = load_encoder

    def prepared(self, errands: Iterable[Errand]) -> Generator[Prepared, None, None]:
        """See `Preparer.prepared`."""
        from corpus.workers.pool import Pool  # a run that reads nothing needs none

        with Pool() as pool:
            for _, reading in pool.read(errand.task for errand in errands):
                yield Prepared(reading)

    def sentences(self, lacking: LackingSentences) -> Generator[Mapping[Key, Vectors], None, None]:
        """See `Preparer.sentences`."""
        while passages := lacking(SENTENCES_A_BATCH):
            yield sentences_of(self._load_encoder(), passages)

    def close(self) -> None:
        """Do nothing: each run ends its own processes."""


def sentences_of(encoder: Encoder, passages: Sequence[tuple[Key, str, int]]) -> dict[Key, Vectors]:
    """Return the sentence vectors of passages, given by key, text and body."""
    vectors = encode_sentences(encoder, [(text, body) for _, text, body in passages])
    return {key: matrix for (key, _, _), matrix in zip(passages, vectors, strict=True)}
