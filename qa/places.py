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


def sample_questions() -> Path:
    """Return the file of questions on the bundled samples."""
    return Path(str(files(corpus).joinpath("samples", "questions.jsonl")))


def library_for(paths: Sequence[Path]) -> Path:
    """Return the folder of the library kept for exactly these paths, in any order."""
    return _kept_for(paths, "libraries")


def evaluated_documents_for(folder: Path) -> Path:
    """Return the folder where the documents of a set in BEIR layout are kept as files."""
    return _kept_for([folder], "evaluations")


def _kept_for(paths: Sequence[Path], kind: str) -> Path:
    resolved = sorted({str(path.expanduser().resolve()) for path in paths})
    digest = hashlib.sha256("\0".join(resolved).encode("utf-8", "surrogateescape")).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", Path(resolved[0]).name).strip("-.")[:40] or "documents"
    return user_data_path("document-qa", appauthor=False) / kind / f"{name}-{digest[:12]}"
