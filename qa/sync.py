"""Bringing a library up to date with what lies under its roots."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from corpus import chunking, readers
from corpus.chunking import Chunker
from corpus.discovery import FoundFile, UnreadableFolder, find_files
from corpus.errors import ReadError, UnsupportedFormat
from corpus.types import Document, FileReport, Passage, Status
from embeddings import analyzer
from embeddings.types import Encoder, Vectors
from qa.evidence import encode_sentences
from qa.roots import Target, exclusion
from qa.store import FileRecord, IndexedPassage, Key, Store

#: Larger files are refused: one file must not take the memory of the machine.
MAX_FILE_BYTES = 200_000_000
_PASSAGES_A_BATCH = 256
_SENTENCES_A_BATCH = 64  # passages whose sentences are encoded and kept together
_CLOCK_GRAIN_NS = 2_000_000_000  # a file as young as this when read may change without its time


class Progress(NamedTuple):
    """How far a long run is: ``done`` of ``total`` ``unit``, in one of its stages."""

    stage: str
    done: int
    total: int
    unit: str


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file that was read and cut, waiting for its vectors."""

    root: str
    record: FileRecord
    document: Document
    passages: list[IndexedPassage]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do.

    ``to_read`` holds root, file and what is known of it; ``gone`` what is to be removed;
    ``unlisted`` folders whose files are kept as they are, because nothing can be said of them.
    """

    unchanged: list[FileRecord] = field(default_factory=list)
    to_read: list[tuple[str, FoundFile, FileRecord | None]] = field(default_factory=list)
    gone: list[tuple[str, FileRecord]] = field(default_factory=list)
    unlisted: list[UnreadableFolder] = field(default_factory=list)
    new_roots: list[str] = field(default_factory=list)

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
        fingerprint: str,
        library: Path,
        on_progress: OnProgress,
    ) -> None:
        """Prepare a run, which passes over the folder of the library itself.

        The encoder is loaded by the first file that needs it.
        """
        self._store = store
        self._load_encoder = load_encoder
        self._fingerprint = fingerprint
        self._library = library.resolve()
        self._on_progress = on_progress
        self._pipeline = " ".join(
            (readers.PIPELINE, chunking.PIPELINE, analyzer.PIPELINE, fingerprint)
        )
        self._waiting: list[_Prepared] = []
        self._touched: list[tuple[str, FileRecord]] = []
        self.reports: list[FileReport] = []

    def plan(self, wanted: Sequence[Target]) -> Plan:
        """Compare what lies under targets with what is known, by size and time alone."""
        with self._store.view() as view:
            roots = view.roots()
            known = {target: view.files(target.root) for target in wanted}
            passed_over = {self._library, *map(Path, roots), *map(Path, view.forgotten())}
        passed_over |= {Path(target.root) for target in wanted}
        plan = Plan(new_roots=[target.root for target in wanted if target.root not in roots])
        for target in wanted:
            files = find_files(
                Path(target.root),
                target.scope,
                without=frozenset(passed_over - {Path(target.root)}),
                excluded=exclusion(roots.get(target.root, ())),
            )
            self._compare(plan, target, files, dict(known[target]))
        return plan

    def _compare(
        self,
        plan: Plan,
        target: Target,
        files: Iterable[FoundFile | UnreadableFolder],
        left: dict[str, FileRecord],
    ) -> None:
        unlisted: list[str] = []
        for file in files:
            if isinstance(file, UnreadableFolder):
                plan.unlisted.append(file)
                unlisted.append(file.path)
                continue
            record = left.pop(file.path, None)
            if record is not None and self._looks_unchanged(file, record):
                plan.unchanged.append(record)
            else:
                plan.to_read.append((target.root, file, record))
        for path in sorted(left):
            if target.holds(path) and not path.startswith(tuple(unlisted)):
                plan.gone.append((target.root, left[path]))

    def run(self, plan: Plan) -> None:
        """Carry out a plan. What it does not name stays as it is."""
        self.report_untouched(plan)
        for at, (root, file, known) in enumerate(plan.to_read, start=1):
            self._take(root, file, known)
            self._on_progress(Progress("reading", at, len(plan.to_read), "files"))
        self._write_waiting()
        self._store.touch_files(self._touched)
        for root, record in plan.gone:
            self._store.remove_file(root, record.path)
            self.reports.append(_report(record, "removed"))
        self._store.collect_garbage()

    def report_untouched(self, plan: Plan) -> None:
        """Put the files that need nothing, and the folders that cannot be listed, on record."""
        for record in plan.unchanged:
            self._report_unchanged(record)
        for folder in plan.unlisted:
            reason = f"cannot be listed ({folder.reason}); its documents were kept as they were"
            self.reports.append(FileReport(folder.path or "./", "failed", reason))

    def complete_sentences(self) -> None:
        """Encode the sentences of passages that lack them; it may stop and go on at any point."""
        done, total = 0, self._store.count_without_sentences()
        while waiting := self._store.without_sentences(_SENTENCES_A_BATCH):
            vectors = encode_sentences(
                self._load_encoder(), [(text, body) for _, text, body in waiting]
            )
            self._store.put_sentences(
                {key: matrix for (key, _, _), matrix in zip(waiting, vectors, strict=True)}
            )
            done += len(waiting)
            self._on_progress(Progress("sentences", done, total, "passages"))

    def _take(self, root: str, file: FoundFile, known: FileRecord | None) -> None:
        if (shown := file.path.encode("utf-8", "replace").decode()) != file.path:
            reason = "its name is not valid Unicode; rename it"
            self.reports.append(FileReport(shown, "failed", reason))
            return
        read_ns = time.time_ns()
        try:
            data = self._bytes_of(file)
        except OSError as error:
            reason = f"cannot be opened ({error.strerror}); check its permissions"
            self.reports.append(FileReport(file.path, "failed", reason))
            return
        except ReadError as error:
            self._keep_without_text(root, _record(file, read_ns, "", self._pipeline), error)
            return
        record = _record(file, read_ns, hashlib.sha256(data).hexdigest(), self._pipeline)
        if known is not None and (known.sha256, known.pipeline) == (record.sha256, self._pipeline):
            seen = replace(known, size=file.size, mtime_ns=file.mtime_ns, read_ns=read_ns)
            self._touched.append((root, seen))
            self._report_unchanged(known)
            return
        try:
            document = readers.read(data, file.path)
        except ReadError as error:
            self._keep_without_text(root, record, error)
            return
        self._prepare(root, record, document, known)

    def _looks_unchanged(self, file: FoundFile, known: FileRecord) -> bool:
        return (
            (file.size, file.mtime_ns) == (known.size, known.mtime_ns)
            and known.pipeline == self._pipeline
            and known.mtime_ns < known.read_ns - _CLOCK_GRAIN_NS
        )

    def _bytes_of(self, file: FoundFile) -> bytes:
        if file.size > MAX_FILE_BYTES:
            raise ReadError(
                f"{file.size / 1e6:.0f} MB is above the limit of {MAX_FILE_BYTES / 1e6:.0f} MB; "
                "split the file"
            )
        return file.absolute.read_bytes()

    def _report_unchanged(self, known: FileRecord) -> None:
        status: Status = "unchanged" if known.status == "added" else known.status
        self.reports.append(_report(known, status))

    def _keep_without_text(self, root: str, record: FileRecord, error: ReadError) -> None:
        """Remember that a file could not be read, so that it is not read again unchanged."""
        status: Status = "skipped" if isinstance(error, UnsupportedFormat) else "failed"
        unread = replace(record, status=status, reason=str(error))
        self._store.put_file(root, unread)
        self.reports.append(_report(unread, status))

    def _prepare(
        self, root: str, record: FileRecord, document: Document, known: FileRecord | None
    ) -> None:
        pages = len(document.pages) or None
        record = replace(
            record,
            encoding=document.encoding,
            title=document.title,
            pages=pages,
            characters=len(document.text),
        )
        if not document.text.strip():
            reason = "no text, looks scanned" if pages else "no text"
            record = replace(record, status="empty", reason=reason)
            self._store.put_file(root, record)
            self.reports.append(_report(record, "empty"))
            return
        encoder = self._load_encoder()
        passages = [
            IndexedPassage(
                passage, key_of(self._fingerprint, passage), analyzer.count_terms(passage.text)
            )
            for passage in Chunker(encoder.count_tokens, encoder.max_tokens).split(document)
        ]
        record = replace(record, passages=len(passages))
        self._waiting.append(_Prepared(root, record, document, passages))
        again = known is not None and known.status == "added"
        self.reports.append(_report(record, "updated" if again else "added"))
        if sum(len(prepared.passages) for prepared in self._waiting) >= _PASSAGES_A_BATCH:
            self._write_waiting()

    def _write_waiting(self) -> None:
        """Encode what is new in the waiting files and write each file."""
        if not self._waiting:
            return
        texts = {
            indexed.key: indexed.passage.encoded
            for prepared in self._waiting
            for indexed in prepared.passages
        }
        vectors = self._vectors({k: texts[k] for k in texts.keys() - self._store.known_keys(texts)})
        for prepared in self._waiting:
            own = {i.key: vectors[i.key] for i in prepared.passages if i.key in vectors}
            self._store.put_file(
                prepared.root, prepared.record, prepared.document, prepared.passages, own
            )
        self._waiting.clear()

    def _vectors(self, texts: dict[Key, str]) -> dict[Key, Vectors]:
        if not texts:
            return {}
        done = 0

        def count(batch: int) -> None:
            nonlocal done
            done += batch
            self._on_progress(Progress("embedding", done, len(texts), "passages"))

        keys = sorted(texts)
        matrix = self._load_encoder().encode_documents([texts[key] for key in keys], count)
        return dict(zip(keys, matrix, strict=True))


def key_of(fingerprint: str, passage: Passage) -> Key:
    """Return the key (16 bytes) under which a passage's vectors are kept, wherever it stands."""
    shape = f"{len(passage.context)}\0{passage.body}"  # where the sentences begin
    encoded = f"{fingerprint}\0{shape}\0{passage.encoded}"
    return hashlib.blake2b(encoded.encode(), digest_size=16).digest()


def _record(file: FoundFile, read_ns: int, sha256: str, pipeline: str) -> FileRecord:
    return FileRecord(
        path=file.path,
        size=file.size,
        mtime_ns=file.mtime_ns,
        read_ns=read_ns,
        sha256=sha256,
        pipeline=pipeline,
        status="added",
    )


def _report(record: FileRecord, status: Status) -> FileReport:
    return FileReport(
        path=record.path,
        status=status,
        reason=record.reason,
        pages=record.pages,
        passages=record.passages,
        encoding=record.encoding,
    )
