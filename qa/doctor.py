"""What state a library is in, and mending it, also when it cannot be opened."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus.errors import Damaged, LibraryError, ModelError
from qa import schema
from qa.backends import DATABASE, backend_of
from qa.checkup import REPAIR, Finding
from qa.library import Library
from qa.lock import writer_lock
from qa.notes import Notes, read_notes
from qa.progress import OnProgress
from qa.sqlite import SQLiteStore
from qa.weights import Weights

_PACKAGES = ("document-qa", "faiss-cpu", "tantivy", "sentence-transformers", "openvino", "numpy")


@dataclass(frozen=True, slots=True)
class Examination:
    """Facts about a library, sizes in bytes, what is worth knowing of it, and what is off.

    ``store`` says where its documents are kept and how that is, where they are not in the folder.
    """

    library: str
    format: int
    model: str | None
    fingerprint: str | None
    weights: Weights | None
    documents: int
    passages: int
    size: int
    free: int
    store: dict[str, str]
    versions: dict[str, str]
    notes: list[str]
    findings: list[Finding]

    def to_dict(self) -> dict[str, Any]:
        """Return the examination as ``qa doctor --json`` prints it."""
        return asdict(self)


def verify(folder: Path, store: str | None = None) -> list[Finding]:
    """Return what is off in a library, also when it cannot be opened for damage."""
    try:
        with Library.open(folder, create=False, store=store) as library:
            return library.verify()
    except Damaged as error:
        return [Finding("the library", str(error).partition(";")[0], REPAIR)]


def examine(folder: Path, store: str | None = None) -> Examination:
    """Look at everything and change nothing. Raises `LibraryError` where there is no library."""
    documents = passages = 0
    weights = None
    notes: list[str] = []
    settings: dict[str, str] = {}
    found = verify(folder, store)
    with suppress(Damaged), Library.open(folder, create=False, store=store) as library:
        settings = dict(library.settings)
        weights = library.weights()
        infos = library.documents()
        documents, passages = len(infos), sum(info.passages for info in infos)
        with suppress(ModelError, LibraryError):
            notes = library.notes()
    return Examination(
        library=str(folder),
        format=schema.FORMAT,
        model=settings.get("model"),
        fingerprint=settings.get("fingerprint"),
        weights=weights,
        documents=documents,
        passages=passages,
        size=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        free=shutil.disk_usage(folder).free,
        store=backend_of(folder, store).describe(),
        versions={name: version(name) for name in _PACKAGES},
        notes=notes,
        findings=found,
    )


def repair(folder: Path, tell: OnProgress | None, store: str | None = None) -> None:
    """Mend a library; where its database is what is damaged, make it anew from its roots.

    Documents whose files are gone stay as they are, unless the database had to be made anew.
    """
    if not _is_mended(folder, tell, store):
        if backend_of(folder, store).is_shared:
            raise Damaged(
                f"{folder} could not be mended: its documents may lie on other machines; index "
                "them into a new collection with --store"
            )
        _make_anew(folder, read_notes(folder))
        with Library.open(folder, create=False) as library:
            library.mend(on_progress=tell)


def _is_mended(folder: Path, tell: OnProgress | None, store: str | None) -> bool:
    """Mend in place, where the database can be read at all; tell whether that did it.

    A disk without room, say, is another matter, and raises.
    """
    try:
        with Library.open(folder, create=False, store=store) as library:
            if any("malformed" in finding.what for finding in library.verify()):
                return False
            library.mend(on_progress=tell)
            return all(finding.fix != REPAIR for finding in library.verify())
    except Damaged:
        return False


def _make_anew(folder: Path, notes: Notes) -> None:
    """Put a database without documents in the place of one that cannot be mended."""
    scratch = folder / f".{DATABASE}"
    with writer_lock(folder, lambda who: None):
        _delete(scratch)
        SQLiteStore.create(scratch, notes.settings)
        store = SQLiteStore(scratch, int(notes.settings["dimension"]))
        for root, options in notes.roots.items():
            store.add_root(root, exclude=options.exclude, ocr=options.ocr)
        for source in notes.forgotten:
            store.forget(source)
        store.close()
        shutil.rmtree(folder / "snapshots", ignore_errors=True)
        _delete(folder / DATABASE, but_the_file=True)
        os.replace(scratch, folder / DATABASE)


def _delete(database: Path, *, but_the_file: bool = False) -> None:
    """Delete a database with its log, which must never meet another file of its name."""
    for path in database.parent.glob(f"{database.name}*"):
        if path != database or not but_the_file:
            path.unlink()
