"""Paths as a library keeps them: those of its uploads relative to it, so that it may be moved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

UPLOADS: Final = "uploads"


def uploads_folder(library: Path) -> Path:
    """Return the folder of a library's uploads, links in the library's path resolved."""
    return library.resolve() / UPLOADS


class PortablePaths:
    """Turns paths on disk into those that are kept, and back; only uploads' differ."""

    def __init__(self, library: Path) -> None:
        """Take the folder in which the library stands now."""
        self._before = str(library.resolve()).rstrip(os.sep) + os.sep

    def kept(self, path: str) -> str:
        """Return a path as it is kept."""
        inside = path.removeprefix(self._before)
        if inside == path:
            return path
        inside = inside.replace(os.sep, "/")
        return inside if _is_upload(inside) else path

    def on_disk(self, kept: str) -> str:
        """Return the path on disk of one that is kept."""
        return self._before + kept.replace("/", os.sep) if _is_upload(kept) else kept


def _is_upload(kept: str) -> bool:
    """Tell whether a kept path is relative: all others are absolute."""
    return kept == UPLOADS or kept.startswith(UPLOADS + "/")
