"""Keeping a library true: what is added, brought up to date, removed and forgotten."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import UsageError
from corpus.types import FileReport, Receipt
from embeddings import Encoder
from qa.citations import source_path
from qa.lock import writer_lock
from qa.notes import Notes, says, write_notes
from qa.roots import Target, exclusion, targets
from qa.snapshots import Snapshots
from qa.store import Store, View
from qa.sync import OnProgress, Progress, Sync

_PENDING_ROWS = 256  # rows newer than the snapshot that are scored by brute force rather than saved


class Upkeep:
    """The writing side of a library; each call holds the writer's lock while it writes."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        snapshots: Snapshots,
        settings: dict[str, str],
        load_encoder: Callable[[], Encoder],
    ) -> None:
        """Store finished parts."""
        self._folder = folder
        self._store = store
        self._snapshots = snapshots
        self._settings = settings
        self._fingerprint = settings["fingerprint"]
        self._load_encoder = load_encoder

    def index(
        self,
        paths: Sequence[Path],
        exclude: Sequence[str] | None,
        prune: bool,
        tell: OnProgress,
    ) -> Receipt:
        """See `Library.index`."""
        started = time.perf_counter()
        named = self._targets(paths)
        vanished = [] if prune else [t for t in named if not Path(t.root).exists()]
        wanted = [target for target in named if target not in vanished]
        sync = Sync(self._store, self._load_encoder, self._fingerprint, self._folder, tell)
        pruned = [t.root for t in wanted if not t.scope and not Path(t.root).exists()]
        renewed = self._is_renewed(wanted, exclude) or pruned
        plan = sync.plan(wanted)
        if plan.is_empty and not renewed and not self._is_unfinished():
            sync.report_untouched(plan)
        else:
            with self._writing(tell):
                self._renew(wanted, exclude)
                plan = sync.plan(wanted)
                for root in plan.new_roots:
                    self._store.add_root(root)
                self._note_roots()
                sync.run(plan)
                for root in pruned:
                    self._store.remove_root(root)
                self._note_roots()
                self._publish()
                sync.complete_sentences()
        with self._store.view() as view:
            passages = view.passages
        files = (*sync.reports, *map(_vanished, vanished))
        return Receipt(files, time.perf_counter() - started, passages)

    def forget(self, name: str) -> list[str]:
        """See `Library.forget`."""
        with self._store.view() as view:
            files = {
                source_path(root, path): (root, path)
                for root in view.roots()
                for path in view.files(root)
            }
            roots = view.roots()
        source = self._source_of(name, files, roots)
        removed = [path for path in files if path == source or path.startswith(source + os.sep)]
        with self._writing(_silently):
            if source in roots:
                self._store.remove_root(source)
            self._store.forget(source)  # first, so that the next run goes on where one is killed
            for path in removed:
                self._store.remove_file(*files[path])
            self._store.collect_garbage()
            self._note_roots()
            self._publish(afresh=True)
            self._store.shrink()
        return [files[path][1] for path in removed]

    def mend(self, tell: OnProgress) -> None:
        """Read again what is damaged in the store or the indexes, and all that has changed.

        Damaged rows are deleted with every vector they share, and their files are read again.
        """
        with self._writing(tell):
            self._snapshots.discard()
            seen: set[tuple[str, str]] = set()  # what shared a vector with these comes next
            while damaged := {(d.root, d.path) for d in self._store.damage() if d.path} - seen:
                for root, path in damaged:
                    self._store.discard(root, path)
                seen |= damaged
            self._store.recount()
            with self._store.view() as view:
                present = [Target(root, "") for root in view.roots() if Path(root).exists()]
            sync = Sync(self._store, self._load_encoder, self._fingerprint, self._folder, tell)
            sync.run(sync.plan(present))
            self._note_roots()
            self._publish(afresh=True)
            sync.complete_sentences()

    def _targets(self, paths: Sequence[Path]) -> list[Target]:
        """Return what paths mean. Raises `UsageError` for what is neither on disk nor known."""
        with self._store.view() as view:
            roots = list(view.roots())
        wanted = targets(paths or map(Path, roots), roots)
        for target in wanted:
            place = Path(target.root, target.scope)
            if place.is_dir() or place.is_file():
                continue
            if place.exists():
                raise UsageError(f"{place} is neither a file nor a folder; name one of those")
            if not self._knows(target):
                raise UsageError(f"there is no file or folder {str(place)!r}; check the path")
        return wanted

    def _knows(self, target: Target) -> bool:
        with self._store.view() as view:
            known = not target.scope and target.root in view.roots()
            return known or any(target.holds(path) for path in view.files(target.root))

    def _is_unfinished(self) -> bool:
        """Tell whether an earlier run ended before all was complete."""
        with self._store.view() as view:
            notes = Notes(self._settings, view.roots(), view.forgotten())
            if self._snapshots.lack(view) or self._is_behind(view):
                return True
        return (
            self._store.has_loose_ends()
            or bool(self._store.without_sentences(1))
            or not says(self._folder, notes)
        )

    def _is_behind(self, view: View) -> bool:
        """Tell whether readers would have many rows to score, or an index holds removed rows."""
        snapshot = self._snapshots.current()
        newer = len(view.rows_after(snapshot.last_row))
        removed = len(view.removed_after(snapshot.change))
        return bool(removed or newer > _PENDING_ROWS or (newer and not snapshot.name))

    def _is_renewed(self, wanted: Sequence[Target], exclude: Sequence[str] | None) -> bool:
        """Tell whether naming the targets changes what is passed over."""
        with self._store.view() as view:
            roots, forgotten = view.roots(), set(view.forgotten())
        return any(
            str(Path(target.root, target.scope)) in forgotten
            or (exclude is not None and roots.get(target.root) != list(exclude))
            for target in wanted
        )

    def _renew(self, wanted: Sequence[Target], exclude: Sequence[str] | None) -> None:
        for target in wanted:
            self._store.recall(str(Path(target.root, target.scope)))
            if exclude is not None:
                exclusion(exclude)  # refuses a pattern that cannot be read before it is kept
                self._store.add_root(target.root, exclude)

    def _source_of(
        self, name: str, files: Mapping[str, tuple[str, str]], roots: Iterable[str]
    ) -> str:
        """Return the file or folder on disk that a document's or a root's name means."""
        by_name = [source for source, (_, path) in files.items() if path == name]
        if len(by_name) > 1:
            raise UsageError(f"{name!r} is in several roots; give one of {', '.join(by_name)}")
        if by_name:
            return by_name[0]
        source = str(Path(name).expanduser().resolve())
        if source in roots or any((path + os.sep).startswith(source + os.sep) for path in files):
            return source
        raise UsageError(f"there is no document or root {name!r}; qa list shows what there is")

    def _note_roots(self) -> None:
        """Keep a copy of what cannot be made again from the documents, for `qa.doctor`."""
        with self._store.view() as view:
            write_notes(self._folder, Notes(self._settings, view.roots(), view.forgotten()))

    @contextmanager
    def _writing(self, tell: OnProgress) -> Iterator[None]:
        """Hold the writer's lock; row numbers that a lost commit gave may be given again."""
        with writer_lock(self._folder, lambda who: tell(Progress(who, 0, 0, ""))):
            with self._store.view() as view:
                lost = self._snapshots.newest() > view.change
            if lost:
                self._snapshots.discard()
            yield

    def _publish(self, *, afresh: bool = False) -> None:
        """Publish a new snapshot when readers would have many rows to score without it.

        Removed rows always leave the indexes; ``afresh`` builds them from nothing, so that no
        trace of what was removed stays in their files.
        """
        with self._store.view() as view:
            if afresh or self._is_behind(view):
                self._snapshots.publish(view, afresh=afresh)
        self._store.forget_removed(self._snapshots.current().change)


def _vanished(target: Target) -> FileReport:
    reason = (
        "this root is gone from the disk; its documents were kept: bring it back, or remove them "
        f"with qa index {target.root} --prune"
    )
    return FileReport(target.root, "failed", reason)


def _silently(progress: Progress) -> None:
    """Show nothing."""
