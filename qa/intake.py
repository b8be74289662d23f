"""Taking in what was read: each file is written in its turn, cut and embedded if it is not yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from corpus.discovery import FoundFile
from corpus.errors import ReadError, Unavailable, UnsupportedFormat
from corpus.types import SEPARATOR, Document, FileReport, Status
from embeddings.types import Encoder, Vectors
from qa.cutting import Cutter
from qa.embedding import Batch, Embedding
from qa.preparing import Errand, Prepared
from qa.progress import OnProgress
from qa.rules import Rules
from qa.store import FileRecord, IndexedPassage, Key, Store
from qa.wording import count

_PASSAGES_A_BATCH = 256
_FILES_A_BATCH = 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file on disk that is to be read, and what is known of it and of the files inside it."""

    rules: Rules
    file: FoundFile
    known: FileRecord | None
    inside: Mapping[str, FileRecord]

    @property
    def errand(self) -> Errand:
        """What is to be done to have it."""
        records = [*filter(None, (self.known,)), *self.inside.values()]
        documents = tuple((self.rules.root, record.path) for record in records if record.passages)
        return Errand(self.rules.task(self.file, records), self.file.size, documents)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file that was read and cut, and waits for the ``vectors`` that did not come with it.

    Without a document it has no text.
    """

    root: str
    record: FileRecord
    document: Document | None
    passages: Sequence[IndexedPassage]
    vectors: Mapping[Key, Vectors]


@dataclass(slots=True)
class _Inside:
    """What was seen so far inside the file that is being taken in."""

    seen: set[str] = field(default_factory=set)
    is_limited: bool = False
    is_whole: bool = True
    is_changed: bool = False


class Intake:
    """Writes what was read, in the order in which it comes.

    Of a file that holds others its own row is written last: a run that is killed before finds it
    unread, and goes on.
    """

    def __init__(
        self,
        store: Store,
        load_encoder: Callable[[], Encoder],
        fingerprint: str,
        taken: frozenset[tuple[str, str]],
        on_progress: OnProgress,
        on_written: Callable[[], None],
    ) -> None:
        """Prepare to take; ``taken`` are files on disk, by root and path, named like members.

        ``on_written`` is called after each batch that has been written.
        """
        self._store = store
        self._cutter = Cutter(load_encoder, fingerprint)
        self._taken = taken
        self._inside = _Inside()
        self._waiting: list[_Waiting] = []
        self._under_way: tuple[list[_Waiting], Batch] | None = None
        self._embedding = Embedding(load_encoder, on_progress)
        self._on_written = on_written
        self._touched: list[tuple[str, FileRecord]] = []
        self.reports: list[FileReport] = []

    def take(self, wanted: Wanted, prepared: Prepared) -> bool:
        """Take what came of a file, or of one inside it; tell whether that was the last."""
        if prepared.reading.name == wanted.file.path:
            self._take_file(wanted, prepared)
            self._inside = _Inside()
            return True
        self._take_member(wanted, prepared)
        return False

    def close(self) -> None:
        """Stop what is under way; what `finish` has not written is lost."""
        self._embedding.close()

    def finish(self) -> None:
        """Write all that waits."""
        self._embed_waiting()
        self._write_under_way()
        self._store.touch_files(self._touched)
        self._touched.clear()

    def _take_file(self, wanted: Wanted, prepared: Prepared) -> None:
        root, file, known = wanted.rules.root, wanted.file, wanted.known
        reading = prepared.reading
        if isinstance(reading.error, Unavailable):
            self.reports.append(FileReport(file.path, "failed", str(reading.error)))
            return
        if known is not None and reading.is_known:
            seen = replace(known, mtime_ns=file.mtime_ns, read_ns=reading.read_ns)
            self._touched.append((root, replace(seen, size=file.size)))
            self.reports.extend(map(untouched, (known, *wanted.inside.values())))
            return
        for path in sorted(wanted.inside.keys() - self._inside.seen):
            self._store.remove_file(root, path)
            self.reports.append(report(wanted.inside[path], "removed"))
        is_limited = self._inside.is_limited or reading.is_limited
        record = FileRecord(
            path=file.path,
            size=file.size,
            mtime_ns=file.mtime_ns,
            read_ns=reading.read_ns,
            sha256=reading.sha256,
            pipeline=wanted.rules.pipeline(
                file.path, members=reading.members, is_limited=is_limited
            ),
            status="added",
            members=reading.members,
        )
        if not self._inside.is_whole:
            record = replace(record, pipeline="")  # it is read again by the next run
        self._keep(root, record, prepared, known)

    def _take_member(self, wanted: Wanted, prepared: Prepared) -> None:
        reading = prepared.reading
        root, name = wanted.rules.root, reading.name
        if wanted.rules.passes_over(name):
            return
        self._inside.seen.add(name)
        known = wanted.inside.get(name)
        if known is not None and reading.is_known:
            self._take_unchanged(wanted, known)
            return
        if (root, name) in self._taken:
            reason = "another file bears this name; rename one of them"
            self.reports.append(FileReport(name, "failed", reason))
            return
        if isinstance(reading.error, Unavailable):
            self._inside.is_whole = False
            self.reports.append(FileReport(name, "failed", str(reading.error)))
            return
        self._begin_change(wanted)
        self._inside.is_limited |= reading.is_limited
        record = FileRecord(
            path=name,
            size=reading.size,
            mtime_ns=wanted.file.mtime_ns,
            read_ns=reading.read_ns,
            sha256=reading.sha256,
            pipeline=wanted.rules.pipeline(
                name, members=reading.members, is_limited=reading.is_limited
            ),
            status="added",
            container=wanted.file.path,
            members=reading.members,
        )
        self._keep(root, record, prepared, known)

    def _take_unchanged(self, wanted: Wanted, member: FileRecord) -> None:
        """Put on record a file inside another that is as it was, with all that is inside it."""
        prefix = member.path + SEPARATOR
        deeper = (
            [path for path in wanted.inside if path.startswith(prefix)] if member.members else []
        )
        for path in (*deeper, member.path):
            self._inside.seen.add(path)
            self.reports.append(untouched(wanted.inside[path]))

    def _begin_change(self, wanted: Wanted) -> None:
        """Let a file count as unread before the first file inside it changes."""
        if not self._inside.is_changed and wanted.known is not None:
            unread = replace(wanted.known, pipeline="")
            self._store.touch_files([(wanted.rules.root, unread)])
        self._inside.is_changed = True

    def _keep(
        self, root: str, record: FileRecord, prepared: Prepared, known: FileRecord | None
    ) -> None:
        """Put a file in the row of those to be written, and on record."""
        document = prepared.reading.document
        passages: Sequence[IndexedPassage] = ()
        if document is None:
            record = _without_text(record, prepared.reading.error)
        else:
            came = prepared.passages
            passages = self._cutter.cut(document) if came is None else came
            record = _with_text(record, document, len(passages))
        self._waiting.append(_Waiting(root, record, document, passages, prepared.vectors))
        is_again = known is not None and known.status == "added"
        is_added = record.status == "added"
        self.reports.append(report(record, "updated" if is_added and is_again else record.status))
        waiting = sum(len(file.passages) for file in self._waiting)
        if waiting >= _PASSAGES_A_BATCH or len(self._waiting) >= _FILES_A_BATCH:
            self._embed_waiting()

    def _embed_waiting(self) -> None:
        """Begin to encode what is new in the waiting files, and write those before them."""
        texts = {
            indexed.key: indexed.passage.encoded
            for file in self._waiting
            for indexed in file.passages
            if indexed.key not in file.vectors
        }
        known = self._store.known_keys(texts)
        if self._under_way is not None:
            known |= self._under_way[1].keys
        batch = self._embedding.begin({key: texts[key] for key in texts.keys() - known})
        self._write_under_way()
        self._under_way = self._waiting, batch
        self._waiting = []

    def _write_under_way(self) -> None:
        """Write each file of the batch under way, once its vectors are there."""
        if self._under_way is None:
            return
        files, batch = self._under_way
        self._under_way = None
        encoded = self._embedding.vectors(batch)
        for file in files:
            own = {i.key: encoded[i.key] for i in file.passages if i.key in encoded}
            self._store.put_file(
                file.root, file.record, file.document, file.passages, {**own, **file.vectors}
            )
        self._on_written()


def report(record: FileRecord, status: Status) -> FileReport:
    """Return what is said of a file."""
    return FileReport(
        path=record.path,
        status=status,
        reason=record.reason,
        pages=record.pages,
        passages=record.passages,
        encoding=record.encoding,
    )


def untouched(record: FileRecord) -> FileReport:
    """Return what is said of a file that is as it was; one without text has the same status."""
    return report(record, "unchanged" if record.status == "added" else record.status)


def _without_text(record: FileRecord, error: ReadError | None) -> FileRecord:
    """Return what is kept of a file that cannot be read, so that it is not tried again as it is."""
    status: Status = "skipped" if isinstance(error, UnsupportedFormat) else "failed"
    return replace(record, status=status, reason=str(error))


def _with_text(record: FileRecord, document: Document, passages: int) -> FileRecord:
    """Return what is kept of a file whose document has so many passages, or none."""
    record = replace(
        record,
        reason=document.note or None,
        encoding=document.encoding,
        title=document.title,
        pages=len(document.pages) or None,
        characters=len(document.text),
        passages=passages,
    )
    return record if document.text.strip() else _empty(record)


def _empty(record: FileRecord) -> FileRecord:
    """Return what is kept of a document without text: it may still hold other files."""
    if record.members:
        inside = f"{count(record.members, 'file')} inside"
        return replace(record, reason="; ".join(filter(None, (inside, record.reason))))
    return replace(record, status="empty", reason=record.reason or "no text")
