"""Which part of which root a path means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from corpus.errors import UsageError


@dataclass(frozen=True, slots=True)
class Target:
    """A root, or one file or folder in it: ``scope``, a path within the root; empty for all."""

    root: str
    scope: str

    def holds(self, path: str) -> bool:
        """Tell whether a path within the root belongs to this target."""
        return not self.scope or path == self.scope or path.startswith(self.scope + "/")


def targets(paths: Iterable[Path], roots: Iterable[str]) -> list[Target]:
    """Return what paths mean: a part of the innermost root that holds them, or a new root."""
    known = [Path(root) for root in roots]
    found: list[Target] = []
    for path in sorted({path.expanduser().resolve() for path in paths}, key=lambda p: len(p.parts)):
        holders = [root for root in known if path == root or root in path.parents]
        root = max(holders, key=lambda root: len(root.parts), default=path)
        if not holders:
            known.append(path)
        scope = "" if root == path else path.relative_to(root).as_posix()
        found.append(Target(str(root), scope))
    return found


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
