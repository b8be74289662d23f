"""What readers said of passages, and how good the answers are by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

from qa.app.render.markup import escape, isolated
from qa.labels import Label
from qa.progress import Progress
from qa.wording import count

if TYPE_CHECKING:
    from qa.calibration import Calibration
    from qa.evaluate import Comparison, Evaluation
    from qa.tuning import Tuning

FEW = 20  # questions below which measures tell little
MOST_LABELS = 200  # labels that are listed, the newest first
_LONGEST = 300  # characters of a question or its evidence that are listed


def labels(
    said: Sequence[Label], answerable: int, unanswerable: int, problem: str, least: tuple[int, int]
) -> str:
    """Return what was said of passages, and the buttons that measure and fit by it.

    ``answerable`` and ``unanswerable`` count the questions that can be measured; ``problem`` is why
    there are none, if so. ``least`` are the questions that tuning and calibrating take.
    """
    if not (said or problem or answerable + unanswerable):
        return (
            '<div class="qa-empty"><p><strong>Nothing is labelled yet.</strong></p><p>Ask a '
            "question and say of its passages which answer it, and which do not. From the "
            "questions with known answers it is measured here how good the answers are.</p></div>"
        )
    total = answerable + unanswerable
    few = (
        f'<p class="qa-note">With fewer than {FEW} questions, take all that is measured as a hint: '
        "one question more may change it.</p>"
    )
    return (
        f"<h2>Questions with known answers</h2><p>{count(total, 'question')}: {answerable:,} with "
        f"a passage that answers, {unanswerable:,} that nothing answers.</p>"
        f"{_note(problem) if problem else ''}{few if 0 < total < FEW else ''}"
        f"{_buttons(answerable, total, least)}{_list(said)}"
    )


def progress(at: Progress | None) -> str:
    """Return how far the work is; None before anything is known of it."""
    if at is None:
        return '<p class="qa-progress">Starting …</p>'
    return (
        f'<p class="qa-progress"><label>{escape(at.stage)}: {at.done:,} of {at.total:,} '
        f'{escape(at.unit)} <progress max="{at.total}" value="{at.done}"></progress></label></p>'
    )


def measured(evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison]) -> str:
    """Return evaluations side by side, in tables and charts, and the worst questions."""
    from qa.evaluate.page import report

    return f"{_title('Evaluation')}{report(evaluations, comparisons)}"


def tuned(found: Tuning) -> str:
    """Return what tuning found, which is kept if it is better."""
    from qa.evaluate.page import table
    from qa.tuning import METRIC
    from qa.weights import DEFAULT_WEIGHTS

    low, high = found.confidence
    names = ", ".join(field.name for field in fields(found.weights))
    kept = "Better, and kept: from here on, passages are ranked by the new weights."
    left = "Not surely better: the weights were left as they are."
    rows = [
        ("weights all begin with", _numbers(astuple(DEFAULT_WEIGHTS)), f"{found.before:.3f}"),
        ("fitted to your questions", _numbers(astuple(found.weights)), f"{found.after:.3f}"),
    ]
    return (
        f"{_title('Tuning')}<p>{kept if found.is_better else left}</p>"
        f"{table(['ranking', names, f'{METRIC}, held out'], rows)}"
        f"<p>Difference {found.after - found.before:+.3f} ({low:+.3f} to {high:+.3f}), "
        f"p = {found.p:.4f}, on {count(found.questions, 'question')}, each measured with weights "
        "fitted to others.</p>"
    )


def calibrated(before: Calibration, after: Calibration, kept: bool) -> str:
    """Return how well relevance fits what is right, as it was and as it was fitted."""
    from qa.evaluate.page import table

    rows = [
        (name, f"{one.error:.3f}", f"{one.brier:.3f}", f"{one.model.threshold:.2f}")
        for name, one in (("as it was", before), ("fitted, held out", after))
    ]
    constant = f"{after.constant:.3f}"
    said = (
        "Better, and kept: from here on, relevance is given by the new model."
        if kept
        else "Not better: relevance was left as it is."
    )
    return (
        f"{_title('Calibration')}<p>{said}</p>"
        f"{table(['relevance', 'calibration error', 'Brier score', 'threshold'], rows)}"
        f"<p>Both are the better the smaller, on {count(after.questions, 'question')}; always "
        f"giving the share of right answers has a Brier score of {constant}.</p>"
    )


def _buttons(answerable: int, total: int, least: tuple[int, int]) -> str:
    to_tune, to_calibrate = least
    lacking = []
    if answerable < to_tune:
        lacking.append(f"tuning takes {to_tune} questions with an answer")
    if total < to_calibrate:
        lacking.append(f"calibrating {to_calibrate} questions")
    said = " and ".join(lacking)
    return (
        f'<div class="qa-runs">{_button("measure", "Evaluate", total > 0)}'
        f"{_button('tune', 'Tune the ranking', answerable >= to_tune)}"
        f"{_button('calibrate', 'Calibrate relevance', total >= to_calibrate)}"
        '<button type="button" class="qa-download">Download the questions</button></div>'
        + (f'<p class="qa-quiet">{said[0].upper()}{said[1:]}.</p>' if said else "")
    )


def _button(run: str, name: str, enabled: bool) -> str:
    disabled = "" if enabled else " disabled"
    return f'<button type="button" class="qa-run" data-run="{run}"{disabled}>{name}</button>'


def _list(said: Sequence[Label]) -> str:
    if not said:
        return ""
    items = "".join(map(_item, reversed(said[-MOST_LABELS:])))
    older = len(said) - MOST_LABELS
    more = f"<p>And {count(older, 'older label')}.</p>" if older > 0 else ""
    return (
        f'<details class="qa-said-of"><summary>{count(len(said), "label")}</summary>'
        f"<ul>{items}</ul>{more}</details>"
    )


def _item(label: Label) -> str:
    mark, verdict = ("✓", "Answered by") if label.answers else ("✗", "Not answered by")
    place = f"{verdict} {isolated(label.doc or '')}" if label.doc else "Answered by nothing"
    evidence = (
        f'<p class="qa-evidence" dir="auto">{escape(_short(label.evidence))}</p>'
        if label.evidence
        else ""
    )
    return (
        f'<li><p class="qa-labelled" dir="auto">{escape(_short(label.question))}</p>'
        f'<p class="qa-quiet"><span aria-hidden="true">{mark}</span> {place} '
        f"<time>{escape(label.date)}</time></p>{evidence}"
        f'<button type="button" class="qa-withdraw" data-label="{label.token}">Remove'
        f'<span class="qa-unseen"> the label of {isolated(_short(label.question))}</span></button>'
        "</li>"
    )


def _title(name: str) -> str:
    return f'<h2 class="qa-outcome" tabindex="-1">{name}</h2>'


def _note(text: str) -> str:
    return f'<p class="qa-note">{isolated(text)}</p>'


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)
