"""Asking every question of a set and measuring what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corpus.errors import UsageError
from qa.evaluate.asking import JUDGED_DEPTH, SHOWN, Asked, Asker, with_ranking
from qa.evaluate.evaluation import METRICS, Evaluation, Outcome, Returned
from qa.evaluate.gold import Excerpts, Judgments
from qa.evaluate.measures import ranking_measures
from qa.evaluate.questions import LabelledQuestion
from qa.evaluate.runs import Run
from qa.progress import OnProgress, Progress
from qa.types import Method


def evaluate(
    library: Asked,
    questions: Sequence[LabelledQuestion],
    *,
    method: Method = "hybrid",
    k: int | None = None,
    within_document: bool = False,
    ids: Mapping[str, str] | None = None,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """Ask every question for ``k`` citations and measure them against what answers it.

    Without ``k`` they are 10, or 5 where characters are measured, as chunking evaluations do.
    ``within_document`` asks each question of the document it names alone. ``ids`` gives the ids of
    judged documents by their files, as `write_documents` does. Raises `UsageError` for ``k`` below
    1, for a document that is not in the library, and for spans that its text does not hold.
    """
    if not questions:
        raise UsageError("there are no questions to ask")
    if k is None:
        k = 5 if any(isinstance(question.gold, Excerpts) for question in questions) else 10
    if k < 1:
        raise UsageError(f"k is {k}; at least one citation must be asked for")
    if within_document and not any(question.docs for question in questions):
        raise UsageError("no question names a document that it could be asked of alone")
    asker = Asker(library, questions, method, k, within_document, ids or {})
    library.rank(questions[0].question, k=1, method=method)  # loads the model, in nobody's time
    outcomes: list[Outcome] = []
    for question in questions:
        outcomes.append(asker.ask(question))
        if on_progress is not None:
            done = Progress(f"asking ({method})", len(outcomes), len(questions), "questions")
            on_progress(done)
    judged = any(isinstance(question.gold, Judgments) for question in questions)
    depth = JUDGED_DEPTH if judged else k
    return Evaluation.of(method, outcomes, _values(outcomes, k), depth)


def evaluate_run(run: Run, questions: Sequence[LabelledQuestion]) -> Evaluation:
    """Measure a run that was made elsewhere against a set with judged documents.

    Questions that the run does not rank count 0; those without an answer are left out. Raises
    `UsageError` when the run ranks no question of the set.
    """
    judged = {q.id: (q, q.gold.gains) for q in questions if isinstance(q.gold, Judgments)}
    if judged.keys().isdisjoint(run.scores):
        raise UsageError(f"the run {run.name!r} ranks no question of this set; check its ids")
    outcomes = [
        _outcome(question, gains, run.ranking(name)) for name, (question, gains) in judged.items()
    ]
    return Evaluation.of(run.name, outcomes, _values(outcomes, 1), JUDGED_DEPTH)


def _outcome(
    question: LabelledQuestion, gains: Mapping[str, int], ranking: Sequence[str]
) -> Outcome:
    """Return what a run ranked for a question."""
    returned = (
        Returned(name, name, quote="", relevance=None, right=gains.get(name, 0) > 0)
        for name in ranking[:SHOWN]
    )
    return with_ranking(Outcome(question, returned=tuple(returned)), gains, ranking)


def _values(outcomes: Sequence[Outcome], k: int) -> list[dict[str, float]]:
    """Return the measures of each question."""
    judged: dict[str, Mapping[str, int]] = {}
    answered: dict[str, Mapping[str, int]] = {}
    rankings: dict[str, Sequence[str]] = {}
    for at, outcome in enumerate(outcomes):
        gold = outcome.question.gold
        if isinstance(gold, Judgments):
            judged[str(at)] = gold.gains
            rankings[str(at)] = outcome.ranking
        elif outcome.relevant:
            # A question for which nothing right was cited counts as well, hence the rank beyond.
            answered[str(at)] = dict.fromkeys(map(str, outcome.relevant_ranks or (k + 1,)), 1)
            rankings[str(at)] = [str(rank) for rank in range(1, k + 1)]
    reached = [(1, "hit@1"), (5, "hit@5"), (10, "RR@10"), (k, f"hit@{k}")]
    own = {f"hit@{k}"} if k <= JUDGED_DEPTH else set()
    found = {
        **ranking_measures(judged, rankings, {*METRICS, *own}),
        **ranking_measures(answered, rankings, {name for depth, name in reached if depth <= k}),
    }
    return [found.get(str(at), {}) | outcome.characters for at, outcome in enumerate(outcomes)]
