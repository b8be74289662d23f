"""Which part of which root a path means, on this machine or where fsspec finds it.

A *source* is a file or folder by its absolute path, links followed, or by its URL without a slash
at its end. Roots are sources, but for a root that is a remote folder: a slash tells it from a file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pathspec import GitIgnoreSpec

from corpus.discovery import FoundFile, SpecialFile, UnreadableFolder, find_files
from corpus.errors import UsageError
from corpus.remote import checked_url, find_remote_files, is_remote, state_of_url


@dataclass(frozen=True, slots=True)
class Target:
    """A root, or one file or folder in it: ``scope``, a path within the root; empty for all."""

    root: str
    scope: str

    @property
    def place(self) -> str:
        """The path or URL of what is meant."""
        if is_remote(self.root):
            return f"{source_of_root(self.root)}/{self.scope}" if self.scope else self.root
        return str(Path(self.root, self.scope))

    def holds(self, path: str) -> bool:
        """Tell whether a path within the root belongs to this target."""
        return not self.scope or path == self.scope or path.startswith(self.scope + "/")

    def files(
        self, without: Collection[str], excluded: Callable[[str], bool]
    ) -> Iterator[FoundFile | UnreadableFolder | SpecialFile]:
        """Yield what lies there, but for the sources in ``without`` and what is ``excluded``."""
        if is_remote(self.root):
            return find_remote_files(self.root, self.scope, without=without, excluded=excluded)
        return find_files(Path(self.root), self.scope, without=without, excluded=excluded)


def targets(names: Iterable[str | Path], roots: Iterable[str]) -> list[Target]:
    """Return what names mean: a part of the innermost root that holds them, or a new root.

    Raises `UsageError` for a URL that is no place of files.
    """
    known = {_parts(root): root for root in roots}
    found: list[Target] = []
    for parts, source in sorted(
        {_parts(source): source for source in map(source_of, names)}.items(),
        key=lambda item: len(item[0]),
    ):
        holders = [holder for holder in known if parts[: len(holder)] == holder]
        holder = max(holders, key=len, default=parts)
        root = known.setdefault(holder, source)
        found.append(Target(root, "/".join(parts[len(holder) :])))
    return found


def source_of(name: str | Path) -> str:
    """Return the source that a name means. Raises `UsageError` for a URL that is none."""
    if is_remote(str(name)):
        return checked_url(str(name))
    return str(Path(name).expanduser().resolve())


def source_of_root(root: str) -> str:
    """Return a root as a source."""
    return root.rstrip("/") if is_remote(root) else root


def lies_in(path: str, source: str) -> bool:
    """Tell whether a path on disk or a URL lies in a folder, itself not among it."""
    return path.startswith(source + ("/" if is_remote(source) else os.sep))


def state_of(source: str) -> Literal["file", "folder", "other", "nothing"]:
    """Return what a source is; raises `Unavailable` where a remote one cannot be reached."""
    if is_remote(source):
        return state_of_url(source)
    path = Path(source)
    if path.is_dir():
        return "folder"
    if path.is_file():
        return "file"
    return "other" if path.exists() else "nothing"


def _parts(source: str) -> tuple[str, ...]:
    if not is_remote(source):
        return Path(source).parts
    protocol, _, rest = source.rstrip("/").partition("://")
    return (protocol + "://", *rest.split("/"))


def exclusion(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return a test of paths within a root by patterns as in a ``.gitignore`` file.

    Raises `UsageError` for a pattern that cannot be read.
    """
    if not any(pattern.strip() for pattern in patterns):
        return lambda path: False
    try:
        return GitIgnoreSpec.from_lines(patterns).match_file
    except ValueError as error:
        raise UsageError(f"--exclude: {error}; write patterns as in a .gitignore file") from error
