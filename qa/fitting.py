"""Checks of data from outside: each returns what it was given, typed, or raises `Unfit`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

Item = TypeVar("Item")


class Unfit(ValueError):
    """Data of another form than was asked for."""


def parsed(text: object, longest: int) -> Any:
    """Return the data in JSON of at most ``longest`` characters."""
    if not isinstance(text, str) or len(text) > longest:
        raise Unfit(f"expected JSON of at most {longest:,} characters")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unfit("expected JSON") from error


def fields_of(data: object) -> Mapping[str, object]:
    """Return an object's fields."""
    if not isinstance(data, dict):
        raise Unfit("expected an object")
    return data


def items_of(data: object, most: int, item: Callable[[object], Item]) -> tuple[Item, ...]:
    """Return each of at most ``most`` items as ``item`` makes it."""
    if not isinstance(data, (list, tuple)) or len(data) > most:
        raise Unfit(f"expected at most {most:,} items")
    return tuple(map(item, data))


def pair_of(data: object) -> tuple[object, object]:
    """Return two items."""
    if not isinstance(data, (list, tuple)) or len(data) != 2:
        raise Unfit("expected a pair")
    return data[0], data[1]


def text_of(value: object, longest: int) -> str:
    """Return a text of at most ``longest`` characters."""
    if not isinstance(value, str) or len(value) > longest:
        raise Unfit(f"expected a text of at most {longest:,} characters")
    return value


def truth_of(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise Unfit("expected true or false")
    return value


def whole_of(value: object, least: int, most: int) -> int:
    """Return a whole number from ``least`` to ``most``, both included."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Unfit(f"expected a whole number from {least:,} to {most:,}")
    return value


def share_of(value: object) -> float:
    """Return a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise Unfit("expected a number from 0 to 1")
    return float(value)
