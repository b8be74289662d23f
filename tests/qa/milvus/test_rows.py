"""Rows of Milvus come back as they were written, or are refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import Damaged, LibraryError
from corpus.types import Document, Page, Passage
from embeddings.analyzer import count_terms
from embeddings.milvus import row_filters
from qa.milvus.packing import pack, unpack
from qa.milvus.rows import (
    FileVersions,
    Version,
    document_of,
    file_of,
    file_row,
    passage_of,
    passage_row,
    passage_strings,
    scored_of,
    text_parts,
)
from qa.milvus.schema import ALIVE, LONGEST
from qa.milvus.sentences import more_keys, sentence_rows, sentences_of
from qa.milvus.terms import Term, term_of, term_row
from qa.store import IndexedPassage
from tests.fakes import bags, record_of

KEY = b"0123456789abcdef"


def version(**changes):
    base = Version(7, 3, 11, 2, 5, 1, 99, record_of("ü/a.txt", 2, "text"))
    return replace(base, **changes)


def passage_as_row(text="The tower\0 of granite"):
    passage = Passage(4, 4 + len(text), text, "A > B", "B", 2, "page 2", body=4)
    indexed = IndexedPassage(passage, KEY, count_terms(text))
    numbers = {term: at for at, term in enumerate(indexed.terms, start=1)}
    file = FileVersions("/root", "a.txt")
    strings, vector = passage_strings(file, indexed), bags([text])[0]
    return indexed, passage_row(11, version(), file, indexed, strings, vector, numbers, 12.0)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_packed(text):
    packed = pack(text, "a.txt")
    assert unpack(packed) == text
    assert "\0" not in packed
    assert len(packed.encode()) <= LONGEST


def test_long_text_is_packed_and_what_is_too_long_is_named():
    assert unpack(pack("ü" * 200_000, "a.txt")) == "ü" * 200_000
    noise = "".join(map(chr, np.random.default_rng(0).integers(32, 0xD000, 90_000)))
    with pytest.raises(LibraryError, match=r"a\.txt has more than a row"):
        pack(noise, "a.txt")


@pytest.mark.parametrize("size", [0, 5, 300_000])
def test_a_document_comes_back_from_its_parts(size):
    letters = np.random.default_rng(size).integers(32, 0xD000, size)
    document = Document("\0" + "".join(map(chr, letters)), pages=(Page(1, 0, 1, "sheet", "x"),))
    parts, checksum = text_parts(document)
    assert all(len(part) <= LONGEST for part in parts)
    kept = version(parts=len(parts), text_checksum=checksum)
    assert document_of(kept, parts) == (document.text, document.pages)
    with pytest.raises(Damaged):
        document_of(replace(kept, text_checksum=checksum ^ 1), parts)
    with pytest.raises(Damaged):
        document_of(kept, parts[:-1])


def test_a_passage_comes_back_and_a_changed_one_is_refused():
    indexed, row = passage_as_row()
    assert passage_of(row) == ("/root", "a.txt", indexed.passage)
    vector, counts = scored_of(row)
    assert np.array_equal(vector, bags([indexed.passage.text])[0])
    assert counts == indexed.terms
    for name in ("row", "version", "file", "key", "counts", "body"):
        with pytest.raises(Damaged):
            passage_of({**row, name: other(row[name])})
    for name in ("row", "key", "start", "path", "counts"):
        with pytest.raises(Damaged):
            scored_of({**row, name: other(row[name])})
    with pytest.raises(Damaged):
        scored_of({**row, "dense": row["dense"] + np.float32(1e-3)})


def other(value):
    return value + 1 if isinstance(value, int) else value + "x"


def test_versions_of_a_file_come_back():
    file = FileVersions("/root", "ü/a.txt", (version(died=5), version(number=8, born=5)))
    row = file_row(file)
    assert file_of(row) == file
    assert (row["changed"], row["dead"]) == (5, 1)
    seen = [file.at(change) for change in (3, 4, 5, 99)]
    assert [one and one.number for one in seen] == [7, 7, 8, 8]
    assert file.at(2) is None
    assert file.ended(9).at(9) is None
    with pytest.raises(Damaged):
        file_of({**row, "value": row["value"].replace("added", "adbed")})
    with pytest.raises(Damaged):
        file_of(file_row(replace(file, path="b.txt")) | {"id": file.id})


def test_a_change_that_was_not_completed_is_undone():
    file = FileVersions("/root", "a.txt", (version(),))
    changed = replace(file.ended(6), versions=(*file.ended(6).versions, version(born=6)))
    assert changed.as_of(5) == file
    assert changed.as_of(6) == changed
    assert FileVersions("/root", "a.txt", (version(born=6),)).as_of(5).versions == ()


def test_a_term_is_counted_once_however_often_a_change_is_made():
    term = Term("tower", 4).changed(1, 2).changed(5, 1)
    assert term.changed(7, 3) == term.changed(7, 3).changed(7, 3)
    assert term.changed(7, 3).as_of(5) == term
    assert [term.at(change) for change in (0, 1, 4, 5, 99)] == [0, 2, 2, 3, 3]
    assert term_of(term_row(term)) == term
    with pytest.raises(Damaged):
        term_of({**term_row(term), "value": "1:2,5:4"})


def test_a_term_that_changes_often_keeps_its_last_changes():
    term = Term("tower", 4)
    for change in range(1, 100):
        term = term.changed(change, 1)
    assert (term.at(99), term.at(98), term.frequency) == (99, 98, 99)
    assert len(term.history) < 20
    assert term.at(1) > 0, "an old view sees a later count, not none"


@pytest.mark.parametrize("sentences", [0, 1, 500])
def test_sentence_vectors_come_back_from_their_parts(sentences):
    matrix = bags([f"sentence {at}" for at in range(sentences)]).reshape(-1, 256)
    *more, first = sentence_rows(KEY, matrix)
    values = {row["key"]: row["value"] for row in more}
    assert more_keys(first) == list(values)
    kept = sentences_of(first, values, 256)
    assert kept is not None
    assert np.allclose(kept, matrix, atol=1e-3)
    with pytest.raises(Damaged):
        sentences_of({**first, "key": "00"}, values, 256)


@given(st.lists(st.integers(0, 60), max_size=40))
def test_filters_of_rows_hold_for_these_and_no_others(rows):
    filters = list(row_filters(np.array(rows, dtype=np.int64)))
    held = [row for row in range(-2, 64) if any(eval(one, {"row": row}) for one in filters)]
    assert held == sorted(set(rows))


def test_many_scattered_rows_are_named_in_several_filters():
    rows = np.arange(0, 5000, 2, dtype=np.int64)
    filters = list(row_filters(rows))
    assert len(filters) == 5
    assert max(map(len, filters)) < 10_000


def test_what_lives_died_later_than_any_change():
    assert version().died == ALIVE > 10**15
