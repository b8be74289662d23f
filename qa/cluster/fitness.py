"""Whether every node of a cluster would read, cut and embed as this machine does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpus.errors import ModelError, UsageError
from embeddings import find_model
from qa.rules import PIPELINE

_PATIENCE: Final = 120.0  # seconds until a node must have looked


@dataclass(frozen=True, slots=True)
class _Look:
    """What a node has: the version of the code, the model's fingerprint, the place or not."""

    pipeline: str
    fingerprint: str
    is_there: bool


def check_nodes(ray: Any, model: str, fingerprint: str, place: str) -> None:
    """Let every node look for a model and, where one is given, a folder of documents.

    Raises `ModelError` for a node without this very model, and `UsageError` for one that has
    another version of this package or not the folder.
    """
    for host, look in _looks(ray, model, place):
        if look.pipeline != PIPELINE:
            raise UsageError(f"{host} has another version of document-qa; install the same one")
        if look.fingerprint != fingerprint:
            raise ModelError(
                f"the model {model!r} on {host} is not the one of this library; "
                "put the same files there"
            )
        if not look.is_there:
            raise UsageError(
                f"{place} is not there on {host}, a node of the cluster; put the documents where "
                "every node sees them: a shared folder, or a bucket (s3://…)"
            )


def _looks(ray: Any, model: str, place: str) -> list[tuple[str, _Look]]:
    """Return what each node has, by its host."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    nodes = [node for node in ray.nodes() if node["Alive"]]
    remote = ray.remote(_look)
    looking = [
        remote.options(
            num_cpus=0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False),
        ).remote(model, place)
        for node in nodes
    ]
    found = ray.get(looking, timeout=_PATIENCE)
    return [(node["NodeManagerAddress"], look) for node, look in zip(nodes, found, strict=True)]


def _look(model: str, place: str) -> _Look:
    return _Look(PIPELINE, find_model(model).fingerprint, not place or Path(place).is_dir())
