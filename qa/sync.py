"""Bringing a library up to date with what lies under its roots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from corpus.discovery import FoundFile, SpecialFile, UnreadableFolder
from corpus.limits import Limits
from corpus.types import SEPARATOR, FileReport
from embeddings.types import Encoder
from qa.intake import Intake, Wanted, report, untouched
from qa.portable import uploads_folder
from qa.preparing import Preparer
from qa.progress import OnProgress, Progress
from qa.roots import Target, source_of_root
from qa.rules import Rules
from qa.store import FileRecord, RootOptions, Store

_CLOCK_GRAIN_NS = 2_000_000_000  # a file as young as this when read may change without its time


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do.

    ``gone`` is to be removed, by root; ``refused`` are files and folders that cannot be read: what
    was kept of those in such a folder stays, because nothing can be said of them. ``taken`` are
    files on disk, by root and path, that bear names as files inside others do.
    """

    unchanged: list[FileRecord] = field(default_factory=list)
    to_read: list[Wanted] = field(default_factory=list)
    gone: list[tuple[str, FileRecord]] = field(default_factory=list)
    refused: list[FileReport] = field(default_factory=list)
    new_roots: list[str] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not (self.to_read or self.gone or self.new_roots)


class Sync:
    """One run over some roots. Every file is written in a transaction of its own."""

    def __init__(
        self,
        store: Store,
        load_encoder: Callable[[], Encoder],
        preparer: Preparer,
        fingerprint: str,
        library: Path,
        limits: Limits,
        on_progress: OnProgress,
        on_written: Callable[[], None],
    ) -> None:
        """Prepare a run, which passes over the folder of the library itself.

        The encoder is loaded by the first file that needs it. ``on_written`` is called now and then
        while files are written.
        """
        self._store = store
        self._load_encoder = load_encoder
        self._preparer = preparer
        self._fingerprint = fingerprint
        self._library = library.resolve()
        self._limits = limits
        self._on_progress = on_progress
        self._on_written = on_written
        self.reports: list[FileReport] = []

    def plan(self, wanted: Sequence[Target]) -> Plan:
        """Compare what lies under targets with what is known, by size and time alone."""
        with self._store.view() as view:
            roots, forgotten = view.roots(), view.forgotten()
            known = {target: view.files(target.root) for target in wanted}
        passed_over = {str(self._library), *map(source_of_root, roots), *forgotten}
        passed_over |= {source_of_root(target.root) for target in wanted}
        plan = Plan(new_roots=[target.root for target in wanted if target.root not in roots])
        for target in wanted:
            options = roots.get(target.root, RootOptions())
            rules = Rules(target.root, options, forgotten, self._fingerprint, self._limits)
            without = passed_over - {source_of_root(target.root)}
            files = target.files(without, self._exclusion(rules))
            _compare(plan, rules, target, files, known[target])
        return plan

    def run(self, plan: Plan) -> None:
        """Carry out a plan. What it does not name stays as it is."""
        self.report_untouched(plan)
        self._read(plan)
        for root, record in plan.gone:
            self._store.remove_file(root, record.path)
            self.reports.append(report(record, "removed"))
        self._store.collect_garbage()

    def report_untouched(self, plan: Plan) -> None:
        """Put on record what needs nothing, and what cannot be read."""
        self.reports.extend(map(untouched, plan.unchanged))
        self.reports.extend(plan.refused)

    def complete_sentences(self) -> None:
        """Encode the sentences of passages that lack them; it may stop and go on at any point."""
        done, total = 0, self._store.count_without_sentences()
        if total:
            self._on_progress(Progress("sentences", 0, total, "passages"))
        for vectors in self._preparer.sentences(self._store.without_sentences):
            self._store.put_sentences(vectors)
            done += len(vectors)
            self._on_progress(Progress("sentences", done, total, "passages"))

    def _exclusion(self, rules: Rules) -> Callable[[str], bool]:
        """Return what is passed over in a root: among uploads, links too."""
        if rules.root != str(uploads_folder(self._library)):
            return rules.excludes
        return lambda path: rules.excludes(path) or Path(rules.root, path).is_symlink()

    def _read(self, plan: Plan) -> None:
        """Take in the files to be read, while those that come next are prepared."""
        if not plan.to_read:
            return
        intake = Intake(
            self._store,
            self._load_encoder,
            self._fingerprint,
            frozenset(plan.taken),
            self._on_progress,
            self._on_written,
        )
        with closing(intake):
            errands = (wanted.errand for wanted in plan.to_read)
            with closing(self._preparer.prepared(errands)) as coming:
                for done, wanted in enumerate(plan.to_read, start=1):
                    while not intake.take(wanted, next(coming)):
                        pass
                    self._on_progress(Progress("reading", done, len(plan.to_read), "files"))
            intake.finish()
        self.reports.extend(intake.reports)


def _compare(
    plan: Plan,
    rules: Rules,
    target: Target,
    files: Iterable[FoundFile | UnreadableFolder | SpecialFile],
    records: Mapping[str, FileRecord],
) -> None:
    """Add to a plan what is to be done with the files of a target."""
    left = {path: record for path, record in records.items() if not record.container}
    inside: dict[str, dict[str, FileRecord]] = {}
    for path, record in records.items():
        if record.container:
            inside.setdefault(record.container, {})[path] = record
    unlisted: list[str] = []
    for file in files:
        if not isinstance(file, FoundFile) or not _is_unicode(file.path):
            plan.refused.append(_refusal(file))
            if isinstance(file, UnreadableFolder):
                unlisted.append(file.path)
            continue
        if SEPARATOR in file.path:
            plan.taken.add((rules.root, file.path))
        known, members = left.pop(file.path, None), inside.pop(file.path, {})
        if known is not None and _looks_unchanged(file, known) and rules.is_current(known):
            plan.unchanged.extend((known, *members.values()))
        else:
            plan.to_read.append(Wanted(rules, file, known, members))
    for group in inside.values():
        left |= group
    for path in sorted(left):
        if target.holds(left[path].on_disk) and not path.startswith(tuple(unlisted)):
            plan.gone.append((rules.root, left[path]))


def _looks_unchanged(file: FoundFile, known: FileRecord) -> bool:
    is_same = (file.size, file.mtime_ns) == (known.size, known.mtime_ns)
    return is_same and known.mtime_ns < known.read_ns - _CLOCK_GRAIN_NS


def _refusal(file: FoundFile | UnreadableFolder | SpecialFile) -> FileReport:
    """Return what is said of what is not even opened."""
    path = file.path.encode("utf-8", "replace").decode()
    if isinstance(file, SpecialFile):
        return FileReport(path, "skipped", "not a regular file")
    if isinstance(file, UnreadableFolder):
        reason = f"cannot be listed ({file.reason}); its documents were kept as they were"
        return FileReport(path or "./", "failed", reason)
    return FileReport(path, "failed", "its name is not valid Unicode; rename it")


def _is_unicode(path: str) -> bool:
    return path.encode("utf-8", "replace").decode() == path
