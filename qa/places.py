"""Where things are kept on this computer when nobody says where."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from platformdirs import user_data_path

import corpus
from qa.milvus.address import StoreAddress
from qa.roots import source_of


def sample_documents() -> Path:
    """Return the folder of the bundled sample documents."""
    return Path(str(files(corpus).joinpath("samples", "documents")))


def sample_questions() -> Path:
    """Return the file of questions on the bundled samples."""
    return Path(str(files(corpus).joinpath("samples", "questions.jsonl")))


def library_for(paths: Sequence[str | Path]) -> Path:
    """Return the folder of the library kept for exactly these paths or URLs, in any order."""
    return _kept_for(paths, "libraries")


def library_for_store(store: str) -> Path:
    """Return the folder of what this machine keeps for a library in a store, by its address."""
    shown = StoreAddress.parse(store).shown
    return _named(shown.partition("?")[0].rpartition("/")[2], shown, "stores")


def evaluated_documents_for(folder: Path) -> Path:
    """Return the folder where the documents of a set in BEIR layout are kept as files."""
    return _kept_for([folder], "evaluations")


def _kept_for(paths: Sequence[str | Path], kind: str) -> Path:
    resolved = sorted(set(map(source_of, paths)))
    return _named(Path(resolved[0]).name, "\0".join(resolved), kind)


def _named(name: str, whole: str, kind: str) -> Path:
    digest = hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:40] or "documents"
    return user_data_path("document-qa", appauthor=False) / kind / f"{name}-{digest[:12]}"
