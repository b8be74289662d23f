"""File names from outside, made safe: one component of a path, on every system."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MOST_BYTES: Final = 200
"""The longest name in UTF-8: systems allow 255, and temporary names need some of it."""

_LONGEST_SUFFIX = 32  # bytes; what is longer, or holds a space, is no extension
_JOINERS = "\u200c\u200d"  # the only invisible characters that words of some scripts need
_INVISIBLE = ("Cf", "Cs")  # marks of direction among them, and halves of characters
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


def safe_name(name: str) -> str:
    """Return a name of one path component that any system takes, as like ``name`` as can be.

    Letters of all scripts stay, and so does the extension; separators and what Windows forbids
    become ``_``, control characters spaces, and marks that turn the direction of writing go, as do
    dots in front. It is at most ``MOST_BYTES`` long, and safe names stay as they are.
    """
    stem, suffix = _split(_plain(name).rstrip(" ."))
    stem = stem.lstrip(" .") or "unnamed"
    if _RESERVED.fullmatch(stem.partition(".")[0].rstrip()):
        stem = f"_{stem}"
    room = MOST_BYTES - len(suffix.encode())
    if len(stem.encode()) > room:
        stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .")
    return stem + suffix


def _plain(name: str) -> str:
    """Return a name in composed form, without what is unseen, in the way, or twice a space."""
    characters = (
        " " if character.isspace() or unicodedata.category(character) == "Cc" else character
        for character in unicodedata.normalize("NFC", name)
        if character in _JOINERS or unicodedata.category(character) not in _INVISIBLE
    )
    kept = re.sub(" +", " ", "".join(characters))
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("_", kept))


def _split(name: str) -> tuple[str, str]:
    """Return a name's stem and its extension with the dot, empty where it has none."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or " " in suffix or len(suffix.encode()) > _LONGEST_SUFFIX:
        return name, ""
    return stem, f".{suffix}"
