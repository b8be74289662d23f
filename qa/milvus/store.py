"""The store of a library in Milvus, behind the same seam as the embedded one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from corpus.errors import Damaged, LibraryError
from corpus.types import Document
from embeddings.types import Vectors
from qa.milvus import schema
from qa.milvus.audit import audit
from qa.milvus.changes import Put
from qa.milvus.connection import Collection, Connection
from qa.milvus.garbage import without_sentences
from qa.milvus.lease import Lease
from qa.milvus.packing import digest
from qa.milvus.rows import FILE_FIELDS, TEXT_FIELDS, file_of, passage_of
from qa.milvus.sentences import PENDING, sentence_rows
from qa.milvus.state import Facts, State, read_both, read_state, write_facts, write_state
from qa.milvus.view import MilvusView
from qa.milvus.writer import Writer
from qa.portable import PortablePaths
from qa.store import Damage, FileRecord, IndexedPassage, Key, RootOptions

#: Seconds that what died is kept, so that questions under way end as they began.
GRACE = 5.0
# Passages after which Milvus Lite indexes what it searched row by row before: on the way,
# and at the end of a run.
_MANY, _SOME = 2000, 500
# Files and passages that are written in one change at most; a longer file is one of its own.
_FILES, _PASSAGES = 200, 512


class MilvusStore:
    """A `Store` in Milvus, which many machines may read while one writes.

    Writing takes a lease, which `writing` lets go of at its end; a write outside of it keeps the
    lease until `close`.
    """

    def __init__(self, connection: Connection, dimension: int, folder: Path) -> None:
        """Open an existing library; ``folder`` is that of its uploads on this machine."""
        self.connection = connection
        self.dimension = dimension
        self.collections = _collections(connection)
        self._paths = PortablePaths(folder)
        self._where = connection.address.shown
        self._lock = threading.RLock()
        self._writer: Writer | None = None
        self._facts: tuple[int, Facts] | None = None
        self._waiting: dict[tuple[str, str], Put | None] = {}
        self._owner: int | None = None  # the thread that is `writing`
        self._unsettled = 0

    @staticmethod
    def create(connection: Connection, settings: Mapping[str, str]) -> None:
        """Make an empty library with its settings, unless there is one."""
        schema.create(connection, int(settings["dimension"]))
        meta = connection.collection("meta")
        if read_state(meta, connection.address.shown) is None:
            write_state(meta, write_facts(meta, State(), Facts(dict(settings))))

    @staticmethod
    def read_settings(connection: Connection) -> dict[str, str]:
        """Return the settings of a library, nothing where there is none.

        Raises `LibraryError` for a format we do not know, or when the server is away.
        """
        if not schema.exists(connection):
            return {}
        found = read_both(connection.collection("meta"), connection.address.shown)
        return {} if found is None else found[1].settings

    def close(self) -> None:
        """Let others write, and let go of the server."""
        with self._lock:
            if self._writer is not None:
                self._writer.end()
                self._writer = None
        self.connection.close()

    @contextmanager
    def writing(self, on_wait: Callable[[str], None]) -> Iterator[None]:
        """Be the one who writes, on all machines, for as long as the context lasts.

        ``on_wait`` is told who is waited for. Raises `LibraryError` when that takes too long.
        """
        with self._lock:
            if self._writer is not None:
                yield
                return
            self._writer = self._begun(on_wait)
            self._owner = threading.get_ident()
            try:
                yield
                self._catch_up()
                self.settle(least=_SOME)
            finally:
                self._waiting, self._owner = {}, None
                self._writer.end()
                self._writer = None

    @contextmanager
    def view(self) -> Iterator[MilvusView]:
        """Give one consistent state to read; see `MilvusView` for how long."""
        self._catch_up()
        state, facts = self._read()
        yield MilvusView(self.collections, self.dimension, self._paths, state, facts)

    def put_setting(self, name: str, value: str | None) -> None:
        """Keep a setting under a name; None removes it."""
        with self._change() as writer:
            facts = writer.facts()
            settings = {key: kept for key, kept in facts.settings.items() if key != name}
            if value is not None:
                settings[name] = value
            writer.put_facts(replace(facts, settings=settings))

    def add_root(
        self, root: str, *, exclude: Sequence[str] | None = None, ocr: bool | None = None
    ) -> None:
        """Remember a root, and how it is read; None leaves that as it is."""
        root = self._paths.kept(root)
        with self._change() as writer:
            facts = writer.facts()
            options = facts.roots.get(root, RootOptions())
            if exclude is not None:
                options = replace(options, exclude=tuple(exclude))
            if ocr is not None:
                options = replace(options, ocr=ocr)
            if facts.roots.get(root) != options:
                writer.put_facts(replace(facts, roots={**facts.roots, root: options}))

    def remove_root(self, root: str) -> None:
        """Delete a root with all that is kept of its files."""
        root = self._paths.kept(root)
        with self._change() as writer:
            where = f'root == "{digest(root)}"'
            rows = self.collections["files"].scan(where, FILE_FIELDS)
            files = [file for row in rows if (file := file_of(row)).at(writer.state.change)]
            places = [(file.root, file.path) for file in files]
            while len(places) > _FILES:
                writer.write_files((), places[:_FILES])
                del places[:_FILES]
            facts = writer.facts()
            roots = {one: options for one, options in facts.roots.items() if one != root}
            writer.write_files((), places, replace(facts, roots=roots))

    def forget(self, source: str) -> None:
        """Remember that a file or folder on disk is to be passed over."""
        with self._change() as writer:
            facts = writer.facts()
            forgotten = facts.forgotten | {self._paths.kept(source)}
            if forgotten != facts.forgotten:
                writer.put_facts(replace(facts, forgotten=forgotten))

    def recall(self, source: str) -> None:
        """Take back `forget`."""
        with self._change() as writer:
            facts = writer.facts()
            forgotten = facts.forgotten - {self._paths.kept(source)}
            if forgotten != facts.forgotten:
                writer.put_facts(replace(facts, forgotten=forgotten))

    def put_file(
        self,
        root: str,
        record: FileRecord,
        document: Document | None = None,
        passages: Sequence[IndexedPassage] = (),
        vectors: Mapping[Key, Vectors] | None = None,
    ) -> None:
        """Replace all that is kept of one file, in one change with some others.

        While `writing` lasts, files wait until there are enough to be worth the round trips, or the
        thread that wrote them reads.
        """
        kept = self._paths.kept(root)
        with self._write() as writer:
            if kept not in writer.facts().roots:
                raise LibraryError(f"{root} is not a root of this library; index it first")
            put = Put(kept, record, document, passages, vectors or {})
            self._put_off(writer, (kept, record.path), put)

    def touch_files(self, touched: Iterable[tuple[str, FileRecord]]) -> None:
        """Record new sizes, times and pipelines of files; their contents are what they were."""
        files = [(self._paths.kept(root), record) for root, record in touched]
        if files:
            with self._change() as writer:
                writer.touch_files(files)

    def remove_file(self, root: str, path: str) -> None:
        """Delete all that is kept of one file but its vectors, which others may share."""
        with self._write() as writer:
            self._put_off(writer, (self._paths.kept(root), path), None)

    def known_keys(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of the keys that have a vector."""
        self._catch_up()
        wanted = sorted({key.hex() for key in keys})
        return {
            bytes.fromhex(row["key"]) for row in self.collections["vectors"].get(wanted, ["key"])
        }

    def without_sentences(self, limit: int) -> list[tuple[Key, str, int]]:
        """Return key, text and body of up to ``limit`` passages without sentence vectors."""
        self._catch_up()
        rows = without_sentences(self.collections, limit)
        found = self.collections["passages"].get(list(rows.values()), TEXT_FIELDS)
        passages = [(bytes.fromhex(row["key"]), passage_of(row)[2]) for row in found]
        return [(key, passage.text, passage.body) for key, passage in passages]

    def count_without_sentences(self) -> int:
        """Return how many vectors still lack those of their sentences."""
        self._catch_up()
        return self.collections["vectors"].count(f"state == {PENDING}")

    def put_sentences(self, vectors: Mapping[Key, Vectors]) -> None:
        """Keep the sentence vectors of passages, as 16-bit floats."""
        with self._change() as writer:
            known = self.known_keys(vectors)
            writer.put_sentences(
                [sentence_rows(key, matrix) for key, matrix in vectors.items() if key in known]
            )

    def collect_garbage(self) -> None:
        """Delete vectors that no passage refers to."""
        if self.has_loose_ends():
            with self._change() as writer:
                writer.collect_garbage()

    def has_loose_ends(self) -> bool:
        """Tell whether there is something left to delete."""
        self._catch_up()
        return bool(self._read()[0].dead)

    def forget_removed(self, change: int) -> None:
        """Drop the record of rows removed up to a change, and what died some seconds ago."""
        if self.has_loose_ends():
            with self._change() as writer:
                writer.forget_removed(change)
                writer.purge(GRACE, wait=False)

    def damage(self) -> list[Damage]:
        """Return what is damaged, after reading everything; nothing is changed."""
        try:
            with self.view() as view:
                return list(audit(self.collections, view))
        except Damaged as error:
            return [Damage("", "", f"the database is malformed ({error})")]

    def discard(self, root: str, path: str) -> None:
        """Delete a document whose rows are damaged, and all vectors it shares with others."""
        with self._change() as writer:
            writer.discard(self._paths.kept(root), path)

    def recount(self) -> None:
        """Count terms, passages and lengths anew from the passages themselves."""
        with self._change() as writer:
            writer.recount()

    def shrink(self) -> None:
        """Delete at once what died, when the questions under way have ended; give room back."""
        with self._change() as writer:
            writer.purge(GRACE, wait=True)
        self.settle()

    def settle(self, *, least: int = 0) -> None:
        """Let Milvus Lite index what it has in memory, if that is ``least`` new passages.

        A cluster does so by itself.
        """
        if self._unsettled >= least and self.connection.is_lite:
            for collection in self.collections.values():
                collection.flush()
            self._unsettled = 0

    def _read(self) -> tuple[State, Facts]:
        """Return the state that holds, with its facts. Raises `Damaged` when they are."""
        found = read_both(self.collections["meta"], self._where, self._facts)
        if found is None:
            raise LibraryError(f"there is no library in {self._where}; make one with qa index")
        self._facts = found[0].facts, found[1]
        return found

    @contextmanager
    def _write(self) -> Iterator[Writer]:
        """Give the writer, after those before him."""
        with self._lock:
            if self._writer is None:
                self._writer = self._begun(lambda who: None)
            yield self._writer

    @contextmanager
    def _change(self) -> Iterator[Writer]:
        """Give the writer, with nothing put off any more."""
        with self._write() as writer:
            self._catch_up()
            yield writer

    def _put_off(self, writer: Writer, place: tuple[str, str], put: Put | None) -> None:
        """Write a file, or that it is gone: with others, while `writing` lasts."""
        if self._owner is None:
            self._write_files(writer, {place: put})
            return
        if place in self._waiting:
            self._catch_up()
        self._waiting[place] = put
        passages = sum(len(put.passages) for put in self._waiting.values() if put is not None)
        if passages >= _PASSAGES or len(self._waiting) >= _FILES:
            self._catch_up()

    def _catch_up(self) -> None:
        """Write what was put off, if this is the thread that did it."""
        if self._waiting and self._owner == threading.get_ident():
            waiting, self._waiting = self._waiting, {}
            with self._write() as writer:
                self._write_files(writer, waiting)

    def _write_files(self, writer: Writer, files: Mapping[tuple[str, str], Put | None]) -> None:
        puts = [put for put in files.values() if put is not None]
        writer.write_files(puts, [place for place, put in files.items() if put is None])
        self._unsettled += sum(len(put.passages) for put in puts)
        self.settle(least=_MANY)

    def _begun(self, on_wait: Callable[[str], None]) -> Writer:
        lease = Lease(self.collections["meta"], self._where)
        writer = Writer(self.collections, lease, self._where)
        writer.begin(on_wait)
        return writer


def _collections(connection: Connection) -> dict[str, Collection]:
    return {name: connection.collection(name) for name in schema.COLLECTIONS}


def describe(connection: Connection) -> dict[str, str]:
    """Return what is worth knowing of a library: where it is, the server, how far it is."""
    where = connection.address.shown
    state = read_state(connection.collection("meta"), where)
    server = connection.call(lambda client, timeout: client.get_server_version(timeout=timeout))
    return {
        "address": where,
        "server": str(server),
        "consistency": connection.consistency,
        "change": str(0 if state is None else state.change),
        "deleted, kept still": str(0 if state is None else state.dead),
    }
