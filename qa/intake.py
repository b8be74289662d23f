"""Taking in what was read: documents are cut, embedded and written, each file in its turn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from corpus.chunking import Chunker
from corpus.discovery import FoundFile
from corpus.errors import ReadError, Unavailable, UnsupportedFormat
from corpus.types import SEPARATOR, Document, FileReport, Passage, Status
from corpus.workers.wire import Reading
from embeddings import analyzer
from embeddings.types import Encoder
from qa.embedding import Batch, Embedding
from qa.progress import OnProgress
from qa.rules import Rules
from qa.store import FileRecord, IndexedPassage, Key, Store

_PASSAGES_A_BATCH = 256
_FILES_A_BATCH = 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file on disk that is to be read, and what is known of it and of the files inside it."""

    rules: Rules
    file: FoundFile
    known: FileRecord | None
    inside: Mapping[str, FileRecord]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file that was read and cut, waiting for its vectors; without a document it has no text."""

    root: str
    record: FileRecord
    document: Document | None
    passages: list[IndexedPassage]


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
    ) -> None:
        """Prepare to take; ``taken`` are files on disk, by root and path, named like members."""
        self._store = store
        self._load_encoder = load_encoder
        self._fingerprint = fingerprint
        self._taken = taken
        self._inside = _Inside()
        self._waiting: list[_Prepared] = []
        self._under_way: tuple[list[_Prepared], Batch] | None = None
        self._embedding = Embedding(load_encoder, on_progress)
        self._touched: list[tuple[str, FileRecord]] = []
        self.reports: list[FileReport] = []

    def take(self, wanted: Wanted, reading: Reading) -> bool:
        """Take what came of a file, or of one inside it; tell whether that was the last."""
        if reading.name == wanted.file.path:
            self._take_file(wanted, reading)
            self._inside = _Inside()
            return True
        self._take_member(wanted, reading)
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

    def _take_file(self, wanted: Wanted, reading: Reading) -> None:
        root, file, known = wanted.rules.root, wanted.file, wanted.known
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
        self._keep(root, record, reading, known)

    def _take_member(self, wanted: Wanted, reading: Reading) -> None:
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
        self._keep(root, record, reading, known)

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
        self, root: str, record: FileRecord, reading: Reading, known: FileRecord | None
    ) -> None:
        """Put a file in the row of those to be written, and on record."""
        document = reading.document
        passages: list[IndexedPassage] = []
        if document is None:
            record = _without_text(record, reading.error)
        else:
            record, passages = self._cut(record, document)
        self._waiting.append(_Prepared(root, record, document, passages))
        is_again = known is not None and known.status == "added"
        is_added = record.status == "added"
        self.reports.append(report(record, "updated" if is_added and is_again else record.status))
        waiting = sum(len(prepared.passages) for prepared in self._waiting)
        if waiting >= _PASSAGES_A_BATCH or len(self._waiting) >= _FILES_A_BATCH:
            self._embed_waiting()

    def _cut(
        self, record: FileRecord, document: Document
    ) -> tuple[FileRecord, list[IndexedPassage]]:
        """Cut a document; return what is to be kept of its file, and its passages."""
        record = replace(
            record,
            reason=document.note or None,
            encoding=document.encoding,
            title=document.title,
            pages=len(document.pages) or None,
            characters=len(document.text),
        )
        if not document.text.strip():
            return _empty(record), []
        encoder = self._load_encoder()
        passages = [
            IndexedPassage(
                passage, key_of(self._fingerprint, passage), analyzer.passage_terms(passage)
            )
            for passage in Chunker(encoder.count_tokens, encoder.max_tokens).split(document)
        ]
        return replace(record, passages=len(passages)), passages

    def _embed_waiting(self) -> None:
        """Begin to encode what is new in the waiting files, and write those before them."""
        texts = {
            indexed.key: indexed.passage.encoded
            for prepared in self._waiting
            for indexed in prepared.passages
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
        vectors = self._embedding.vectors(batch)
        for prepared in files:
            own = {i.key: vectors[i.key] for i in prepared.passages if i.key in vectors}
            self._store.put_file(
                prepared.root, prepared.record, prepared.document, prepared.passages, own
            )


def key_of(fingerprint: str, passage: Passage) -> Key:
    """Return the key (16 bytes) under which a passage's vectors are kept, wherever it stands."""
    shape = f"{len(passage.context)}\0{passage.body}"  # where the sentences begin
    encoded = f"{fingerprint}\0{shape}\0{passage.encoded}"
    return hashlib.blake2b(encoded.encode(), digest_size=16).digest()


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


def _empty(record: FileRecord) -> FileRecord:
    """Return what is kept of a document without text: it may still hold other files."""
    if record.members:
        inside = f"{record.members} file{'s' * (record.members != 1)} inside"
        return replace(record, reason="; ".join(filter(None, (inside, record.reason))))
    return replace(record, status="empty", reason=record.reason or "no text")
