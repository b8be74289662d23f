"""A copy of what a library cannot learn again from its documents: model, roots, exclusions."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from corpus.errors import Damaged, LibraryError
from qa.portable import PortablePaths
from qa.store import RootOptions

_NAME = "library.json"


@dataclass(frozen=True, slots=True)
class Notes:
    """A library's settings, its roots with how each is read, and what was forgotten."""

    settings: dict[str, str]
    roots: dict[str, RootOptions]
    forgotten: list[str]


def write_notes(folder: Path, notes: Notes) -> None:
    """Write the copy, if it says anything new, beside its place and then into it.

    Raises `LibraryError` where it cannot be written.
    """
    if says(folder, notes):
        return
    body = asdict(_renamed(notes, PortablePaths(folder).kept))
    text = json.dumps({**body, "digest": _digest(body)}, indent=1, ensure_ascii=False)
    scratch = folder / f".{_NAME}"
    try:
        scratch.write_text(text, encoding="utf-8")
        os.replace(scratch, folder / _NAME)
    except OSError as error:
        raise LibraryError(
            f"{folder / _NAME} cannot be written ({error.strerror}); "
            "check the disk's room and permissions"
        ) from error


def says(folder: Path, notes: Notes) -> bool:
    """Tell whether the copy is there and says just this."""
    try:
        return read_notes(folder) == notes
    except Damaged:
        return False


def is_damaged(folder: Path) -> bool:
    """Tell whether there is a copy that cannot be used; none at all is none that is damaged."""
    try:
        return (folder / _NAME).exists() and not read_notes(folder)
    except Damaged:
        return True


def read_notes(folder: Path) -> Notes:
    """Read the copy. Raises `Damaged` where there is none that is what was written."""
    try:
        kept = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        if kept.pop("digest") != _digest(kept):
            raise ValueError("it is not what was written")
        roots = {root: _options(options) for root, options in kept["roots"].items()}
        notes = Notes(dict(kept["settings"]), roots, list(kept["forgotten"]))
        return _renamed(notes, PortablePaths(folder).on_disk)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(
            f"{folder} cannot be mended: {_NAME}, the copy of its roots, cannot be read either; "
            "index its documents into a new folder with --library"
        ) from error


def _renamed(notes: Notes, name: Callable[[str], str]) -> Notes:
    """Return notes with every path as ``name`` says it."""
    roots = {name(root): options for root, options in notes.roots.items()}
    return replace(notes, roots=roots, forgotten=[name(path) for path in notes.forgotten])


def _options(kept: dict[str, Any] | list[str]) -> RootOptions:
    """Return how a root is read; older versions kept the excluded patterns alone."""
    if isinstance(kept, list):
        return RootOptions(tuple(kept))
    return RootOptions(tuple(kept["exclude"]), bool(kept["ocr"]))


def _digest(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
