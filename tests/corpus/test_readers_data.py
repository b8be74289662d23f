"""JSON, lines of JSON and YAML: the decoded file, verbatim, marked where its records begin."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.chunking import Chunker
from corpus.invariants import faults
from corpus.readers import read

RECORDS = [{"name": f"Person {n}", "tags": [{"a": 1}, {"b": "], {"}]} for n in range(1, 4)]


def count_words(texts):
    return [2 + len(text.split()) for text in texts]


def marked(document):
    """Return what stands at each mark, up to the end of its line, by the mark's label."""
    return {m.label: document.text[m.start :].partition("\n")[0] for m in document.marks}


def rows_of(document):
    return [
        [document.text[start:end].strip(" \r\n,") for start, end in pairwise((*t.rows, t.end))]
        for t in document.tables
    ]


# JSON


@pytest.mark.parametrize("indent", [None, 2])
def test_the_records_of_a_list_are_rows(indent):
    text = json.dumps(RECORDS, indent=indent)
    document = read(text.encode(), "a.json")
    assert document.text == text
    (rows,) = rows_of(document)
    assert [json.loads(row) for row in rows] == RECORDS
    assert list(marked(document)) == ["record 1", "record 2", "record 3"]
    assert document.tables[0].headers == 0


def test_members_of_the_outermost_object_are_marked_and_their_lists_are_rows():
    value = {"title": "x, {", "people": RECORDS, "caf\u00e9": {"inner": [1]}, "more": RECORDS[:1]}
    document = read(json.dumps(value, indent=1).encode(), "a.json")
    labels = [mark.label for mark in document.marks]
    assert labels == [
        "title",
        "people",
        *(f"people, record {n}" for n in (1, 2, 3)),
        "café",
        "more",
        "more, record 1",
    ]
    people, more = rows_of(document)
    assert [json.loads(row) for row in people] == RECORDS
    assert [json.loads(row) for row in more] == RECORDS[:1]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json"])
def test_each_line_of_lines_of_json_is_a_record(name):
    text = "".join(json.dumps(record) + "\r\n" for record in RECORDS) + "\r\n"
    document = read(text.encode(), name)
    assert document.text == text
    assert [[json.loads(row) for row in rows] for rows in rows_of(document)] == [RECORDS]
    assert [mark.label for mark in document.marks] == ["record 1", "record 2", "record 3"]


def test_a_line_of_a_megabyte_is_cut_between_its_records():
    records = [{"id": n, "name": f"Person {n}", "city": "Rome"} for n in range(20_000)]
    text = json.dumps(records, separators=(",", ":"))
    assert len(text) > 800_000
    passages = Chunker(count_words, 256).split(read(text.encode(), "a.json"))
    assert max(len(passage.text) for passage in passages) <= 4_000
    assert all(
        passage.text.startswith(('{"id"', '[{"id"')) or passage.text == "[" for passage in passages
    )
    number = json.loads(passages[5].text.partition("}")[0] + "}")["id"]
    assert passages[5].location == f"record {number + 1}"


def test_a_line_without_records_is_cut_behind_its_members():
    text = json.dumps({f"key{n}": n for n in range(5_000)}, separators=(",", ":"))
    passages = Chunker(count_words, 256).split(read(text.encode(), "a.json"))
    assert "".join(passage.text for passage in passages) == text
    assert all(passage.text.startswith(('{"key', '"key')) for passage in passages)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '"\\' * 100_000,
        '["' + '\\"' * 100_000,
        "]}" * 100_000,
        '{"a":"\0"}',
        "{,,,[",
        '[{"a":1}, {"b":2}',
        '{"\\ud800": [{}]}',
        "not json at all",
    ],
)
def test_what_is_no_json_is_kept_as_it_is(text):
    document = read(text.encode(), "a.json")
    assert document.text == text
    assert not list(faults(document))


values = st.recursive(
    st.one_of(st.none(), st.integers(), st.text('a",[]{}\\:é', max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text("kx", min_size=1, max_size=2), inner, max_size=3),
    ),
    max_leaves=20,
)


@given(values, st.sampled_from([None, 2]), st.booleans())
def test_rows_and_marks_of_any_json_are_in_their_places(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = read(text.encode(), "a.json")
    assert document.text == text
    assert not list(faults(document))
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        assert [[json.loads(row) for row in rows] for rows in rows_of(document)] == [value]
    if isinstance(value, dict):
        assert [mark.label for mark in document.marks if ", record " not in mark.label] == [*value]


# YAML


def test_yaml_members_and_items_are_marked():
    text = (
        'name: x\n# note: none\n"list of": \n  - a\n  - b: c\n'
        "other:\n- a\n- b\nlast: |\n  key: no\n"
    )
    document = read(text.encode(), "a.yaml")
    assert document.text == text
    assert marked(document) == {
        "name": "name: x",
        "list of": '"list of": ',
        "other": "other:",
        "other, item 1": "- a",
        "other, item 2": "- b",
        "last": "last: |",
    }


def test_yaml_documents_are_counted_where_there_are_several():
    text = "---\n a: 1\n b: 2\n---\n- x\n- y\n"
    assert list(marked(read(text.encode(), "a.yml"))) == [
        "document 1",
        "document 1, a",
        "document 1, b",
        "document 2",
        "document 2, item 1",
        "document 2, item 2",
    ]


@given(st.text(st.sampled_from("ab-: \n\t#\"'|"), max_size=60))
def test_any_yaml_is_kept_as_it_is(text):
    document = read(text.encode(), "a.yaml")
    assert document.text == text
    assert not list(faults(document))


def test_long_lines_of_yaml_take_linear_time():
    text = "a" + " " * 200_000 + ":\n" + " " * 200_000 + "b: c\n" + "---\n" * 50_000
    assert read(text.encode(), "a.yaml").text == text
