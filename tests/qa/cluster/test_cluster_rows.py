"""What travels through a cluster comes back as it went, in order and once."""

from dataclasses import replace

import pytest

from corpus.errors import OverLimit, Unavailable
from corpus.limits import Limits
from corpus.types import Document, Heading, Page, Passage
from corpus.workers.wire import Reading, Task
from qa.preparing import Errand
from qa.store import IndexedPassage
from tests.fakes import bags

pytest.importorskip("pyarrow")
from qa.cluster.rows import (
    cut_row,
    cut_table,
    errand_tables,
    errands_of,
    prepared_in_order,
    texts_of,
    with_vectors,
)

TEXT = "Of lamps\n\nThe keeper lit the lamp. \U0001f56f Oil burned."
DOCUMENT = Document(
    TEXT,
    title="Lamps",
    pages=(Page(1, 0, len(TEXT)),),
    headings=(Heading(0, 8, 1, "Of lamps"),),
    encoding="utf-8",
    note="a picture was left out",
)
PASSAGES = [
    IndexedPassage(Passage(0, 34, TEXT[:34], "Lamps", "Of lamps", 1, "page 1", 10), b"a" * 16, {}),
    IndexedPassage(Passage(34, len(TEXT), TEXT[34:]), b"b" * 16, {"oil": 2, "бурн": 1}),
]


def reading(name, document=DOCUMENT, **fields):
    return Reading(name, 7, "ab" * 32, 123, document=document, **fields)


def encoded(rows):
    """Return a table of rows as the second stage returns it."""
    table = cut_table(rows)
    texts = texts_of(table)
    return with_vectors(table, dict(zip(texts, bags(list(texts.values())), strict=True)))


def row(number, part, name, **fields):
    return cut_row(number, part, reading(name, **fields), PASSAGES, set())


def seen(rows, names):
    """Return name and error of what comes of rows."""
    prepared = prepared_in_order([encoded([one]) for one in rows], names)
    return [(p.reading.name, type(p.reading.error).__name__) for p in prepared]


def test_errands_come_back_as_they_went():
    tasks = [
        Task("/docs/a.txt", "a.txt", True, Limits(seconds=2.0), {"a.txt": "12"}, ("a.txt!b",), ""),
        Task("s3://docs/\udcff", "я"),
    ]
    errands = [(0, Errand(tasks[0]), [b"k" * 16, b"l" * 16]), (1, Errand(tasks[1]), [])]
    (table,) = errand_tables(errands)
    first, second = errands_of(table)
    back = [replace(task, answered=tuple(task.answered)) for _, task, _ in (first, second)]
    assert back == tasks
    assert [first[2], second[2]] == [{b"k" * 16, b"l" * 16}, set()]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([1] * 70, [32, 32, 6]),
        ([9_000_000] * 3, [1, 1, 1]),
        ([4_000_000, 4_000_000, 1], [2, 1]),
        ([], []),
    ],
)
def test_a_worker_gets_few_files_at_once_and_fewer_large_ones(sizes, expected):
    errands = [(n, Errand(Task("/a", "a"), size), ()) for n, size in enumerate(sizes)]
    assert [table.num_rows for table in errand_tables(errands)] == expected


def test_what_was_read_and_cut_comes_back_as_it_went():
    (prepared,) = prepared_in_order([encoded([row(0, 0, "a.txt")])], ["a.txt"])
    assert prepared.reading == reading("a.txt")
    assert prepared.passages == PASSAGES
    expected = {p.key: bags([p.passage.encoded])[0].tobytes() for p in PASSAGES}
    assert {key: vector.tobytes() for key, vector in prepared.vectors.items()} == expected


def test_what_is_known_is_not_encoded():
    table = cut_table([cut_row(0, 0, reading("a.txt"), PASSAGES, {b"a" * 16})])
    assert texts_of(table) == {b"b" * 16: PASSAGES[1].passage.encoded}
    same = cut_table([row(0, 0, "a.txt"), row(1, 0, "b.txt")])
    assert len(texts_of(same)) == 2, "each text once"


def test_errors_and_files_without_text_come_back():
    rows = [
        cut_row(0, 0, reading("a", None, error=OverLimit("too large")), [], set()),
        cut_row(1, 0, reading("b", None), [], set()),
        cut_row(2, 0, reading("c", Document("")), [], set()),
    ]
    error, known, empty = prepared_in_order([encoded(rows)], ["a", "b", "c"])
    assert isinstance(error.reading.error, OverLimit)
    assert str(error.reading.error) == "too large"
    assert known.reading.is_known
    assert empty.reading.document == Document("")
    assert [list(p.passages or ()) for p in (error, known, empty)] == [[], [], []]


def test_the_files_inside_one_come_before_it():
    rows = [row(0, 0, "a.zip!x"), row(0, 1, "a.zip!y"), row(0, 2, "a.zip"), row(1, 0, "b")]
    expected = [("a.zip!x", "NoneType"), ("a.zip!y", "NoneType")]
    assert seen(rows, ["a.zip", "b"]) == [*expected, ("a.zip", "NoneType"), ("b", "NoneType")]


def test_what_comes_twice_is_taken_once():
    rows = [row(0, 0, "a!x"), row(0, 0, "a!x"), row(0, 1, "a"), row(0, 0, "a!x"), row(1, 0, "b")]
    assert [name for name, _ in seen(rows, ["a", "b"])] == ["a!x", "a", "b"]


def test_what_is_missing_could_not_be_had():
    missing = Unavailable.__name__
    assert seen([row(1, 0, "b")], ["a", "b", "c"]) == [
        ("a", missing),
        ("b", "NoneType"),
        ("c", missing),
    ]
    rows = [row(0, 0, "a!x"), row(0, 2, "a"), row(1, 0, "b")]
    assert seen(rows, ["a", "b"]) == [("a!x", "NoneType"), ("a", missing), ("b", "NoneType")]
    assert seen([row(0, 0, "a!x"), row(1, 0, "b")], ["a", "b"])[1:] == [
        ("a", missing),
        ("b", "NoneType"),
    ]
