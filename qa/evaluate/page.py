"""Evaluations as one page of HTML that asks nothing of the network and runs no script.

Questions and documents are hostile: all text goes through ``_shown``, which leaves no markup and no
character that turns the direction of what is around it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from corpus.errors import UsageError
from qa.evaluate.comparison import Comparison
from qa.evaluate.evaluation import Evaluation, Outcome, Returned
from qa.evaluate.plots import Bar, bar_chart, histogram, line_chart
from qa.evaluate.report import count_of, measure_rows
from qa.evaluate.runs import replace_text
from qa.terminal import safe

_WORST = 20
_FIRST = 20  # ranks of which it is shown how many questions they suffice for
_STYLE = """
:root{color-scheme:light dark;--ink:#1d2329;--dim:#5b6672;--line:#d5dbe1;--back:#fff;--card:#f6f8fa;
--s0:#2563a8;--s1:#c2571a;--s2:#3d8b57;--s3:#8a4fa3}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--dim:#9aa5b1;--line:#3a434d;--back:#15191d;
--card:#1f252b;--s0:#6ea8e8;--s1:#ee9a63;--s2:#7cc795;--s3:#c795dd}}
body{margin:2rem auto;max-width:60rem;padding:0 1rem;background:var(--back);color:var(--ink);
font:16px/1.5 system-ui,sans-serif}
.table{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse}
th,td{padding:.3rem .8rem;text-align:right;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left}
figure{margin:1.5rem 0}figcaption{font-weight:600}svg{width:100%;max-width:44rem}
svg text{fill:var(--dim);font-size:11px}.grid{stroke:var(--line)}.whisker{stroke:var(--ink)}
.line{fill:none;stroke-width:2}.bar.s0{fill:var(--s0)}.bar.s1{fill:var(--s1)}.bar.s2{fill:var(--s2)}
.bar.s3{fill:var(--s3)}.line.s0{stroke:var(--s0)}.line.s1{stroke:var(--s1)}.line.s2{stroke:var(--s2)}
.line.s3{stroke:var(--s3)}.dim{color:var(--dim)}summary{cursor:pointer;font-weight:600}
article{background:var(--card);border-radius:.5rem;padding:.6rem 1rem;margin:.8rem 0}
article h3{margin:.2rem 0;font-size:1rem}ol{margin:.4rem 0;padding-left:1.6rem}
p,li{overflow-wrap:anywhere}
"""


def write_page(
    path: str | Path,
    name: str,
    evaluations: Sequence[Evaluation],
    comparisons: Sequence[Comparison] = (),
) -> None:
    """Write the page of evaluations of one set. Raises `UsageError` for a file that cannot be."""
    try:
        replace_text(Path(path).expanduser(), report_page(name, evaluations, comparisons))
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); name another") from error


def report_page(
    name: str, evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison] = ()
) -> str:
    """Return what `report` does as a page of its own."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation of {_shown(name)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>Evaluation of {_shown(name)}</h1>{report(evaluations, comparisons)}</body>"
        "</html>\n"
    )


def report(evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison] = ()) -> str:
    """Return tables, charts, and the worst questions with what was returned."""
    first = evaluations[0]
    body = [
        f'<p class="dim">{count_of(first)}. Measures '
        "are means over those, with 95% bootstrap intervals.</p>",
        _measures(evaluations),
        _bars(evaluations),
        _comparisons(comparisons),
        *_curves(evaluations),
        *_relevance(first),
        *(_worst(evaluation, at == 0) for at, evaluation in enumerate(evaluations)),
    ]
    return "".join(body)


def _measures(evaluations: Sequence[Evaluation]) -> str:
    head = ["measure", *(evaluation.method for evaluation in evaluations)]
    return table(head, measure_rows(evaluations))


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    if not comparisons:
        return ""
    rows = (
        (
            f"{one.metric}: {one.a} less {one.b}",
            f"{one.difference:+.3f}",
            f"{one.confidence[0]:+.3f} to {one.confidence[1]:+.3f}",
            f"{one.p:.4f}",
        )
        for one in comparisons
    )
    return (
        "<h2>Side by side</h2>"
        + table(["difference", "mean", "95% interval", "p"], rows)
        + '<p class="dim">Two-sided paired randomisation test; p is not corrected for the number '
        "of comparisons.</p>"
    )


def _bars(evaluations: Sequence[Evaluation]) -> str:
    names = [name for name, value in evaluations[0].metrics.items() if value is not None]
    if not names:
        return ""
    series = [(e.method, [_bar(e, name) for name in names]) for e in evaluations]
    return bar_chart("Measures with 95% intervals", names, series)


def _bar(evaluation: Evaluation, name: str) -> Bar | None:
    value = evaluation.metrics.get(name)
    return None if value is None else Bar(value, *evaluation.confidence[name])


def _curves(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    found = [(e, [o for o in e.outcomes if o.relevant]) for e in evaluations]
    if not any(outcomes for _, outcomes in found):
        return
    depth = min(evaluations[0].depth, _FIRST)
    hits = [(e.method, _hits(outcomes, depth)) for e, outcomes in found]
    yield line_chart("Questions with a right one among the first k", "k", hits, x_max=depth)
    if any(outcome.ranking for _, outcomes in found for outcome in outcomes):
        curves = [(e.method, _precision_and_recall(outcomes, e.depth)) for e, outcomes in found]
        yield line_chart("Precision at each recall, for the first 1, 2, …", "recall", curves)


def _hits(outcomes: Sequence[Outcome], depth: int) -> list[tuple[float, float]]:
    first = [min(outcome.relevant_ranks, default=depth + 1) for outcome in outcomes]
    return [(k, _mean([rank <= k for rank in first])) for k in range(1, depth + 1)]


def _precision_and_recall(outcomes: Sequence[Outcome], depth: int) -> list[tuple[float, float]]:
    """Return mean recall and mean precision of the first k, for each k."""
    recall, precision = [0.0] * (depth + 1), [0.0] * (depth + 1)
    for outcome in outcomes:
        for rank in outcome.relevant_ranks:
            if rank <= depth:
                recall[rank] += 1 / outcome.relevant
                precision[rank] += 1
    points = []
    recalled = right = 0.0
    for k in range(1, depth + 1):
        recalled, right = recalled + recall[k], right + precision[k]
        points.append((recalled / len(outcomes), right / len(outcomes) / k))
    return points


def _relevance(evaluation: Evaluation) -> Iterator[str]:
    known = [(o, o.relevance) for o in evaluation.outcomes if o.relevance is not None]
    groups = {
        "with an answer": [value for o, value in known if o.question.answerable],
        "without": [value for o, value in known if not o.question.answerable],
    }
    if known:
        series = [(name, values) for name, values in groups.items() if values]
        title = f"Relevance of answers to questions ({evaluation.method})"
        yield histogram(title, "relevance; height: share of the questions", series)


def _worst(evaluation: Evaluation, is_open: bool) -> str:
    """Return the worst questions: of equals, those that were answered most surely come first."""
    metric = evaluation.main_metric
    measured = [
        (found[metric], outcome)
        for outcome, found in zip(evaluation.outcomes, evaluation.values, strict=True)
        if metric is not None and found.get(metric, 1.0) < 1.0
    ]
    measured.sort(key=lambda pair: (pair[0], -(pair[1].relevance or 0.0)))
    wrong = [o for o in evaluation.outcomes if not o.question.answerable and o.answered]
    wrong.sort(key=lambda outcome: -(outcome.relevance or 0.0))
    parts = [_question(outcome, f"{metric} {value:.2f}") for value, outcome in measured[:_WORST]]
    if wrong:
        parts.append("<h2>Answered, though the documents hold no answer</h2>")
        parts.extend(_question(outcome, "") for outcome in wrong[:_WORST])
    title = f"The worst questions ({_shown(evaluation.method)})"
    opened = " open" if is_open else ""
    return (
        f"<details{opened}><summary>{title}</summary>{''.join(parts) or '<p>None.</p>'}</details>"
    )


def _question(outcome: Outcome, value: str) -> str:
    question = outcome.question
    expected = _shown(_short(str(question.gold))) if question.gold else "no answer"
    relevance = "" if outcome.relevance is None else f"relevance {outcome.relevance:.2f}"
    said = ", ".join(part for part in (_shown(question.id), value, relevance) if part)
    items = "".join(f"<li>{_item(one)}</li>" for one in outcome.returned)
    return (
        f'<article><h3 dir="auto">{_shown(_short(question.question))}</h3><p class="dim">{said}</p>'
        f'<p dir="auto">Expected: {expected}</p><ol>{items}</ol></article>'
    )


def _item(returned: Returned) -> str:
    mark = "✓ " if returned.right else ""
    relevance = "" if returned.relevance is None else f" ({returned.relevance:.2f})"
    quote = f'<br><span dir="auto">{_shown(returned.quote)}</span>' if returned.quote else ""
    return f"{mark}<bdi>{_shown(returned.location)}</bdi>{relevance}{quote}"


def table(head: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table with a row of headings; it scrolls by itself where it is too wide."""
    top = "".join(f"<th>{_shown(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{_shown(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="table" role="group" aria-label="{_shown(head[0])}" tabindex="0"><table>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _short(text: str) -> str:
    return text if len(text) <= 600 else text[:600] + "…"


def _shown(text: str) -> str:
    return html.escape(safe(text))
