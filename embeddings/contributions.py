"""What each token of a text adds to the text's cosine with a question."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.types import Ids, Scores, Vectors


def shares_of_cosine(states: npt.NDArray[Any], vector: Vectors) -> Scores:
    """Split the cosine of a mean-pooled text with a unit vector over its tokens.

    With token states h of shape (tokens, dimension) and their mean m, the cosine is the sum over
    tokens of (h . vector) / (tokens * |m|). All zeros for a mean of length 0.
    """
    states = np.asarray(states, dtype=np.float32)
    length = float(np.linalg.norm(states.mean(axis=0)))
    if length == 0.0:
        return np.zeros(len(states), dtype=np.float32)
    shares: Scores = (states @ vector) / np.float32(len(states) * length)
    return shares


def spans_after(prompt: str, offsets: Any) -> Ids:
    """Return token offsets (tokens, 2) into a text from those into the text after a prompt."""
    spans = np.asarray(offsets, dtype=np.int64).reshape(-1, 2)
    return np.maximum(spans - len(prompt), 0)
