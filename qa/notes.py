"""A copy of what a library cannot learn again from its documents: model, roots, exclusions."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from corpus.errors import LibraryError

_NAME = "library.json"


@dataclass(frozen=True, slots=True)
class Notes:
    """A library's settings, its roots with the patterns each excludes, and what was forgotten."""

    settings: dict[str, str]
    roots: dict[str, list[str]]
    forgotten: list[str]


def write_notes(folder: Path, notes: Notes) -> None:
    """Write the copy, if it says anything new, beside its place and then into it."""
    text = json.dumps(asdict(notes), indent=1, ensure_ascii=False)
    place = folder / _NAME
    if place.is_file() and place.read_text(encoding="utf-8") == text:
        return
    scratch = folder / f".{_NAME}"
    scratch.write_text(text, encoding="utf-8")
    os.replace(scratch, place)


def read_notes(folder: Path) -> Notes:
    """Read the copy. Raises `LibraryError` where there is none that can be used."""
    try:
        kept = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        return Notes(dict(kept["settings"]), dict(kept["roots"]), list(kept["forgotten"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LibraryError(
            f"{folder} cannot be mended: {_NAME}, the copy of its roots, cannot be read either; "
            "index its documents into a new folder with --library"
        ) from error
