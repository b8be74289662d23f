"""CSV and TSV: the decoded file, verbatim, and rows as the format's quotation marks make them."""

import csv
from io import StringIO
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.chunking import Chunker
from corpus.invariants import faults
from corpus.readers import read


def rows_of(document):
    (table,) = document.tables
    return [document.text[start:end] for start, end in pairwise((*table.rows, table.end))]


def labels_of(document):
    return [mark.label for mark in document.marks]


def test_the_text_is_the_file_and_rows_are_counted_as_a_spreadsheet_does():
    text = 'Name,Note\r\nAda,"first\r\nsecond, ""quoted"""\r\n\r\nBob,x\r\n'
    document = read(text.encode(), "a.csv")
    assert document.text == text
    assert [row.strip() for row in rows_of(document)] == [
        "Name,Note",
        'Ada,"first\r\nsecond, ""quoted"""',
        "Bob,x",
    ]
    assert labels_of(document) == ["row 1", "row 2", "row 4"]
    assert document.tables[0].headers == 1


@pytest.mark.parametrize(
    ("text", "name", "headers"),
    [
        ("Team,Cups\nBlues,1\n", "a.csv", 1),
        ("Team;Cups\nBlues;1,5\nFlyers;2,5\n", "a.csv", 1),
        ("Team\tCups\nBlues, the\t1\n", "a.csv", 1),
        ("Team|Cups\nBlues|1\n", "a.csv", 1),
        ("Team, all\tCups\nBlues\t1\n", "a.tsv", 1),
        ("sep=#\nTeam#Cups\nBlues#1\n", "a.csv", 1),
        ("Stanley Cups,,\nTeam,City,Cups\nBlues,STL,1\n", "a.csv", 2),
        ("Blues,1\nFlyers,2\n", "a.csv", 0),
        ("just one line", "a.csv", 0),
    ],
)
def test_header_rows_are_found_whatever_the_delimiter(text, name, headers):
    document = read(text.encode(), name)
    assert (document.text, document.tables[0].headers) == (text, headers)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le"])
def test_other_encodings_keep_their_rows(encoding):
    document = read("名前,年齢\n佐藤太郎,30\n三木英子,25\n".encode(encoding), "a.csv")
    assert rows_of(document) == ["名前,年齢\n", "佐藤太郎,30\n", "三木英子,25"]
    assert document.encoding == encoding


def test_a_quotation_mark_inside_a_field_is_a_mere_mark():
    document = read(b'Size,Price\n5" pipe,2\n6" pipe,3\n', "a.csv")
    assert len(rows_of(document)) == 3


def test_a_quotation_mark_that_is_never_closed_takes_no_more_than_its_line():
    text = 'a,b\n"never closed,1\n' + "x,y\n" * 50_000
    document = read(text.encode(), "a.csv")
    assert (document.text, len(rows_of(document))) == (text, 50_002)


@pytest.mark.parametrize(
    "text",
    ["\n" * 50_000, ',"' * 50_000, '"' * 100_001, "abc," * 100_000, "a,b\n1,\0\n", " ", "\r"],
)
def test_odd_files_are_kept_as_they_are(text):
    document = read(text.encode(), "a.csv")
    assert document.text == text
    assert not list(faults(document))


def test_a_large_file_loses_no_header():
    lines = ["City,Country,People", *(f"City {n},Land {n % 7},{n * 1000}" for n in range(1, 400))]
    document = read("\n".join(lines).encode(), "cities.csv")
    chunker = Chunker(lambda texts: [2 + len(text.split()) for text in texts], 64)
    first, *others = chunker.split(document)
    assert first.text.startswith("City,Country,People\nCity 1,")
    assert len(others) > 5
    for passage in others:
        assert passage.context == "City,Country,People"
        row = int(passage.text.removeprefix("City ").partition(",")[0]) + 1
        assert passage.location == f"row {row}"


fields = st.text(st.sampled_from('ab1 ,;\t|"\r\n'), max_size=8)


@given(
    st.lists(st.lists(fields, min_size=2, max_size=4), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
)
@example([["a", "\r"], ["b", "c"]], "\n")
def test_rows_are_those_of_the_csv_module(rows, line_end):
    stream = StringIO()
    csv.writer(stream, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    text = "sep=,\n" + stream.getvalue()
    document = read(text.encode(), "a.csv")
    assert document.text == text
    assert not list(faults(document))
    parsed = [next(csv.reader(StringIO(row, newline=""))) for row in rows_of(document)]
    assert parsed == rows
