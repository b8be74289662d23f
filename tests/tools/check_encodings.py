"""Measure how many files of a known encoding are decoded as that encoding gives.

Usage: python tests/tools/check_encodings.py FOLDER

Each file's encoding is the name of the nearest folder above it that names one, also with a
language after it: ``iso-8859-2-czech``. A file is right when its text is what that encoding gives.
Files of an encoding that Python cannot decode are counted apart, and files under no such folder
are left out.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from pathlib import Path

from corpus.errors import ReadError
from corpus.readers.decoding import decode

NAMES = {"maccyrillic": "mac-cyrillic", "macroman": "mac-roman"}
UNKNOWN_TO_PYTHON = frozenset({"euc-tw", "iso-2022-cn", "tscii"})


def main(folder: Path) -> None:
    """Print the share of files decoded right, and those that were not."""
    right, misses, unknown = 0, [], []
    for path, encoding in _files(folder):
        if not encoding:
            unknown.append(str(path))
            continue
        found, text = _decoded(path)
        if text == path.read_bytes().decode(encoding, "replace").removeprefix("\ufeff"):
            right += 1
        else:
            misses.append(f"{path}: {encoding} taken for {found}")
    total = right + len(misses)
    print(f"{right} of {total} files decoded right ({right / max(total, 1):.1%})")
    for miss in misses:
        print(f"  {miss}")
    for name in unknown:
        print(f"  not counted, Python has no such codec: {name}")


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files and their encodings, empty for one that Python lacks."""
    for path in sorted(folder.rglob("*")):
        stated = map(_stated, reversed(path.relative_to(folder).parts[:-1]))
        encoding = next((name for name in stated if name is not None), None)
        if path.is_file() and encoding is not None:
            yield path, encoding


def _stated(name: str) -> str | None:
    """Return the encoding that a folder is named after, None when it is none."""
    words = name.lower().split("-")
    for length in range(len(words), 0, -1):
        stated = "-".join(words[:length])
        if stated in UNKNOWN_TO_PYTHON:
            return ""
        try:
            return codecs.lookup(NAMES.get(stated, stated)).name
        except LookupError:
            continue
    return None


def _decoded(path: Path) -> tuple[str, str]:
    try:
        text, encoding = decode(path.read_bytes())
    except ReadError as error:
        return str(error), ""
    return encoding, text


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
