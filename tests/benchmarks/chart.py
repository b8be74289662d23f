"""One chart as SVG: lines over two logarithmic axes, for light and dark pages."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence

Points = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 130, 34, 44
_COLOURS = ("#2563eb", "#d97706", "#059669", "#9333ea")


def log_chart(title: str, x_label: str, y_label: str, series: Mapping[str, Points]) -> str:
    """Return a chart of points (x, y), all above 0, one line a series."""
    points = [point for line in series.values() for point in line]
    across = _decades([x for x, _ in points])
    up = _decades([y for _, y in points])
    marks = [*_grid(across, up), _text(_LEFT, 20, title, "start", "bold")]
    marks.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, x_label, "middle"))
    marks.append(_text(8, 20 + _TOP - 18, y_label, "start"))
    for (name, line), colour in zip(series.items(), _COLOURS, strict=False):
        places = [(_x(x, across), _y(y, up)) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        marks.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>')
        marks.extend(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places
        )
        x, y = places[-1]
        marks.append(_text(x + 8, y + 4, name, "start", colour=colour))
    body = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="12" role="img">\n'
        f"<title>{html.escape(title)}</title>\n{body}\n</svg>\n"
    )


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Return the exponents of 10 that values lie between, one apart at least."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _grid(across: tuple[int, int], up: tuple[int, int]) -> Iterator[str]:
    for exponent in range(across[0], across[1] + 1):
        x = _x(10.0**exponent, across)
        yield _line(x, _TOP, x, _HEIGHT - _BOTTOM)
        yield _text(x, _HEIGHT - _BOTTOM + 16, _number(exponent), "middle")
    for exponent in range(up[0], up[1] + 1):
        y = _y(10.0**exponent, up)
        yield _line(_LEFT, y, _WIDTH - _RIGHT, y)
        yield _text(_LEFT - 6, y + 4, _number(exponent), "end")


def _x(value: float, decades: tuple[int, int]) -> float:
    return _LEFT + _share(value, decades) * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, decades: tuple[int, int]) -> float:
    return _HEIGHT - _BOTTOM - _share(value, decades) * (_HEIGHT - _TOP - _BOTTOM)


def _share(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _number(exponent: int) -> str:
    return f"{10**exponent:,}" if exponent >= 0 else f"{10.0**exponent:g}"


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#8884"/>'


def _text(
    x: float, y: float, text: str, anchor: str, weight: str = "normal", colour: str = "#888"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{colour}">{html.escape(text)}</text>'
    )
