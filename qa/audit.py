"""Is what the store holds what was written? Every row against its checksum and its neighbours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from corpus.errors import Damaged, LibraryError
from corpus.sentences import body_sentences
from qa import schema
from qa.rows import read_as_written
from qa.sqlite_view import SQLiteView
from qa.sqlite_write import recounted
from qa.store import Damage, StoredPassage

_ROWS = 512  # passages looked at together


def audit(connection: sqlite3.Connection, view: SQLiteView) -> Iterator[Damage]:
    """Yield what is damaged. Raises `sqlite3.Error` where the file itself cannot be read."""
    (state,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if state != "ok":
        yield Damage("", "", f"the database is malformed ({state})")
        return
    for root in view.roots():
        files = connection.execute(
            "SELECT files.id, files.path FROM files JOIN roots ON roots.id = files.root "
            "WHERE roots.path = ? ORDER BY files.path",
            (view.kept(root),),
        ).fetchall()
        for file, path in files:
            for what in _damage_of_file(connection, view, root, file, path):
                yield Damage(root, path, what)
    yield from (Damage("", "", what) for what in _damage_of_statistics(connection))


def _damage_of_file(
    connection: sqlite3.Connection, view: SQLiteView, root: str, file: int, path: str
) -> Iterator[str]:
    try:
        record = view.file(root, path)
        if record.status != "added":
            return
        text = view.document(root, path).text
        rows = [
            row for (row,) in connection.execute("SELECT id FROM passages WHERE file = ?", (file,))
        ]
        if len(rows) != record.passages:
            yield f"it has {len(rows)} passages, not {record.passages}"
        for first in range(0, len(rows), _ROWS):
            for stored in view.stored(rows[first : first + _ROWS]):
                yield from _damage_of_passage(connection, view, stored, text)
    except (LibraryError, ValueError, TypeError) as error:
        yield str(error).partition(";")[0]


def _damage_of_passage(
    connection: sqlite3.Connection, view: SQLiteView, stored: StoredPassage, text: str
) -> Iterator[str]:
    passage = stored.passage
    place = f"passage {passage.start}-{passage.end}"
    if text[passage.start : passage.end] != passage.text:
        yield f"{place} is not the document's text"
    row = connection.execute(
        "SELECT vector, checksum, sentences, sentences_checksum FROM vectors WHERE key = ?",
        (stored.key,),
    ).fetchone()
    if row is None:
        yield f"{place} has no vector"
        return
    vector, checksum, sentences, sentences_checksum = row
    if schema.vector_checksum(stored.key, vector) != checksum or len(vector) != 4 * view.dimension:
        yield f"the vector of {place} fails its checksum"
    if sentences is None:
        return
    size = 2 * view.dimension * len(body_sentences(passage.text, passage.body))
    if (
        schema.vector_checksum(stored.key, sentences) != sentences_checksum
        or len(sentences) != size
    ):
        yield f"the sentence vectors of {place} fail their checksum"


def _damage_of_statistics(connection: sqlite3.Connection) -> Iterator[str]:
    """Count again what is kept counted: terms' frequencies, passages, lengths."""
    orphans = "SELECT EXISTS (SELECT 1 FROM passages WHERE file NOT IN (SELECT id FROM files))"
    if connection.execute(orphans).fetchone()[0]:
        yield "there are passages of no document"
    try:
        with read_as_written():
            frequencies, passages, length = recounted(connection)
    except Damaged:
        yield "the terms of a passage cannot be read"
        return
    rows = connection.execute("SELECT id, term, frequency, checksum FROM terms").fetchall()
    kept = {number: frequency for number, _, frequency, _ in rows if frequency > 0}
    sound = all(schema.term_checksum(*row) == checksum for *row, checksum in rows)
    if kept != dict(frequencies) or not sound:
        yield "the frequencies of terms are not those of the passages"
    counters = dict(connection.execute("SELECT name, value FROM counters"))
    if (counters.get("passages"), counters.get("terms")) != (passages, length):
        yield "the counters are not those of the passages"
