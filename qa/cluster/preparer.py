"""Files that a Ray cluster reads, cuts and embeds, for the one process that writes them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from corpus.remote import is_remote
from embeddings.types import Encoder, Vectors
from qa.cluster.connection import connected, said_plainly
from qa.cluster.fitness import check_nodes
from qa.cluster.pipeline import sentence_vectors, through_stages
from qa.cluster.rows import errand_tables, prepared_in_order
from qa.preparing import Errand, LackingSentences, Prepared
from qa.store import Key


class RayPreparer:
    """A `Preparer` over a cluster, which is joined when the first file is asked for."""

    def __init__(
        self,
        address: str,
        load_encoder: Callable[[], Encoder],
        known_keys: Callable[[Sequence[tuple[str, str]]], Iterable[Key]],
    ) -> None:
        """Prepare; see `qa.cluster.connection.connected` for addresses.

        The workers find the encoder's model by its name or folder, as on this machine.
        ``known_keys`` returns those of documents, given by root and path, whose vectors need not
        be computed again.
        """
        self._address = address
        self._load_encoder = load_encoder
        self._known_keys = known_keys
        self._connection = ExitStack()
        self._ray: Any = None

    def close(self) -> None:
        """Leave the cluster; one that was started for this ends."""
        self._ray = None
        self._connection.close()

    def prepared(self, errands: Iterable[Errand]) -> Generator[Prepared, None, None]:
        """See `Preparer.prepared`."""
        coming = list(errands)
        paths = [errand.task.path for errand in coming if not is_remote(errand.task.path)]
        with said_plainly():
            model = self._join(str(Path(paths[0]).parent) if paths else "")
            numbered = (
                (number, errand, self._known_keys(errand.replaced) if errand.replaced else ())
                for number, errand in enumerate(coming)
            )
            tables = through_stages(self._ray, model, list(errand_tables(numbered)))
            yield from prepared_in_order(tables, [errand.task.name for errand in coming])

    def sentences(self, lacking: LackingSentences) -> Generator[Mapping[Key, Vectors], None, None]:
        """See `Preparer.sentences`."""
        if not lacking(1):
            return
        with said_plainly():
            model = self._join("")
            yield from sentence_vectors(self._ray, model, lacking)

    def _join(self, place: str) -> str:
        """Join the cluster, if its nodes are fit and see the ``place`` of documents, if any.

        Return the model's name.
        """
        encoder = self._load_encoder()
        if self._ray is None:
            ray = self._connection.enter_context(connected(self._address))
            check_nodes(ray, encoder.name, encoder.fingerprint, place)
            self._ray = ray
        return encoder.name
