"""Small charts as SVG: bars with intervals, lines, a histogram. All values lie in 0..1."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 26, 40
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_BINS = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval."""

    value: float
    low: float
    high: float


def bar_chart(
    title: str, groups: Sequence[str], series: Sequence[tuple[str, Sequence[Bar | None]]]
) -> str:
    """Return groups of bars, one of each series in a group, None being left out."""
    width = _inner_width() / max(1, len(groups))
    bar = width * 0.8 / max(1, len(series))
    marks = list(_frame(((at + 0.5) / len(groups), name) for at, name in enumerate(groups)))
    for number, (_, bars) in enumerate(series):
        for at, one in enumerate(bars):
            if one is not None:
                left = _LEFT + at * width + width * 0.1 + number * bar
                marks.extend(_bar(left, bar, one, number))
    return _svg(title, marks, [name for name, _ in series])


def line_chart(
    title: str,
    x_label: str,
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    *,
    x_max: float = 1.0,
) -> str:
    """Return a line for each series of points; x goes from 0 to ``x_max``."""
    shares = _TICKS if x_max == 1.0 else _FIFTHS
    ticks = [(share, f"{share * x_max:g}") for share in shares]
    marks = [*_frame(ticks), _text(_LEFT + _inner_width() / 2, _HEIGHT - 6, x_label)]
    for number, (_, points) in enumerate(series):
        path = " ".join(f"{_x(x / x_max):.1f},{_y(y):.1f}" for x, y in points)
        marks.append(f'<polyline class="line s{number % 4}" points="{path}"/>')
    return _svg(title, marks, [name for name, _ in series])


def histogram(title: str, x_label: str, series: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Return how the values of each series spread over 0..1, as shares of the series."""
    shares = [(name, _shares(values)) for name, values in series]
    highest = max((max(part) for _, part in shares), default=0.0) or 1.0
    marks = [
        *_frame(((tick, f"{tick:g}") for tick in _TICKS), top=highest),
        _text(_LEFT + _inner_width() / 2, _HEIGHT - 6, x_label),
    ]
    width = _inner_width() / _BINS
    for number, (_, part) in enumerate(shares):
        for at, share in enumerate(part):
            if share:
                left = _LEFT + at * width + number * width / len(shares)
                marks.append(_rectangle(left, width / len(shares), share / highest, number))
    return _svg(title, marks, [name for name, _ in series])


def _shares(values: Sequence[float]) -> list[float]:
    counts = [0] * _BINS
    for value in values:
        counts[min(int(value * _BINS), _BINS - 1)] += 1
    return [count / max(1, len(values)) for count in counts]


def _svg(title: str, marks: Iterable[str], names: Sequence[str]) -> str:
    legend = "".join(
        f'<rect class="bar s{number % 4}" x="{_LEFT + number * 150}" y="6" width="10" height="10"/>'
        f'<text x="{_LEFT + number * 150 + 15}" y="15">{html.escape(name[:20])}</text>'
        for number, name in enumerate(names)
    )
    shown = html.escape(title)
    return (
        f'<figure><figcaption>{shown}</figcaption><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'role="img" aria-label="{shown}">{legend}{"".join(marks)}</svg></figure>'
    )


def _frame(ticks: Iterable[tuple[float, str]], top: float = 1.0) -> Iterator[str]:
    """Yield the grid, the labels of y up to ``top``, and those of x at shares of the width."""
    for tick in _TICKS:
        y = _y(tick)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(_LEFT - 6, y + 4, f"{tick * top:.2g}", "end")
    for share, label in ticks:
        yield _text(_x(share), _HEIGHT - _BOTTOM + 16, label)


def _bar(left: float, width: float, bar: Bar, number: int) -> Iterator[str]:
    middle = left + width / 2
    yield _rectangle(left, width, bar.value, number)
    yield (
        f'<line class="whisker" x1="{middle:.1f}" x2="{middle:.1f}" '
        f'y1="{_y(bar.low):.1f}" y2="{_y(bar.high):.1f}"/>'
    )


def _rectangle(left: float, width: float, share: float, number: int) -> str:
    return (
        f'<rect class="bar s{number % 4}" x="{left:.1f}" y="{_y(share):.1f}" '
        f'width="{width * 0.9:.1f}" height="{_y(0) - _y(share):.1f}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'


def _inner_width() -> float:
    return _WIDTH - _LEFT - _RIGHT


def _x(share: float) -> float:
    return _LEFT + share * _inner_width()


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)
