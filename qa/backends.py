"""Where a library is kept: in its folder, or in a store that many machines share.

The folder of a shared library holds what belongs to this machine: the lock, uploads, labels, and
``store.json``, which says where the rest is. Passwords are not kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from corpus.errors import LibraryError, UsageError
from qa.indexes import Indexes
from qa.lock import LOCK_FILES
from qa.milvus.address import StoreAddress
from qa.store import Store

DATABASE = "library.sqlite"
STORE = "store.json"
_OWN = {"library.json", "questions.jsonl", "uploads"}  # what a machine keeps for itself


class Backend(Protocol):
    """What keeps a library, and makes a new one."""

    @property
    def where(self) -> str:
        """What messages call it."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether other machines may use it."""
        ...

    def describe(self) -> dict[str, str]:
        """Return what is worth knowing of a store that is not the folder."""
        ...

    def settings(self) -> dict[str, str]:
        """Return what the library was made with, nothing where there is none."""
        ...

    def is_free(self, names: Iterable[str]) -> bool:
        """Tell whether a folder that holds these names may become this library's."""
        ...

    def create(self, settings: Mapping[str, str]) -> None:
        """Make an empty library with its settings, unless another process was first."""
        ...

    def open(self, settings: Mapping[str, str]) -> tuple[Store, Indexes]:
        """Open the library."""
        ...


class EmbeddedBackend:
    """A library in its folder: SQLite, FAISS, tantivy."""

    is_shared = False

    def __init__(self, folder: Path) -> None:
        """Take the library's folder, which need not be there."""
        self._folder = folder
        self.where = str(folder)

    def describe(self) -> dict[str, str]:
        """Return nothing: all is in the folder."""
        return {}

    def settings(self) -> dict[str, str]:
        """Return what the library was made with, nothing where there is none."""
        from qa.sqlite import SQLiteStore

        database = self._folder / DATABASE
        return SQLiteStore.read_settings(database) if database.is_file() else {}

    def is_free(self, names: Iterable[str]) -> bool:
        """Tell whether nothing is there but what another process has begun."""
        found = set(names)
        return DATABASE in found or found <= set(LOCK_FILES)

    def create(self, settings: Mapping[str, str]) -> None:
        """Make an empty library with its settings, unless another process was first."""
        from qa.sqlite import SQLiteStore

        SQLiteStore.create(self._folder / DATABASE, settings)

    def open(self, settings: Mapping[str, str]) -> tuple[Store, Indexes]:
        """Open the library."""
        from qa.snapshots import Snapshots
        from qa.sqlite import SQLiteStore

        dimension = int(settings["dimension"])
        snapshots = Snapshots(self._folder / "snapshots", settings["fingerprint"], dimension)
        return SQLiteStore(self._folder / DATABASE, dimension), snapshots


class MilvusBackend:
    """A library in Milvus."""

    is_shared = True

    def __init__(self, folder: Path, address: StoreAddress) -> None:
        """Take the folder of what belongs to this machine. Raises `UsageError` without pymilvus."""
        from qa.milvus.connection import Connection

        needed = ("pymilvus", "milvus_lite") if address.is_file else ("pymilvus",)
        if not all(map(find_spec, needed)):
            raise UsageError(
                f"{address.shown} needs Milvus's client; pip install 'document-qa[milvus]'"
            )
        self._folder = folder
        self._address = address
        self.connection = Connection(address)
        self.where = address.shown

    def describe(self) -> dict[str, str]:
        """Return address, server and consistency, and how far the library is."""
        from qa.milvus.store import describe

        return describe(self.connection)

    def settings(self) -> dict[str, str]:
        """Return what the library was made with, nothing where there is none."""
        from qa.milvus.store import MilvusStore

        if self._address.is_file and not Path(self._address.uri).exists():
            return {}  # to look would make it
        return MilvusStore.read_settings(self.connection)

    def is_free(self, names: Iterable[str]) -> bool:
        """Tell whether nothing is there but what belongs to a shared library."""
        own = {*LOCK_FILES, *_OWN, STORE, Path(self._address.uri).name}
        return set(names) <= own

    def create(self, settings: Mapping[str, str]) -> None:
        """Make an empty library with its settings, unless another process was first."""
        from qa.milvus.store import MilvusStore

        MilvusStore.create(self.connection, settings)

    def open(self, settings: Mapping[str, str]) -> tuple[Store, Indexes]:
        """Open the library, and remember in the folder where it is."""
        from qa.milvus.indexes import MilvusIndexes
        from qa.milvus.store import MilvusStore

        if remembered(self._folder) is None:
            make_room(self._folder, self)
            _remember(self._folder, self._address)
        store = MilvusStore(self.connection, int(settings["dimension"]), self._folder)
        return store, MilvusIndexes(store)


def backend_of(folder: Path, store: str | None = None) -> Backend:
    """Return what keeps the library of a folder; ``store`` is where, if that is said anew.

    Raises `UsageError` for what is no store, `LibraryError` where the folder says another one.
    """
    kept = remembered(folder)
    if store is None and kept is None:
        return EmbeddedBackend(folder)
    address = StoreAddress.parse(store or kept or "")
    if kept is not None and StoreAddress.parse(kept).shown != address.shown:
        raise LibraryError(
            f"{folder} belongs to the library in {kept}; leave --store out, or name another folder "
            "with --library"
        )
    if kept is None and (folder / DATABASE).exists():
        raise LibraryError(
            f"{folder} holds a library already; give another folder as --library for "
            f"{address.shown}"
        )
    return MilvusBackend(folder, address)


def make_room(folder: Path, backend: Backend) -> None:
    """Make a folder for a library. Raises `LibraryError` where it holds anything else."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = [entry.name for entry in folder.iterdir()]
    except OSError as error:
        raise LibraryError(
            f"{folder} cannot hold a library ({error.strerror}); choose another folder"
        ) from error
    if not backend.is_free(names):
        raise LibraryError(
            f"{folder} holds other files; give an empty or a new folder as --library"
        )


def remembered(folder: Path) -> str | None:
    """Return the store of the library of a folder, None where that is the folder itself."""
    try:
        kept = json.loads((folder / STORE).read_text(encoding="utf-8"))["store"]
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise LibraryError(f"{folder} is no folder and cannot hold a library; name one") from error
    except PermissionError as error:
        raise LibraryError(
            f"{folder} cannot be opened ({error.strerror}); check its permissions"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LibraryError(
            f"{folder / STORE}, which says where the library is, cannot be read; delete it and "
            "give --store once more"
        ) from error
    return str(kept) if "://" in kept else str(folder / kept)


def _remember(folder: Path, address: StoreAddress) -> None:
    """Write where the library is; a file within the folder by its name there."""
    shown = address.shown
    if address.is_file and Path(shown).is_relative_to(folder):
        shown = str(Path(shown).relative_to(folder))
    scratch = folder / f".{STORE}"
    try:
        scratch.write_text(json.dumps({"store": shown}), encoding="utf-8")
        os.replace(scratch, folder / STORE)
    except OSError as error:
        raise LibraryError(
            f"{folder / STORE} cannot be written ({error.strerror}); check the disk's room and "
            "permissions"
        ) from error
