"""How numbers are said, in the terminal, on the page and in messages."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it has to be."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
