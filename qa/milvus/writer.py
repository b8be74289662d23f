"""The writing side of a library in Milvus: one change after the other, each published last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from corpus.errors import Damaged, LibraryError
from embeddings.milvus import ROW
from embeddings.types import Vectors
from qa.milvus.changes import Change, Draft, Put, drafted, touched
from qa.milvus.connection import Collection, Row
from qa.milvus.garbage import dead_versions, purge, recount, retarget
from qa.milvus.lease import Lease
from qa.milvus.packing import digest
from qa.milvus.recovery import mark_dead, roll_back
from qa.milvus.rows import (
    FILE_FIELDS,
    SCORED_FIELDS,
    FileVersions,
    counts_of,
    file_id,
    file_of,
    file_row,
    passage_row,
    scored_of,
)
from qa.milvus.sentences import pending_row
from qa.milvus.state import (
    Facts,
    State,
    read_facts,
    read_state,
    remove_facts,
    write_facts,
    write_state,
)
from qa.milvus.terms import TERM_FIELDS, Term, term_of, term_row
from qa.rows import DAMAGED
from qa.store import FileRecord, Key

_MOST_TERMS = 500_000  # terms that a writer keeps in memory


class Writer:
    """Who holds the lease of a library; no other process changes anything meanwhile.

    It knows the state and remembers terms, so that a file costs few round trips.
    """

    def __init__(self, collections: dict[str, Collection], lease: Lease, where: str) -> None:
        """Prepare; `begin` comes first."""
        self._collections = collections
        self._lease = lease
        self._where = where
        self._terms: dict[str, Term] = {}
        self._facts: tuple[int, Facts] | None = None
        self._is_whole = True
        self.state = State()

    def begin(self, on_wait: Callable[[str], None]) -> None:
        """Take the lease, and undo what the last writer left half done."""
        self._is_whole = self._lease.acquire(on_wait)
        try:
            self._read_state()
        except BaseException:
            self._lease.release(is_clean=False)
            raise

    def end(self) -> None:
        """Let others write."""
        self._lease.release(is_clean=self._is_whole)

    def facts(self) -> Facts:
        """Return settings, roots and what is forgotten. Raises `Damaged` when they are."""
        if self._facts is None or self._facts[0] != self.state.facts:
            facts = read_facts(self._collections["meta"], self.state)
            if facts is None:
                raise Damaged(DAMAGED)
            self._facts = self.state.facts, facts
        return self._facts[1]

    def put_facts(self, facts: Facts) -> None:
        """Write other facts in the place of those that hold."""
        with self._changing():
            before = self.state
            after = write_facts(self._collections["meta"], before, facts)
            self._publish(after)
            if before.facts > 1:  # who reads the last ones may go on for a moment
                remove_facts(self._collections["meta"], replace(before, facts=before.facts - 1))

    def write_files(
        self,
        puts: Sequence[Put],
        gone: Sequence[tuple[str, str]] = (),
        facts: Facts | None = None,
    ) -> None:
        """Write files, and let their former versions and those that are gone die, in one change.

        Files are given once each, by root and path where they are ``gone``. With the change other
        ``facts`` may hold.
        """
        with self._changing():
            change = Change()
            places = [*((put.root, put.record.path) for put in puts), *gone]
            after = replace(self.state, change=self.state.change + 1)
            files, after = self._end_versions(change, after, self._files(places))
            drafts = []
            for put, file in zip(puts, files, strict=False):
                draft, after = drafted(change, put, file, after)
                drafts.append(draft)
            after = self._number_terms(change.steps, after)
            self._add_passages(change, drafts, after.average_length)
            change.files = [*(d.file for d in drafts), *files[len(puts) :]]
            if facts is not None:
                after = write_facts(self._collections["meta"], after, facts)
            self._write(change, after)

    def touch_files(self, looked_at: Iterable[tuple[str, FileRecord]]) -> None:
        """Record sizes, times and pipelines of files; this is no change."""
        records = {file_id(root, record.path): (root, record) for root, record in looked_at}
        with self._changing():
            places = [(root, record.path) for root, record in records.values()]
            files = [file for file in self._files(places) if file.versions]
            self._collections["files"].upsert(
                [file_row(touched(file, records[file.id][1])) for file in files]
            )

    def put_sentences(self, matrices: Sequence[Sequence[Row]]) -> None:
        """Write the rows of sentence vectors; of each matrix the one that says so comes last."""
        with self._changing():
            vectors = self._collections["vectors"]
            vectors.upsert([row for rows in matrices for row in rows[:-1]])
            vectors.upsert([rows[-1] for rows in matrices], partial=True)

    def discard(self, root: str, path: str) -> None:
        """Let a file die whose rows may be damaged; `recount` comes after."""
        with self._changing():
            file = self._files([(root, path)])[0]
            version = file.at(self.state.change)
            if version is None:
                return
            retarget(self._collections, version.rows, afresh=True)
            after = replace(
                self.state,
                change=self.state.change + 1,
                dead=self.state.dead + 1,
                died=time.time(),
            )
            mark_dead(self._collections["passages"], version.rows, after.change)
            self._collections["files"].upsert([file_row(file.ended(after.change))])
            self._publish(after)

    def collect_garbage(self) -> None:
        """Delete vectors that no passage that lives refers to."""
        if not self.state.dead:
            return
        with self._changing():
            versions = [version for _, version in dead_versions(self._collections["files"])]
            untidy = [row for v in versions if v.died > self.state.tidied for row in v.rows]
            retarget(self._collections, untidy)
            self._publish(replace(self.state, tidied=self.state.change))

    def forget_removed(self, change: int) -> None:
        """Want no record of passages removed up to a change any more."""
        if self.state.dead and change > self.state.forgotten:
            with self._changing():
                self._publish(replace(self.state, forgotten=change))

    def purge(self, grace: float, *, wait: bool) -> None:
        """Delete what died ``grace`` seconds ago; ``wait`` until it is that long ago."""
        if not self.state.dead:
            return
        left = self.state.died + grace - time.time()
        if left > 0 and not wait:
            return
        time.sleep(min(max(left, 0.0), grace))
        with self._changing():
            dead = purge(self._collections, self.state)
            self._terms.clear()
            self._publish(replace(self.state, dead=dead))

    def recount(self) -> None:
        """Count terms, passages and lengths anew from the passages themselves."""
        with self._changing():
            self._terms.clear()
            after = recount(self._collections, self.state)
            self._publish(replace(after, change=after.change + 1))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Begin a change on a library that is whole; what fails on the way is undone first."""
        self._lease.require()
        if not self._is_whole:
            self._read_state()
        self._is_whole = False
        try:
            yield
        except BaseException:
            self._terms.clear()
            raise
        self._is_whole = True

    def _read_state(self) -> None:
        state = read_state(self._collections["meta"], self._where)
        if state is None:
            raise LibraryError(f"there is no library in {self._where}; make one with qa index")
        if not self._is_whole:
            roll_back(self._collections, state)
            self._terms.clear()
            self._is_whole = True
        self.state = state

    def _write(self, change: Change, after: State) -> None:
        """Write all rows of a change, and the state that publishes them last."""
        number = after.change
        changed = [
            self._terms[term].changed(number, step) for term, step in change.steps.items() if step
        ]
        terms = [term_row(term) for term in changed]
        files = [file_row(file) for file in change.files]
        self._collections["passages"].upsert(change.passages)
        self._collections["vectors"].upsert(change.vectors)
        self._collections["texts"].upsert(change.texts)
        self._collections["terms"].upsert(terms)
        mark_dead(self._collections["passages"], change.dying, number)
        self._collections["files"].upsert(files)
        self._publish(after)
        self._terms.update((term.term, term) for term in changed)

    def _publish(self, after: State) -> None:
        self._lease.require()
        write_state(self._collections["meta"], after)
        self.state = after

    def _files(self, places: Sequence[tuple[str, str]]) -> list[FileVersions]:
        """Return files with their versions, none for those that are not there."""
        ids = [file_id(root, path) for root, path in places]
        found = {
            row["id"]: file_of(row) for row in self._collections["files"].get(ids, FILE_FIELDS)
        }
        return [
            found.get(key, FileVersions(root, path))
            for key, (root, path) in zip(ids, places, strict=True)
        ]

    def _end_versions(
        self, change: Change, after: State, files: Sequence[FileVersions]
    ) -> tuple[list[FileVersions], State]:
        """Let the versions of files that live die in a change; return both as they are after it."""
        living = [v for file in files if (v := file.at(self.state.change)) is not None]
        change.dying += (row for version in living for row in version.rows)
        rows = self._collections["passages"].get(change.dying, (ROW, "counts"))
        change.steps.subtract(term for row in rows for term in counts_of(row))
        if living:
            after = replace(
                after,
                passages=after.passages - sum(version.passages for version in living),
                terms=after.terms - sum(version.terms for version in living),
                dead=after.dead + len(living),
                died=time.time(),
            )
        return [file.ended(after.change) for file in files], after

    def _number_terms(self, terms: Iterable[str], after: State) -> State:
        """Give each term that has none a dimension; return the state with the next one."""
        self._learn(terms)
        number = after.number
        for term in terms:
            if term not in self._terms:
                self._terms[term] = Term(term, number)
                number += 1
        return replace(after, number=number)

    def _learn(self, terms: Iterable[str]) -> None:
        """Read those of the terms that are not known yet."""
        if len(self._terms) > _MOST_TERMS:
            self._terms.clear()
        missing = [digest(term) for term in terms if term not in self._terms]
        found = self._collections["terms"].get(missing, TERM_FIELDS)
        self._terms.update((term.term, term) for term in map(term_of, found))

    def _add_passages(self, change: Change, drafts: Sequence[Draft], average_length: float) -> None:
        """Add the rows of passages, with the vectors given or those that others have."""
        vectors = {key: vector for draft in drafts for key, vector in draft.put.vectors.items()}
        keys = {indexed.key for draft in drafts for indexed in draft.put.passages}
        known = self._known(keys)
        vectors |= self._shared_vectors(known, keys - vectors.keys())
        new: dict[str, Row] = {}
        for draft in drafts:
            for row, indexed, strings in draft.rows:
                numbers = {term: self._terms[term].number for term in indexed.terms}
                vector, key = vectors[indexed.key], indexed.key.hex()
                change.passages.append(
                    passage_row(
                        row, draft.version, draft.file, indexed, strings, vector, numbers,
                        average_length,
                    )
                )  # fmt: skip
                if key not in known:
                    new.setdefault(key, pending_row(key, row))
        change.vectors += new.values()

    def _known(self, keys: Iterable[Key]) -> dict[str, int]:
        """Return the passage that has the vector of each key, where there is one."""
        found = self._collections["vectors"].get([key.hex() for key in keys], ("key", ROW))
        return {row["key"]: row[ROW] for row in found}

    def _shared_vectors(self, known: Mapping[str, int], keys: Iterable[Key]) -> dict[Key, Vectors]:
        """Return the vectors of keys as other passages have them."""
        rows = {known.get(key.hex(), 0): key for key in keys}
        found = self._collections["passages"].get(list(rows), SCORED_FIELDS)
        vectors = {rows[row[ROW]]: scored_of(row)[0] for row in found}
        if missing := set(rows.values()) - vectors.keys():
            raise Damaged(f"{len(missing)} vectors are gone that were there; {DAMAGED}")
        return vectors
