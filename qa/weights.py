"""What each score weighs in the hybrid: the defaults, or what `qa tune` found for a library."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from corpus.errors import Damaged

#: The name under which a library keeps weights of its own.
SETTING = "weights"


@dataclass(frozen=True, slots=True)
class Weights:
    """What dense, lexical and best-sentence scores weigh in the hybrid; they add up to 1.

    The defaults are the best of a grid in steps of .1 on SQuAD 2.0, and within .005 of the best on
    HotpotQA; with the sentences' part scaled by how distinct their best is, also on Cranfield and
    CISI. The sentences' part is below 1: what they do not weigh is shared by the other two.
    """

    dense: float = 0.3
    sparse: float = 0.4
    sentence: float = 0.3

    def __post_init__(self) -> None:
        """Refuse weights that are no shares of a whole."""
        parts = (self.dense, self.sparse, self.sentence)
        if not (min(parts) >= 0.0 and abs(sum(parts) - 1.0) < 1e-6 and self.sentence < 1.0):
            raise ValueError(f"the weights {parts} are no shares that add up to 1")

    def __str__(self) -> str:
        return f"dense {self.dense:g}, sparse {self.sparse:g}, sentence {self.sentence:g}"

    def for_unknown_script(self) -> Weights:
        """Return weights for a script that the encoder hardly knows: vectors weigh a quarter.

        On XQuAD in Arabic, Chinese and Russian nDCG@10 is .926, .967 and .947 so, .920, .966 and
        .941 with half, and .925, .965 and .943 by words alone.
        """
        whole = 1.0 - (self.dense + self.sentence) * 3 / 4
        return Weights(self.dense / 4 / whole, self.sparse / whole, self.sentence / 4 / whole)

    def to_json(self) -> str:
        """Return the weights as a library keeps them."""
        return json.dumps(asdict(self))


DEFAULT_WEIGHTS = Weights()


def kept_weights(settings: dict[str, str]) -> Weights:
    """Return the weights among a library's settings, or the defaults.

    Raises `Damaged` for what are none.
    """
    kept = settings.get(SETTING)
    if kept is None:
        return DEFAULT_WEIGHTS
    try:
        return Weights(**json.loads(kept))
    except (ValueError, TypeError) as error:
        raise Damaged(
            "the library's weights are not what was written; qa tune --reset removes them"
        ) from error
