"""What the quality tab does: labels shown and withdrawn, answers measured, a library fitted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, get_args

from corpus.errors import DocumentQAError, UsageError
from qa.app.render import quality as render
from qa.app.render.markup import alert
from qa.app.running import running
from qa.progress import OnProgress, Progress
from qa.types import Method

if TYPE_CHECKING:
    from qa.app.parts import PageLibrary
    from qa.evaluate import LabelledQuestion

_FAILED = "This failed: the terminal that runs qa says why."
_METHODS = {"hybrid": "meaning and words", "dense": "meaning only", "sparse": "words only"}

logger = logging.getLogger(__name__)


class Quality:
    """Measures and fits one library by what was said of its passages; all as HTML."""

    def __init__(self, library: PageLibrary) -> None:
        """Take the library."""
        self._library = library

    def labels(self) -> str:
        """Return what was said of passages."""
        from qa.calibration import LEAST_QUESTIONS as TO_CALIBRATE
        from qa.tuning import LEAST_QUESTIONS as TO_TUNE

        questions: list[LabelledQuestion] = []
        problem = ""
        try:
            said = self._library.labels()
            if self._library.questions.exists():
                questions = self._questions()
        except UsageError as error:
            problem = str(error)
        except DocumentQAError as error:
            return alert(str(error))
        answerable = sum(question.answerable for question in questions)
        return render.labels(
            said, answerable, len(questions) - answerable, problem, (TO_TUNE, TO_CALIBRATE)
        )

    def withdraw(self, token: object) -> str:
        """Take back the label of a token, if there is one, and return those that are left."""
        try:
            for label in self._library.labels():
                if label.token == token:
                    self._library.withdraw(label)
        except DocumentQAError as error:
            return alert(str(error))
        return self.labels()

    def file(self) -> str:
        """Return the file of questions; nothing where there is none."""
        try:
            return self._library.questions.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def measure(self) -> Iterator[str]:
        """Evaluate all methods on the labelled questions."""
        yield from self._shown(self._measured)

    def tune(self) -> Iterator[str]:
        """Fit the weights of the ranking, and keep them if they are better."""
        yield from self._shown(self._tuned)

    def calibrate(self) -> Iterator[str]:
        """Fit relevance, and keep it if it is better."""
        yield from self._shown(self._calibrated)

    def _questions(self) -> list[LabelledQuestion]:
        from qa.evaluate import load_questions

        return load_questions(self._library.questions)

    def _shown(self, work: Callable[[OnProgress], str]) -> Iterator[str]:
        yield render.progress(None)
        try:
            yield (yield from running(work, render.progress))
        except DocumentQAError as error:
            yield alert(str(error))
        except Exception:
            logger.exception("measuring failed")
            yield alert(_FAILED)

    def _measured(self, tell: OnProgress) -> str:
        from qa.evaluate import compare, evaluate

        questions = self._questions()
        methods: tuple[Method, ...] = get_args(Method)
        evaluations = [
            evaluate(
                self._library,
                questions,
                method=method,
                on_progress=_part(tell, f"Asking by {_METHODS[method]}", at, len(methods)),
            )
            for at, method in enumerate(methods)
        ]
        return render.measured(evaluations, compare(evaluations))

    def _tuned(self, tell: OnProgress) -> str:
        from qa.tuning import tune

        found = tune(self._library, self._questions(), on_progress=tell)
        if found.is_better:
            self._library.set_weights(found.weights)
        return render.tuned(found)

    def _calibrated(self, tell: OnProgress) -> str:
        from qa.calibration import calibrate, collect, measured

        model = self._library.relevance_model()
        examples = collect(self._library, self._questions(), tell)
        after = calibrate(examples, self._library.settings["fingerprint"])
        before = measured(model, examples, [example.relevance(model) for example in examples])
        kept = after.brier < before.brier
        if kept:
            self._library.set_relevance_model(after.model)
        return render.calibrated(before, after, kept)


def _part(tell: OnProgress, stage: str, at: int, parts: int) -> OnProgress:
    """Return what tells of part ``at``, counted from 0, of so many equal ones."""

    def tell_of_all(one: Progress) -> None:
        tell(Progress(stage, at * one.total + one.done, parts * one.total, one.unit))

    return tell_of_all
