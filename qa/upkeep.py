"""Keeping a library true: what is added, brought up to date, removed and forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import Damaged
from corpus.limits import Limits
from corpus.types import SEPARATOR, FileReport, Receipt
from embeddings import Encoder
from qa.citations import source_path
from qa.cluster.connection import require_ray
from qa.feedback import Feedback
from qa.indexes import Indexes
from qa.languages import main_language, unknown_language
from qa.lock import writer_lock
from qa.naming import Naming, containers_of, is_gone
from qa.notes import Notes, says, write_notes
from qa.preparing import LocalPreparer, Preparer
from qa.progress import OnProgress, Progress
from qa.roots import Target, exclusion, lies_in, source_of, source_of_root
from qa.store import FileRecord, Key, RootOptions, Store, View
from qa.sync import Sync
from qa.uploads import Uploads

_PENDING_ROWS = 256  # rows newer than the snapshot that are scored by brute force rather than saved
_ROWS_AMID = 4096  # the same while a run goes on, which would publish the rest in the end


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
        indexes: Indexes,
        fingerprint: str,
        load_encoder: Callable[[], Encoder],
        uploads: Uploads,
    ) -> None:
        """Store finished parts."""
        self._folder = folder
        self._uploads = uploads
        self._naming = Naming(store, uploads)
        self._store = store
        self._indexes = indexes
        self._fingerprint = fingerprint
        self._load_encoder = load_encoder
        self._feedback = Feedback(folder)

    def index(
        self,
        names: Sequence[str],
        settings: RootSettings,
        prune: bool,
        limits: Limits,
        ray: str | None,
        tell: OnProgress,
    ) -> Receipt:
        """See `Library.index`."""
        with closing(self._preparer(ray)) as preparer:
            return self._index(names, settings, prune, self._sync(preparer, limits, tell), tell)

    def _index(
        self,
        names: Sequence[str],
        settings: RootSettings,
        prune: bool,
        sync: Sync,
        tell: OnProgress,
    ) -> Receipt:
        started = time.perf_counter()
        sources = [source_of(name) for name in names]
        named = self._naming.targets(sources)
        gone = {root for root in {target.root for target in named} if is_gone(root)}
        vanished = [] if prune else [target for target in named if target.root in gone]
        wanted = [target for target in named if target not in vanished]
        spoken = self._main_language()
        lost = ""
        pruned = [target.root for target in wanted if not target.scope and target.root in gone]
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
        files = (*sync.reports, *(_vanished(target, self._folder) for target in vanished))
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
        source = self._naming.source_of(name, files, roots)
        is_upload = self._uploads.holds(source)
        removed = [
            path
            for path, (_, record) in files.items()
            if _holds(source, path, record) and self._uploads.holds(path) == is_upload
        ]
        with self._writing(_silently):
            for root in roots:
                if source_of_root(root) == source:
                    self._store.remove_root(root)
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
            self._indexes.discard()
            seen: set[tuple[str, str]] = set()  # what shared a vector with these comes next
            while damaged := {(d.root, d.path) for d in self._store.damage() if d.path} - seen:
                for root, path in damaged:
                    for file in (*containers_of(path), path):  # or it would not be read again
                        self._store.discard(root, file)
                seen |= damaged
            self._store.recount()
            with self._store.view() as view:
                present = [Target(root, "") for root in view.roots() if not is_gone(root)]
            sync = self._sync(LocalPreparer(self._load_encoder), Limits(), tell)
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

    def _is_unfinished(self) -> bool:
        """Tell whether an earlier run ended before all was complete."""
        with self._store.view() as view:
            notes = _notes_of(view)
            if self._indexes.lack(view) or self._is_behind(view):
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
        snapshot = self._indexes.beside(view)
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

    def _preparer(self, ray: str | None) -> Preparer:
        """Return who prepares files: this machine, or the Ray cluster at an address."""
        if ray is None:
            return LocalPreparer(self._load_encoder)
        require_ray()
        from qa.cluster.preparer import RayPreparer  # imports what its extra brings

        return RayPreparer(ray, self._load_encoder, self._keys_of)

    def _keys_of(self, documents: Sequence[tuple[str, str]]) -> list[Key]:
        """Return the keys of documents' passages; none where they are damaged."""
        with suppress(Damaged), self._store.view() as view:
            return [passage.key for passage in view.stored(view.rows_of(documents).tolist())]
        return []

    def _sync(self, preparer: Preparer, limits: Limits, tell: OnProgress) -> Sync:
        return Sync(
            self._store,
            self._load_encoder,
            preparer,
            self._fingerprint,
            self._folder,
            limits,
            tell,
            self._keep_up,
        )

    @contextmanager
    def _writing(self, tell: OnProgress) -> Iterator[None]:
        """Hold the writer's lock; row numbers that a lost commit gave may be given again."""

        def on_wait(who: str) -> None:
            tell(Progress(who, 0, 0, ""))

        with writer_lock(self._folder, on_wait), self._store.writing(on_wait):
            with self._store.view() as view:
                lost = self._indexes.newest() > view.change
            if lost:
                self._indexes.discard()
            yield

    def _keep_up(self) -> None:
        """Publish amid a run what would make readers slow."""
        with self._store.view() as view:
            newer = len(view.rows_after(self._indexes.beside(view).last_row))
        if newer > _ROWS_AMID:
            self._publish()

    def _publish(self, *, afresh: bool = False) -> None:
        """Publish a new snapshot when readers would have many rows to score without it.

        Removed rows always leave the indexes; ``afresh`` builds them from nothing, so that no
        trace of what was removed stays in their files.
        """
        with self._store.view() as view:
            if afresh or self._is_behind(view):
                self._indexes.publish(view, afresh=afresh)
            change = self._indexes.beside(view).change
        self._store.forget_removed(change)


def _holds(source: str, path: str, record: FileRecord) -> bool:
    """Tell whether a file, by its path on disk and its record, is or lies in a source."""
    inside = bool(record.container) and path.startswith(source + SEPARATOR)
    return inside or path == source or lies_in(path, source)


def _notes_of(view: View) -> Notes:
    return Notes(view.settings(), view.roots(), view.forgotten())


def _vanished(target: Target, folder: Path) -> FileReport:
    reason = (
        "this root is gone from the disk; its documents were kept: bring it back, or remove them "
        f"with qa index {target.root} --prune --library {folder}"
    )
    return FileReport(target.root, "failed", reason)


def _silently(progress: Progress) -> None:
    """Show nothing."""
