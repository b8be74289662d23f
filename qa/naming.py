"""What the names that people give mean in a library: parts of roots, documents, files to forget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from corpus.errors import Unavailable, UsageError
from corpus.remote import is_remote
from corpus.types import SEPARATOR
from qa.citations import source_path
from qa.roots import Target, lies_in, source_of, source_of_root, state_of, targets
from qa.store import FileRecord, Store
from qa.uploads import Uploads


class Naming:
    """Finds what names mean, by what a library knows and what is there."""

    def __init__(self, store: Store, uploads: Uploads) -> None:
        """Store finished parts."""
        self._store = store
        self._uploads = uploads

    def targets(self, sources: Sequence[str]) -> list[Target]:
        """Return what sources mean, all roots where there are none.

        A file inside another means the one on disk. Raises `UsageError` for what is neither there
        nor known.
        """
        with self._store.view() as view:
            roots = self._uploads.with_root(view.roots())
        wanted = targets(map(_on_disk, sources) if sources else roots, roots)
        folders = {target.root for target in wanted if self._is_new_remote_folder(target, roots)}
        return [
            replace(target, root=target.root + "/") if target.root in folders else target
            for target in wanted
        ]

    def source_of(
        self, name: str, files: Mapping[str, tuple[str, FileRecord]], roots: Iterable[str]
    ) -> str:
        """Return the source that a document's or a root's name means.

        ``files`` are all that are known, by their paths, each with its root. Raises `UsageError`.
        """
        if name in files:
            return name
        by_name = [source for source, (_, record) in files.items() if record.path == name]
        by_name = by_name or _folders_named(name, files, roots)
        if len(by_name) > 1:
            raise UsageError(f"{name!r} is in several roots; give one of {', '.join(by_name)}")
        if by_name:
            return by_name[0]
        if name in self._uploads.names():  # it came since the last run
            return str(self._uploads.folder / name)
        source = source_of(name)
        is_root = source in map(source_of_root, roots)
        if is_root or any(path == source or lies_in(path, source) for path in files):
            return source
        raise UsageError(f"there is no document or root {name!r}; qa list shows what there is")

    def _is_new_remote_folder(self, target: Target, roots: Sequence[str]) -> bool:
        """Look at a target, and tell whether its root is to get the slash of a remote folder."""
        try:
            state = state_of(target.place)
        except Unavailable as error:
            if self._knows(target):
                return False
            raise UsageError(f"{target.place} {error}") from error
        if state == "other":
            raise UsageError(f"{target.place} is neither a file nor a folder; name one of those")
        if state == "nothing" and not self._knows(target):
            raise UsageError(f"there is no file or folder {target.place!r}; check the path")
        is_new = not target.scope and target.root not in roots
        return is_new and is_remote(target.root) and state == "folder"

    def _knows(self, target: Target) -> bool:
        with self._store.view() as view:
            known = not target.scope and target.root in view.roots()
            files = view.files(target.root).values()
        return known or any(target.holds(record.on_disk) for record in files)


def _folders_named(
    name: str, files: Mapping[str, tuple[str, FileRecord]], roots: Iterable[str]
) -> list[str]:
    """Return the folders of a name within their roots that files are known to lie in."""
    prefix = name.removeprefix("./").rstrip("/") + "/"
    holding = {root for root, record in files.values() if record.path.startswith(prefix)}
    return [source_path(root, prefix[:-1]) for root in roots if root in holding]


def containers_of(path: str) -> list[str]:
    """Return what a file may lie in, if its name is that of a file inside another."""
    return [path[:at] for at, character in enumerate(path) if character == SEPARATOR]


def is_gone(root: str) -> bool:
    """Tell whether a root is not there; of one that cannot be reached nothing is known."""
    try:
        return state_of(root) == "nothing"
    except Unavailable:
        return False


def _on_disk(source: str) -> str:
    """Return the file on disk that a source names, also when it names a file inside it."""
    with suppress(Unavailable):  # said where it is looked at
        if SEPARATOR in source and state_of(source) == "nothing":
            for container in containers_of(source):
                if state_of(container) == "file":
                    return container
    return source
