"""How far a long run is, as those who wait for it are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Progress(NamedTuple):
    """How far a long run is: ``done`` of ``total`` ``unit``, in one of its stages.

    ``total`` is what is known so far, and may grow.
    """

    stage: str
    done: int
    total: int
    unit: str


OnProgress: TypeAlias = Callable[[Progress], None]
