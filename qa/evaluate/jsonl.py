"""Files of one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.errors import UsageError


def json_objects(path: Path, hint: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place (file and line) and the object of each line that is not blank.

    Lines end with a line feed and nothing else: other line separators may stand in a JSON string.
    Raises `UsageError` that names the place at fault and ends with ``hint``.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    where = f"{path}, line {number}"
                    yield where, _parsed(line, where, hint)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); {hint}") from error


def _parsed(line: bytes, where: str, hint: str) -> dict[str, Any]:
    try:
        entry: Any = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{where} is not UTF-8 text; {hint}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where} is not JSON ({error}); {hint}") from error
    if not isinstance(entry, dict):
        raise UsageError(f"{where} is not an object; {hint}")
    return entry
