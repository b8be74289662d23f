"""Keeping a library true: what is added, brought up to date, removed and forgotten."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import UsageError
from corpus.limits import Limits
from corpus.types import SEPARATOR, FileReport, Receipt
from embeddings import Encoder
from qa.citations import source_path
from qa.feedback import Feedback
from qa.languages import main_language, unknown_language
from qa.lock import writer_lock
from qa.notes import Notes, says, write_notes
from qa.progress import OnProgress, Progress
from qa.roots import Target, exclusion, targets
from qa.snapshots import Snapshots
from qa.store import FileRecord, RootOptions, Store, View
from qa.sync import Sync
from qa.uploads import Uploads

_PENDING_ROWS = 256  # rows newer than the snapshot that are scored by brute force rather than saved


@dataclass(frozen=True, slots=True)
class RootSettings:
    """How roots are to be read from now on; what is None stays as it is."""

    exclude: Sequence[str] | None = None
    ocr: bool | None = None

    def change(self, options: RootOptions) -> bool:
        """Tell whether anything is to be other than it is."""
        exclude = options.exclude if self.exclude is None else tuple(self.exclude)
        ocr = options.ocr if self.ocr is None else self.ocr
        return RootOptions(exclude, ocr) != options


class Upkeep:
    """The writing side of a library; each call holds the writer's lock while it writes."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        snapshots: Snapshots,
        fingerprint: str,
        load_encoder: Callable[[], Encoder],
        uploads: Uploads,
    ) -> None:
        """Store finished parts."""
        self._folder = folder
        self._uploads = uploads
        self._store = store
        self._snapshots = snapshots
        self._fingerprint = fingerprint
        self._load_encoder = load_encoder
        self._feedback = Feedback(folder)

    def index(
        self,
        paths: Sequence[Path],
        settings: RootSettings,
        prune: bool,
        limits: Limits,
        tell: OnProgress,
    ) -> Receipt:
        """See `Library.index`."""
        started = time.perf_counter()
        named = self._targets(paths)
        sources = [str(path.resolve()) for path in paths]
        vanished = [] if prune else [t for t in named if not Path(t.root).exists()]
        wanted = [target for target in named if target not in vanished]
        spoken = self._main_language()
        lost = ""
        sync = self._sync(limits, tell)
        pruned = [t.root for t in wanted if not t.scope and not Path(t.root).exists()]
        renewed = self._is_renewed(sources, wanted, settings) or pruned
        plan = sync.plan(wanted)
        if plan.is_empty and not renewed and not self._is_unfinished():
            sync.report_untouched(plan)
        else:
            with self._writing(tell):
                self._uploads.clear_abandoned()
                self._renew(sources, wanted, settings)
                plan = sync.plan(wanted)
                for root in plan.new_roots:
                    self._store.add_root(root)
                self._note_roots()
                sync.run(plan)
                for root in pruned:
                    self._store.remove_root(root)
                self._note_roots()
                lost = self._follow_documents()
                self._publish()
                sync.complete_sentences()
        with self._store.view() as view:
            passages = view.passages
            is_new = main_language(view) != spoken
            note = unknown_language(view, self._load_encoder) if is_new else None
        files = (*sync.reports, *map(_vanished, vanished))
        notes = tuple(filter(None, (note, lost)))
        return Receipt(files, time.perf_counter() - started, passages, notes)

    def forget(self, name: str) -> list[str]:
        """See `Library.forget`."""
        with self._store.view() as view:
            files = {
                source_path(root, path): (root, record)
                for root in view.roots()
                for path, record in view.files(root).items()
            }
            roots = view.roots()
        source = self._source_of(name, files, roots)
        is_upload = self._uploads.holds(source)
        removed = [
            path
            for path, (_, record) in files.items()
            if _holds(source, path, record) and self._uploads.holds(path) == is_upload
        ]
        with self._writing(_silently):
            if source in roots:
                self._store.remove_root(source)
            self._pass_over(source, is_file=source not in files or not files[source][1].container)
            for path in removed:
                root, record = files[path]
                self._store.remove_file(root, record.path)
            self._store.collect_garbage()
            self._note_roots()
            self._follow_documents()
            self._publish(afresh=True)
            self._store.shrink()
        return [files[path][1].path for path in removed]

    def mend(self, tell: OnProgress) -> None:
        """Read again what is damaged in the store or the indexes, and all that has changed.

        Damaged rows are deleted with every vector they share, and their files are read again.
        """
        with self._writing(tell):
            self._snapshots.discard()
            seen: set[tuple[str, str]] = set()  # what shared a vector with these comes next
            while damaged := {(d.root, d.path) for d in self._store.damage() if d.path} - seen:
                for root, path in damaged:
                    for file in (*_containers_of(path), path):  # or it would not be read again
                        self._store.discard(root, file)
                seen |= damaged
            self._store.recount()
            with self._store.view() as view:
                present = [Target(root, "") for root in view.roots() if Path(root).exists()]
            sync = self._sync(Limits(), tell)
            sync.run(sync.plan(present))
            self._note_roots()
            self._follow_documents()
            self._publish(afresh=True)
            sync.complete_sentences()

    def put_setting(self, name: str, value: str | None) -> None:
        """Keep a setting of the library; None removes it."""
        with self._writing(_silently):
            self._store.put_setting(name, value)
            self._note_roots()

    def _main_language(self) -> str | None:
        with self._store.view() as view:
            return main_language(view)

    def _targets(self, paths: Sequence[Path]) -> list[Target]:
        """Return what paths mean. Raises `UsageError` for what is neither on disk nor known.

        A file inside another means the one on disk.
        """
        with self._store.view() as view:
            roots = self._uploads.with_root(view.roots())
        wanted = targets(map(_on_disk, paths) if paths else map(Path, roots), roots)
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
            files = view.files(target.root).values()
        return known or any(target.holds(record.on_disk) for record in files)

    def _is_unfinished(self) -> bool:
        """Tell whether an earlier run ended before all was complete."""
        with self._store.view() as view:
            notes = _notes_of(view)
            if self._snapshots.lack(view) or self._is_behind(view):
                return True
            if self._feedback.is_behind(view):
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

    def _is_renewed(
        self, sources: Sequence[str], wanted: Sequence[Target], settings: RootSettings
    ) -> bool:
        """Tell whether naming these changes how roots are read, or what is forgotten."""
        with self._store.view() as view:
            roots, forgotten = view.roots(), set(view.forgotten())
        return bool(forgotten.intersection(sources)) or any(
            settings.change(roots.get(target.root, RootOptions())) for target in wanted
        )

    def _renew(
        self, sources: Sequence[str], wanted: Sequence[Target], settings: RootSettings
    ) -> None:
        exclusion(settings.exclude or ())  # refuses a pattern that cannot be read
        for source in sources:
            self._store.recall(source)
        for target in wanted:
            if settings != RootSettings():
                self._store.add_root(target.root, exclude=settings.exclude, ocr=settings.ocr)

    def _source_of(
        self, name: str, files: Mapping[str, tuple[str, FileRecord]], roots: Iterable[str]
    ) -> str:
        """Return the file or folder that a document's or a root's name means."""
        if name in files:
            return name
        by_name = [source for source, (_, record) in files.items() if record.path == name]
        if len(by_name) > 1:
            raise UsageError(f"{name!r} is in several roots; give one of {', '.join(by_name)}")
        if by_name:
            return by_name[0]
        source = str(Path(name).expanduser().resolve())
        if name in self._uploads.names():  # it came since the last run
            return str(self._uploads.folder / name)
        if source in roots or any((path + os.sep).startswith(source + os.sep) for path in files):
            return source
        raise UsageError(f"there is no document or root {name!r}; qa list shows what there is")

    def _pass_over(self, source: str, *, is_file: bool) -> None:
        """Let the next run go on where removing a source is killed: it is not to come back.

        What is on disk among the uploads is deleted, and nothing remembered of it.
        """
        if not (is_file and self._uploads.holds(source)):
            self._store.forget(source)
            return
        self._uploads.delete(source)
        with self._store.view() as view:
            inside = [path for path in view.forgotten() if path.startswith(source + SEPARATOR)]
        for path in inside:
            self._store.recall(path)

    def _note_roots(self) -> None:
        """Keep a copy of what cannot be made again from the documents, for `qa.doctor`."""
        with self._store.view() as view:
            write_notes(self._folder, _notes_of(view))

    def _follow_documents(self) -> str:
        with self._store.view() as view:
            return self._feedback.follow(view)

    def _sync(self, limits: Limits, tell: OnProgress) -> Sync:
        return Sync(self._store, self._load_encoder, self._fingerprint, self._folder, limits, tell)

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


def _on_disk(path: Path) -> Path:
    """Return the file on disk that a path names, also when it names a file inside it."""
    if SEPARATOR in str(path) and not path.exists():
        for container in _containers_of(str(path)):
            if Path(container).is_file():
                return Path(container)
    return path


def _containers_of(path: str) -> list[str]:
    """Return what a file may lie in, if its name is that of a file inside another."""
    return [path[:at] for at, character in enumerate(path) if character == SEPARATOR]


def _holds(source: str, path: str, record: FileRecord) -> bool:
    """Tell whether a file, by its path on disk and its record, is or lies in a source."""
    inside = bool(record.container) and path.startswith(source + SEPARATOR)
    return inside or path == source or path.startswith(source + os.sep)


def _notes_of(view: View) -> Notes:
    return Notes(view.settings(), view.roots(), view.forgotten())


def _vanished(target: Target) -> FileReport:
    reason = (
        "this root is gone from the disk; its documents were kept: bring it back, or remove them "
        f"with qa index {target.root} --prune"
    )
    return FileReport(target.root, "failed", reason)


def _silently(progress: Progress) -> None:
    """Show nothing."""
