"""Which rows of a table name its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

SAMPLE: Final = 16
"""Rows from the top that are looked at."""

_MOST_TITLE_ROWS: Final = 4
_MOST_HEADERS: Final = 3
_ISO_DATE: Final = re.compile(r"\d{4}-\d\d(?:-\d\d(?:[T ][\d:.,+Z -]*)?)?")
_PERIOD: Final = re.compile(
    rf"(?:1[89]|20|21)\d\d(?:\s*[/–-]\s*\d\d(?:\d\d)?)?|{_ISO_DATE.pattern}"
)
_WORD_VALUES: Final = frozenset({"true", "false", "nan", "null", "n/a", "#n/a", "#ref!", "#div/0!"})


def count_headers(rows: Sequence[Sequence[str]]) -> int:
    """Return how many of a table's first rows are its header: titles, then names of columns.

    ``rows`` are the cells of the first `SAMPLE` rows; an empty string is a cell without content.
    A table of one column has a header only above values.
    """
    widest = max((_filled(row) for row in rows), default=0)
    titles = 0
    while widest > 1 and titles < len(rows) and _filled(rows[titles]) == 1:
        titles += 1
    if titles > _MOST_TITLE_ROWS:
        return 0
    names = rows[titles : titles + 1]
    below = rows[titles + 1 :]
    if not below or not names:
        return 0
    if not _names_columns(names[0]):
        return titles
    if widest == 1 and not all(_is_value(cell) for row in below for cell in row if cell):
        return 0
    return titles + 1 + _more_headers(names[0], below, widest)


def _more_headers(upper: Sequence[str], below: Sequence[Sequence[str]], widest: int) -> int:
    """Return how many rows below a header with gaps name the columns that it groups."""
    more = 0
    while (
        more < _MOST_HEADERS - 1
        and _filled(upper) < widest
        and more + 1 < len(below)
        and not any(map(_is_value, below[more]))
        and any(map(_is_value, below[more + 1]))
    ):
        upper = below[more]
        more += 1
    return more


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _names_columns(row: Sequence[str]) -> bool:
    """Tell whether a row holds names: texts, or years and dates beside the first column."""
    cells = [cell for cell in row if cell]
    values = [cell for cell in cells if _is_value(cell)]
    if not values:
        return bool(cells)
    starts_with_value = bool(row[0]) and _is_value(row[0])
    return (
        not starts_with_value
        and len(set(values)) == len(values)
        and all(map(_PERIOD.fullmatch, values))
    )


def _is_value(cell: str) -> bool:
    """Tell whether a cell holds a number, a date, a truth value or an error, not a text."""
    if any(map(str.isalpha, cell)):
        return cell.lower() in _WORD_VALUES or _ISO_DATE.fullmatch(cell) is not None
    return any(map(str.isdigit, cell))
