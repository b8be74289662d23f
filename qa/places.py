"""Where things are kept on this computer when nobody says where."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from platformdirs import user_data_path

import corpus


def sample_documents() -> Path:
    """Return the folder of the bundled sample documents."""
    return Path(str(files(corpus).joinpath("samples", "documents")))


def library_for(paths: Sequence[Path]) -> Path:
    """Return the folder of the library kept for exactly these paths, in any order."""
    resolved = sorted({str(path.expanduser().resolve()) for path in paths})
    digest = hashlib.sha256("\0".join(resolved).encode("utf-8", "surrogateescape")).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", Path(resolved[0]).name).strip("-.")[:40] or "documents"
    return user_data_path("document-qa", appauthor=False) / "libraries" / f"{name}-{digest[:12]}"
