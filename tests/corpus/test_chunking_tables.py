"""Tables are cut between rows, and no row loses its header; marks say where a passage begins."""

from bisect import bisect_right
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.chunking import Chunker
from corpus.types import Document, Heading, Mark, Page, Table

SPECIALS = 2
unhurried = settings(deadline=None, max_examples=50)


def count_words(texts):
    """Count as a tokenizer whose tokens are words would: two special tokens a text."""
    return [SPECIALS + len(text.split()) for text in texts]


def words_of(text):
    return len(text.split())


class Draft:
    """A document in the making: offsets are where the parts fell."""

    def __init__(self, title=""):
        self.text, self.title = "", title
        self.tables, self.marks, self.pages, self.headings = [], [], [], []
        self.page_from = 0

    def paragraph(self, text):
        self.text += text + "\n\n"
        return self

    def heading(self, title):
        start = len(self.text)
        self.headings.append(Heading(start, start + len(title), 1, title))
        return self.paragraph(title)

    def table(self, rows, headers=1, marks=False):
        starts = []
        for number, row in enumerate(rows, 1):
            starts.append(len(self.text))
            if marks:
                self.marks.append(Mark(len(self.text), f"row {number}"))
            self.text += row + "\n"
        self.tables.append(Table(starts[0], len(self.text) - 1, tuple(starts), headers))
        self.text += "\n"
        return self

    def mark(self, label):
        self.marks.append(Mark(len(self.text), label))
        return self

    def page_break(self, label=""):
        end = len(self.text)
        self.pages.append(Page(len(self.pages) + 1, self.page_from, end, "sheet", label))
        self.page_from = end
        return self

    def finish(self):
        return Document(
            self.text,
            self.title,
            tuple(self.pages),
            tuple(self.headings),
            marks=tuple(self.marks),
            tables=tuple(self.tables),
        )


cell = st.sampled_from(["alpha", "12.5%", "He came. She left.", "汉字。", "x" * 40, "", "a b c d"])
row = st.builds(
    lambda cells, times: (" | ".join(cells * times)).strip() or "-",
    st.lists(cell, min_size=1, max_size=5),
    st.sampled_from([1, 1, 1, 1, 30]),
)
prose = st.sampled_from(["Words here. More words.", "Alone", "Long text goes on. " * 30])


@st.composite
def documents(draw):
    draft = Draft(draw(st.sampled_from(["", "A Title", "Alpha " * 40])))
    for kind in draw(st.lists(st.sampled_from("tttphbm"), max_size=7)):
        if kind == "t":
            rows = draw(st.lists(row, min_size=1, max_size=20))
            headers = draw(st.integers(0, min(3, len(rows))))
            draft.table(rows, headers, marks=draw(st.booleans()))
        elif kind == "p":
            draft.paragraph(draw(prose))
        elif kind == "h":
            draft.heading(draw(st.sampled_from(["One", "Two words"])))
        elif kind == "b":
            draft.page_break(draw(st.sampled_from(["", "Q3"])))
        else:
            draft.mark("cell 4")
    return draft.finish()


chunkers = st.builds(
    Chunker,
    st.just(count_words),
    st.sampled_from([16, 24, 64, 256]),
    st.sampled_from([10, 40, 190]),
    st.sampled_from([0, 8, 40]),
)


def rows_of(document):
    """Return each row's trimmed span with its table."""
    for table in document.tables:
        for start, end in pairwise((*table.rows, table.end)):
            text = document.text[start:end]
            yield start, start + len(text.rstrip()), table


def header_above(document, start):
    """Return the header rows above an offset inside a table; empty for any other."""
    table = next((t for t in document.tables if t.start < start < t.end), None)
    if table is None or not table.headers:
        return ""
    end = table.rows[table.headers] if table.headers < len(table.rows) else table.end
    return " ".join(document.text[table.start : min(end, start)].split())


# Properties


@unhurried
@given(documents(), chunkers)
def test_passages_are_slices_that_hold_every_character_within_the_limit(document, chunker):
    passages = chunker.split(document)
    held = {at for p in passages for at in range(p.start, p.end)}
    assert all(p.text == document.text[p.start : p.end] == p.text.strip() for p in passages)
    assert all(count_words([p.encoded]) <= [chunker.max_tokens] for p in passages)
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(passages))
    assert all(at in held for at, letter in enumerate(document.text) if not letter.isspace())
    assert passages == chunker.split(document)


@unhurried
@given(documents(), chunkers)
def test_a_row_is_cut_only_when_no_passage_could_hold_it(document, chunker):
    passages = chunker.split(document)
    for start, end, _ in rows_of(document):
        for passage in (p for p in passages if start < p.start < end):
            room = chunker.max_tokens - count_words([passage.context])[0]
            assert words_of(document.text[start:end]) > room


@unhurried
@given(documents(), chunkers)
def test_a_passage_without_the_header_above_it_has_it_as_context(document, chunker):
    for passage in chunker.split(document):
        header = header_above(document, passage.start)
        if not header:
            assert "\n" not in passage.context
            continue
        shown = passage.context.rpartition("\n")[2]
        assert header.startswith(shown)
        if words_of(header) + SPECIALS <= chunker.max_tokens // 4:
            assert shown == header
        else:
            assert count_words([shown])[0] <= chunker.max_tokens // 4


@unhurried
@given(documents(), chunkers)
def test_rows_are_never_repeated(document, chunker):
    for first, second in pairwise(chunker.split(document)):
        if second.start < first.end:
            assert not any(
                table.start < first.end and second.start < table.end for table in document.tables
            )


@unhurried
@given(documents(), chunkers)
def test_the_location_is_the_page_then_the_mark_at_the_start(document, chunker):
    for passage in chunker.split(document):
        page = document.page_at(passage.start)
        index = bisect_right([mark.start for mark in document.marks], passage.start) - 1
        mark = document.marks[index] if index >= 0 else None
        if page is None:
            if mark is not None:
                assert passage.location == mark.label
        elif mark is not None and mark.start >= page.start:
            assert passage.location == f"{page.location}, {mark.label}"
        else:
            assert passage.location == page.location


# Examples


def people(count):
    return [
        "Name | Amount",
        *(f"Person {number} | {number * 10}" for number in range(1, count + 1)),
    ]


def test_a_small_table_stays_in_one_passage_with_its_neighbours():
    document = Draft().paragraph("Before it.").table(people(5)).paragraph("After it.").finish()
    (passage,) = Chunker(count_words, 256).split(document)
    assert passage.text == document.text.strip()
    assert passage.context == ""


def test_a_large_table_is_cut_between_rows_under_its_header():
    document = Draft("Payroll").table(people(300), marks=True).finish()
    first, *others = Chunker(count_words, 256).split(document)
    assert first.text.startswith("Name | Amount\nPerson 1 | 10\n")
    assert first.context == "Payroll"
    assert len(others) > 3
    for passage in others:
        assert passage.context == "Payroll\nName | Amount"
        assert passage.encoded.startswith("Payroll\nName | Amount\nPerson ")
        number = passage.text.split()[1]
        assert passage.location == f"row {int(number) + 1}"


def test_a_header_is_not_left_alone_below_a_full_passage():
    draft = Draft().paragraph("Word " * 180 + "end.").table(people(60))
    for passage in Chunker(count_words, 256).split(draft.finish()):
        assert passage.text != "Name | Amount"
        assert not passage.text.endswith("Name | Amount")


def test_a_header_of_several_rows_is_one_line_of_context():
    rows = ["Amounts in euros", "Name | Amount", *people(200)[1:]]
    _, *others = Chunker(count_words, 256).split(Draft().table(rows, headers=2).finish())
    assert {passage.context for passage in others} == {"Amounts in euros Name | Amount"}


def test_a_table_without_a_header_has_no_context():
    passages = Chunker(count_words, 256).split(Draft().table(people(300), headers=0).finish())
    assert len(passages) > 3
    assert {passage.context for passage in passages} == {""}


def test_a_header_too_long_is_cut_after_a_cell():
    names = ",".join(f"column{number}" for number in range(100))
    text = "\n".join([names, *(",".join(["1"] * 100) for _ in range(40))])
    starts = [0, *(at + 1 for at, letter in enumerate(text) if letter == "\n")]
    document = Document(text, tables=(Table(0, len(text), tuple(starts), 1),))

    def count_letters(texts):
        return [SPECIALS + len(text) for text in texts]

    _, *others = Chunker(count_letters, 400).split(document)
    shown = {passage.context for passage in others if passage.start >= starts[1]}
    assert shown == {",".join(f"column{number}" for number in range(12)) + ","}


def test_a_row_longer_than_a_passage_is_cut_under_its_header():
    long = "Notes | " + "He did it again and again. " * 60
    document = Draft().table(["Kind | Text", "Short | Once.", long.strip()]).finish()
    passages = Chunker(count_words, 128).split(document)
    assert len(passages) > 2
    assert all(passage.context == "Kind | Text" for passage in passages[1:])
    assert " ".join(passage.text for passage in passages).endswith(long.strip())


def test_a_table_goes_on_over_a_page_with_its_header():
    draft = Draft().table(people(3))
    table = draft.tables[0]
    split_at = table.rows[2]
    pages = (Page(1, 0, split_at), Page(2, split_at, len(draft.text)))
    first, second = Chunker(count_words, 64).split(
        Document(draft.text, pages=pages, tables=(table,))
    )
    assert (first.location, first.context) == ("page 1", "")
    assert (second.location, second.context) == ("page 2", "Name | Amount")


def test_the_name_of_a_sheet_is_part_of_the_context():
    draft = Draft("Budget").paragraph("Words.").page_break("Q3")
    (passage,) = Chunker(count_words, 64).split(draft.finish())
    assert (passage.context, passage.location) == ("Budget > Q3", "sheet Q3")


def test_a_mark_of_an_earlier_page_says_nothing_of_this_one():
    draft = Draft().mark("row 9").paragraph("One.").page_break("A").paragraph("Two.")
    passages = Chunker(count_words, 64).split(draft.page_break("B").finish())
    assert [passage.location for passage in passages] == ["sheet A, row 9", "sheet B"]


def test_a_mark_comes_before_the_section():
    draft = Draft().mark("cell 4").heading("Results").paragraph("Words.")
    (passage,) = Chunker(count_words, 64).split(draft.finish())
    assert (passage.location, passage.section) == ("cell 4", "Results")


def test_tiny_rows_by_the_hundred_thousand_take_linear_time():
    text = "a\n" * 100_000
    table = Table(0, len(text), tuple(range(0, len(text), 2)), 1)
    passages = Chunker(count_words, 256).split(Document(text, tables=(table,)))
    assert sum(words_of(passage.text) for passage in passages) == 100_000
    assert all(passage.context == "a" for passage in passages[1:])


@pytest.mark.parametrize("question", ["Which amount has person 137?", "person 163 amount"])
def test_a_question_to_a_large_table_finds_a_row_that_names_its_columns(question):
    """Passages are ranked by the words they share with the question, as they are encoded."""
    document = Draft().table(people(200), marks=True).finish()
    passages = Chunker(count_words, 64, target_tokens=20).split(document)
    asked = set(question.lower().rstrip("?").split())
    number = next(word for word in asked if word.isdigit())
    best = max(passages, key=lambda passage: len(asked & set(passage.encoded.lower().split())))
    assert f"Person {number} | {number}0" in best.text
    assert "Name | Amount" in best.context
    assert "Name" not in best.text
