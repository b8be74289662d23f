"""What the page's script asks of the server: JSON in, JSON out.

All that comes in may be a stranger's: it is taken for what it says only where it fits. What goes
out is ASCII, so that names that are no Unicode survive the way to the browser and back.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps

from corpus.errors import DocumentQAError
from qa.app import render
from qa.app.parts import PageLibrary
from qa.fitting import Unfit, fields_of, items_of, parsed, share_of, text_of, truth_of, whole_of
from qa.followup import rewrite
from qa.history import (
    LONGEST_HISTORY,
    LONGEST_NAME,
    LONGEST_QUESTION,
    MOST_CITATIONS,
    MOST_TURNS,
    Turn,
    citation_from,
    turn_from,
    turn_to,
)
from qa.transcript import markdown
from qa.types import Citation, Method

MOST_CHOSEN = 500  # documents that one question may be kept to
_METHODS: Mapping[str, Method] = {"hybrid": "hybrid", "dense": "dense", "sparse": "sparse"}
_FAILED = "This failed: the terminal that runs qa says why."
_UNFIT = "The page sent something that it should not: reload it, and try again."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as the script sent it; ``least`` is None where the default counts."""

    question: str
    searched: str
    k: int
    method: Method
    least: float | None
    within: tuple[str, ...]


def _answering(
    method: Callable[[Replies, str], Mapping[str, object]],
) -> Callable[[Replies, str], str]:
    """Return a method that gives JSON, of which ``error`` is a sentence where something failed."""

    @wraps(method)
    def answering(self: Replies, sent: str) -> str:
        try:
            return json.dumps(method(self, sent))
        except Unfit:
            return json.dumps({"error": _UNFIT})
        except DocumentQAError as error:
            return json.dumps({"error": str(error)})
        except Exception:
            logger.exception("%s failed", method.__name__)
            return json.dumps({"error": _FAILED})

    return answering


class Replies:
    """Answers the page's script, about one library."""

    def __init__(
        self,
        library: PageLibrary,
        examples: Callable[[], Sequence[str]],
        min_relevance: float | None = None,
    ) -> None:
        """Take the library, what names example questions, and the least relevance by default."""
        self._library = library
        self._examples = examples
        self._min_relevance = min_relevance

    @property
    def threshold(self) -> float:
        """The least relevance (0..1) with which a passage is said to answer, by default."""
        if self._min_relevance is None:
            return self._library.relevance_model().threshold
        return self._min_relevance

    @_answering
    def answer_question(self, sent: str) -> dict[str, object]:
        """Return the turn that answers a question, as HTML and as data."""
        turn = self._turn(_asked(parsed(sent, LONGEST_HISTORY)))
        return {"html": render.turn(turn, self._ambiguous()), "turn": turn_to(turn)}

    @_answering
    def restore_turns(self, sent: str) -> dict[str, object]:
        """Return which of the turns that were kept are fit to be shown, each as HTML."""
        kept = items_of(parsed(sent, LONGEST_HISTORY), MOST_TURNS, _fit)
        several = self._ambiguous()
        return {
            "turns": [
                (place, render.turn(turn, several)) for place, turn in enumerate(kept) if turn
            ]
        }

    @_answering
    def export_turns(self, sent: str) -> dict[str, object]:
        """Return the turns that were kept as Markdown."""
        data = fields_of(parsed(sent, LONGEST_HISTORY))
        kept = items_of(data.get("turns"), MOST_TURNS, _fit)
        page = text_of(data.get("page"), LONGEST_NAME)
        turns = [turn for turn in kept if turn]
        return {"markdown": markdown(turns, page, self._ambiguous())}

    @_answering
    def judge_passage(self, sent: str) -> dict[str, object]:
        """Keep whether a citation answers a question, or take back what was said."""
        self._library.add_feedback(*_judged(parsed(sent, LONGEST_HISTORY)))
        return {}

    @_answering
    def find_documents(self, sent: str) -> dict[str, object]:
        """Return the documents to choose from whose names hold what was typed."""
        wanted = text_of(parsed(sent, LONGEST_NAME), LONGEST_NAME)
        return {"html": render.document_choices(self._library.documents(), wanted)}

    @_answering
    def list_examples(self, sent: str) -> dict[str, object]:
        """Return the questions to try, as HTML; what is sent tells nothing."""
        return {"html": render.examples(self._examples())}

    def _ambiguous(self) -> frozenset[str]:
        """Return the paths that documents of several roots have."""
        if len(self._library.roots()) < 2:
            return frozenset()
        counted = Counter(info.document for info in self._library.documents())
        return frozenset(path for path, count in counted.items() if count > 1)

    def _turn(self, asked: _Asked) -> Turn:
        rewritten = asked.searched if asked.searched != asked.question else ""
        try:
            answer = self._library.ask(
                asked.searched,
                k=asked.k,
                method=asked.method,
                within=asked.within,
                min_relevance=self._min_relevance if asked.least is None else asked.least,
            )
        except DocumentQAError as error:
            return Turn(asked.question, error=str(error)[:LONGEST_NAME], asked=rewritten)
        except Exception:
            logger.exception("asking %r failed", asked.searched)
            return Turn(asked.question, error=_FAILED, asked=rewritten)
        return Turn(asked.question, answer, asked=rewritten)


def cited(data: object) -> Citation | None:
    """Return the citation that an event of the script names; None where it names none.

    It is sent as JSON text: in an event's own data Gradio takes a ``path`` for an uploaded file's.
    """
    try:
        return citation_from(parsed(fields_of(data).get("citation"), LONGEST_HISTORY))
    except Unfit:
        return None


def _asked(data: object) -> _Asked:
    fields = fields_of(data)
    question = text_of(fields.get("question"), LONGEST_QUESTION).strip()
    method = _METHODS.get(text_of(fields.get("method"), LONGEST_NAME))
    least = fields.get("least")
    if not question or method is None:
        raise Unfit("expected a question and a method")
    return _Asked(
        question,
        _followed(question, fields.get("before")),
        whole_of(fields.get("k"), 1, MOST_CITATIONS),
        method,
        None if least is None else share_of(least),
        items_of(fields.get("within"), MOST_CHOSEN, lambda path: text_of(path, LONGEST_NAME)),
    )


def _followed(question: str, before: object) -> str:
    """Return the question as it is searched, where it may lean on the one ``before`` it."""
    if before is None:
        return question
    fields = fields_of(before)
    asked = text_of(fields.get("searched"), LONGEST_QUESTION)
    rewritten = rewrite(question, asked, title=text_of(fields.get("title"), LONGEST_NAME))
    return rewritten if rewritten and len(rewritten) <= LONGEST_QUESTION else question


def _judged(data: object) -> tuple[str, Citation | None, bool | None]:
    fields = fields_of(data)
    given, answers = fields.get("citation"), fields.get("answers")
    return (
        text_of(fields.get("question"), LONGEST_QUESTION),
        None if given is None else citation_from(given),
        None if answers is None else truth_of(answers),
    )


def _fit(data: object) -> Turn | None:
    try:
        return turn_from(data)
    except Unfit:
        return None
