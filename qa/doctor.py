"""What state a library is in, and mending it, also when it cannot be opened."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus.errors import LibraryError
from qa import schema
from qa.checkup import REPAIR, Finding
from qa.library import DATABASE, Library
from qa.lock import writer_lock
from qa.notes import read_notes
from qa.sqlite import SQLiteStore
from qa.sync import OnProgress

_PACKAGES = ("document-qa", "faiss-cpu", "tantivy", "sentence-transformers", "openvino", "numpy")


@dataclass(frozen=True, slots=True)
class Examination:
    """Facts about a library, sizes in bytes, and what is off."""

    library: str
    format: int
    model: str | None
    fingerprint: str | None
    documents: int
    passages: int
    size: int
    free: int
    versions: dict[str, str]
    findings: list[Finding]

    def to_dict(self) -> dict[str, Any]:
        """Return the examination as ``qa doctor --json`` prints it."""
        return asdict(self)


def examine(folder: Path) -> Examination:
    """Look at everything and change nothing. Raises `LibraryError` where there is no library."""
    documents = passages = 0
    settings: dict[str, str] = {}
    try:
        with Library.open(folder, create=False) as library:
            settings = dict(library.settings)
            found = library.verify()
            infos = library.documents()
            documents, passages = len(infos), sum(info.passages for info in infos)
    except LibraryError as error:
        if not (folder / DATABASE).is_file() or "newer version" in str(error):
            raise
        if not settings:
            found = [Finding("the library", str(error).partition(";")[0], REPAIR)]
    return Examination(
        library=str(folder),
        format=schema.FORMAT,
        model=settings.get("model"),
        fingerprint=settings.get("fingerprint"),
        documents=documents,
        passages=passages,
        size=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        free=shutil.disk_usage(folder).free,
        versions={name: version(name) for name in _PACKAGES},
        findings=found,
    )


def repair(folder: Path, tell: OnProgress | None) -> None:
    """Mend a library; where its database cannot be read, make it anew from its roots.

    Documents whose files are gone stay as they are, unless the database had to be made anew.
    """
    if _is_readable(folder):
        with Library.open(folder, create=False) as library:
            library.mend(on_progress=tell)
        return
    notes = read_notes(folder)
    with writer_lock(folder, lambda who: None):
        for path in folder.glob(f"{DATABASE}*"):
            path.unlink()
        shutil.rmtree(folder / "snapshots", ignore_errors=True)
        SQLiteStore.create(folder / DATABASE, notes.settings)
        store = SQLiteStore(folder / DATABASE, int(notes.settings["dimension"]))
        for root, exclude in notes.roots.items():
            store.add_root(root, exclude)
        for source in notes.forgotten:
            store.forget(source)
        store.close()
    with Library.open(folder, create=False) as library:
        library.mend(on_progress=tell)


def _is_readable(folder: Path) -> bool:
    try:
        with Library.open(folder, create=False) as library:
            return not any("malformed" in finding.what for finding in library.verify())
    except LibraryError:
        return False
