"""The work of a cluster: files through two stages of Ray Data, sentences through actors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from embeddings.types import Vectors
from qa.cluster.stages import Encode, ReadAndCut
from qa.preparing import SENTENCES_A_BATCH, LackingSentences
from qa.store import Key

_SHARE: Final = 0.5  # of a core, which has one worker that reads and one that encodes
_AHEAD: Final = 2  # batches of sentences under way for each encoder, so that none waits
_BLOCK_BYTES: Final = 16_000_000  # about as much as a stage hands on at once
_MOST_ENCODERS: Final = 1_000  # of one run


@dataclass(frozen=True, slots=True)
class _Encoders:
    """How many workers encode, each on a GPU or on a core."""

    count: int
    on_gpu: bool

    @classmethod
    def of(cls, ray: Any, most: int) -> _Encoders:
        """Return as many as the cluster has GPUs, or cores where it has none, up to ``most``."""
        found = ray.cluster_resources()
        gpus = int(found.get("GPU", 0))
        return cls(max(1, min(gpus or int(found.get("CPU", 0)), most)), bool(gpus))

    @property
    def resources(self) -> dict[str, float]:
        """What Ray sets aside for each."""
        return {"num_cpus": _SHARE, **({"num_gpus": 1} if self.on_gpu else {})}


def through_stages(ray: Any, model: str, errands: list[pa.Table]) -> Iterator[pa.Table]:
    """Yield what came of errands, in their order, read no further ahead than there is room."""
    from ray.data import ActorPoolStrategy, DataContext, from_arrow

    readers = max(1, min(int(ray.cluster_resources().get("CPU", 0)), len(errands)))
    encoders = _Encoders.of(ray, len(errands))
    settings = DataContext.get_current().copy()
    settings.execution_options.preserve_order = True
    settings.target_max_block_size = _BLOCK_BYTES
    settings.enable_progress_bars = settings.print_on_execution_start = False
    with DataContext.current(settings):
        rows = (
            from_arrow(errands)
            .map_batches(
                ReadAndCut,
                batch_size=None,
                batch_format="pyarrow",
                fn_constructor_args=(model,),
                compute=ActorPoolStrategy(min_size=1, max_size=readers),
                num_cpus=_SHARE,
            )
            .map_batches(
                Encode,
                batch_size=None,
                batch_format="pyarrow",
                fn_constructor_args=(model, encoders.on_gpu),
                compute=ActorPoolStrategy(
                    min_size=1, max_size=encoders.count, initial_size=encoders.count
                ),
                **encoders.resources,
            )
        )
    yield from rows.iter_batches(batch_size=None, batch_format="pyarrow")


def sentence_vectors(
    ray: Any, model: str, lacking: LackingSentences
) -> Iterator[Mapping[Key, Vectors]]:
    """Yield batches of passages' sentence vectors, in the order in which they are done."""
    most = _Encoders.of(ray, _MOST_ENCODERS).count
    waiting = len(lacking(most * SENTENCES_A_BATCH))
    encoders = _Encoders.of(ray, -(-waiting // SENTENCES_A_BATCH))
    remote = ray.remote(Encode).options(max_restarts=-1, max_task_retries=-1, **encoders.resources)
    actors = [remote.remote(model, encoders.on_gpu) for _ in range(encoders.count)]
    free = actors * _AHEAD
    under_way: dict[Any, tuple[Any, list[Key]]] = {}
    try:
        while True:
            if len(free) >= len(actors):
                flying = {key for _, keys in under_way.values() for key in keys}
                for batch in _batches(lacking, flying, len(free)):
                    actor = free.pop()
                    under_way[actor.sentences.remote(batch)] = actor, [key for key, _, _ in batch]
            if not under_way:
                return
            (done,), _ = ray.wait(list(under_way), num_returns=1)
            actor, _ = under_way.pop(done)
            free.append(actor)
            yield ray.get(done)
    finally:
        for actor in actors:
            ray.kill(actor)


def _batches(
    lacking: LackingSentences, flying: set[Key], most: int
) -> Iterable[list[tuple[Key, str, int]]]:
    """Return up to ``most`` batches of passages that lack sentences and are not ``flying``."""
    passages = lacking(len(flying) + most * SENTENCES_A_BATCH)
    new = [passage for passage in passages if passage[0] not in flying]
    starts = range(0, min(len(new), most * SENTENCES_A_BATCH), SENTENCES_A_BATCH)
    return [new[start : start + SENTENCES_A_BATCH] for start in starts]
