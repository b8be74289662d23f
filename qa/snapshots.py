"""The derived indexes on disk: immutable snapshots up to a change, published by one rename.

A snapshot is a folder with the dense and the sparse index and a manifest of their digests. The next
one starts as hard links to the files of the last, which neither index ever writes in place, so a
reader keeps a whole snapshot for as long as it has it open, and publishing costs what has changed.
Whatever is missing, damaged, of another model or of a format that is not known is as good as empty:
rows newer than a snapshot are scored by brute force, so answers are the same and only slower until
the writer publishes again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import LibraryError
from embeddings.dense import DenseIndex
from embeddings.sparse import SparseIndex
from embeddings.types import Ids, Vectors
from qa.store import View

_FORMAT = 2
_FORMATS = (1, 2)  # which can be read; the dense index of format 1 had no base
_SPARSE, _MANIFEST = "sparse", "manifest.json"
#: What reading a damaged manifest or index raises.
_UNUSABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, MemoryError)
_BLOCK = 4096  # rows read from the store at a time while a snapshot is built
_SAME = 0.05  # how far a vector of length 1 may be from what the dense index keeps of it


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Both indexes over the rows up to ``last_row`` as they stood at ``change``.

    ``files`` are what the manifest says of each file: its state when written, and its digest.
    """

    name: str
    change: int
    last_row: int
    dense: DenseIndex
    sparse: SparseIndex
    files: Mapping[str, Any]


class Snapshots:
    """The snapshots of one library; many may read, only the writer publishes."""

    def __init__(self, folder: Path, fingerprint: str, dimension: int) -> None:
        """Look at a folder, which need not be there yet."""
        self._folder = folder
        self._fingerprint = fingerprint
        self._dimension = dimension
        self._current = self.empty()

    def current(self) -> Snapshot:
        """Return the newest snapshot, or an empty one where none can be used."""
        name = self._published()
        if name != self._current.name:
            self._current = self._open(name) or self.empty()
        return self._current

    def beside(self, view: View) -> Snapshot:
        """Return the newest snapshot: it may be newer than a view, for all that."""
        return self.current()

    def empty(self) -> Snapshot:
        """Return a snapshot of nothing, with which every row is scored by brute force."""
        return Snapshot("", 0, 0, DenseIndex.empty(self._dimension), SparseIndex.empty(), {})

    def newest(self) -> int:
        """Return the change that the newest snapshot goes up to, unopened; 0 without one."""
        name = self._published()
        return int(name) if name.isdecimal() else 0

    def publish(self, view: View, *, afresh: bool = False) -> Snapshot:
        """Bring the snapshot up to a view and make it the one that readers open.

        Raises `LibraryError` where it cannot be written; the one before stays then.
        ``afresh`` builds it from the view alone, with nothing of the one before.
        """
        before = self.empty() if afresh else self.current()
        name = f"{view.change:016d}"
        if name == before.name:
            return before
        scratch = self._folder / f".{name}"
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            (scratch / _SPARSE).mkdir(parents=True)
            self._write(scratch, before, view)
            shutil.rmtree(self._folder / name, ignore_errors=True)
            os.replace(scratch, self._folder / name)
            self._point_to(name)
        except (OSError, RuntimeError, ValueError) as error:  # FAISS and tantivy raise the latter
            shutil.rmtree(scratch, ignore_errors=True)
            reason = " ".join(str(error).split())
            raise LibraryError(
                f"the indexes in {self._folder} cannot be written ({reason}); "
                "check the disk's room and permissions"
            ) from error
        self._remove_all_but(name)
        return self.current()

    def lack(self, view: View) -> str:
        """Say what a run that was cut short left undone, or a loss of power undid; else nothing.

        Answers are right all the same: rows without an index are scored by brute force.
        """
        if view.passages and not self._published():
            return "there is no snapshot"
        if self.newest() > view.change:
            return "the snapshot holds changes that the database has lost"
        return ""

    def damage(self, view: View) -> Iterator[str]:
        """Yield what is wrong with the published snapshot, after reading all of it."""
        name = self._published()
        if not name:
            return
        snapshot = self._open(name, trusting=False)
        if snapshot is None:
            yield f"the snapshot {name} is damaged or of another model"
            return
        live = view.rows_after(0)
        covered = live[live <= snapshot.last_row]
        removed = view.removed_after(snapshot.change)
        expected = np.union1d(covered, removed[removed <= snapshot.last_row])
        for kind, ids in (("dense", snapshot.dense.ids()), ("sparse", snapshot.sparse.ids())):
            if not np.array_equal(np.sort(ids), expected):
                yield f"the {kind} index holds other rows than the passages"
        blocks = snapshot.dense.blocks()
        if not all(_are_of(view, covered, ids, vectors) for ids, vectors in blocks):
            yield "the dense index holds other vectors than the passages"

    def discard(self) -> None:
        """Delete every snapshot; readers go without until the next is published."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._current = self.empty()

    def _write(self, folder: Path, before: Snapshot, view: View) -> None:
        rows = view.rows_after(before.last_row)
        removed = view.removed_after(before.change)
        removed = removed[removed <= before.last_row]
        if before.name:
            _link(self._folder / before.name, folder)
            dense = DenseIndex.load(folder)
            sparse = SparseIndex.load(folder / _SPARSE)
        else:
            dense = DenseIndex.empty(self._dimension)
            sparse = SparseIndex.empty(folder / _SPARSE)
        dense.remove(removed)
        for first in range(0, max(len(rows), 1), _BLOCK):
            block = rows[first : first + _BLOCK]
            vectors, terms = view.contents(block)
            dense.add(block, vectors)
            sparse.update(removed if first == 0 else removed[:0], block, terms)
        dense.settle()
        dense.save(folder)
        last_row = int(rows[-1]) if len(rows) else before.last_row
        self._write_manifest(folder, view.change, last_row, before.files)

    def _write_manifest(
        self, folder: Path, change: int, last_row: int, known: Mapping[str, Any]
    ) -> None:
        """Write the manifest; a file whose state is ``known`` is a link, and is not read again."""
        files = {}
        for name, path in _files(folder):
            entry, state = known.get(name), _state(path)
            is_known = entry is not None and entry["state"] == state
            files[name] = entry if is_known else {"state": state, "digest": _digest(path)}
        body = {
            "format": _FORMAT,
            "fingerprint": self._fingerprint,
            "change": change,
            "last_row": last_row,
            "files": files,
        }
        text = json.dumps({**body, "digest": _digest_of(body)}, indent=1)
        (folder / _MANIFEST).write_text(text, encoding="utf-8")

    def _open(self, name: str, *, trusting: bool = True) -> Snapshot | None:
        """Open a snapshot whose manifest and files are what was written, else None.

        ``trusting`` takes a file of known size, time and inode for what it was, unread.
        """
        folder = self._folder / name
        try:
            manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            digest = manifest.pop("digest")
            if digest != _digest_of(manifest) or not self._is_whole(folder, manifest, trusting):
                return None
            return Snapshot(
                name=name,
                change=manifest["change"],
                last_row=manifest["last_row"],
                dense=DenseIndex.load(folder),
                sparse=SparseIndex.load(folder / _SPARSE),
                files=manifest["files"],
            )
        except _UNUSABLE:
            return None  # as good as empty; the writer makes a new one

    def _is_whole(self, folder: Path, manifest: dict[str, Any], trusting: bool) -> bool:
        if manifest["format"] not in _FORMATS or manifest["fingerprint"] != self._fingerprint:
            return False
        found = dict(_files(folder))
        return set(found) >= set(manifest["files"]) and all(
            (trusting and entry["state"] == _state(found[name]))
            or entry["digest"] == _digest(found[name])
            for name, entry in manifest["files"].items()
        )

    def _published(self) -> str:
        try:
            return (self._folder / "current").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""

    def _point_to(self, name: str) -> None:
        pointer = self._folder / ".current"
        pointer.write_text(name, encoding="ascii")
        os.replace(pointer, self._folder / "current")

    def _remove_all_but(self, name: str) -> None:
        for path in self._folder.iterdir():
            if path.is_dir() and path.name != name:
                shutil.rmtree(path, ignore_errors=True)


def _are_of(view: View, live: Ids, ids: Ids, vectors: Vectors) -> bool:
    """Tell whether vectors of the dense index are those of the passages that are live."""
    order = np.argsort(ids)
    order = order[np.isin(ids[order], live)]
    try:
        stored, _ = view.contents(ids[order])
    except LibraryError:
        return False
    distances = np.linalg.norm(stored - vectors[order], axis=1)
    return bool(distances.max(initial=0.0) < _SAME)


def _link(source: Path, target: Path) -> None:
    for name, path in _files(source):
        _link_file(path, target / name)


def _link_file(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != _MANIFEST and path.suffix != ".lock":
            yield path.relative_to(folder).as_posix(), path


def _state(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino]


def _digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _digest_of(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
