"""What is shown of a document: pages, parts of long texts, what is found in it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import NotThere, UsageError
from corpus.types import Page
from qa.sources import MOST_MARKS, WINDOW, Place, cited, opened, page_bounds
from qa.store import StoredDocument
from qa.types import Citation, Scores
from tests.fakes import record_of

PAGED = ["First page.", "", "Third page, which is\nlonger.", "Fourth."]


class Shelf:
    """Documents by name."""

    def __init__(self, **documents):
        self.documents = documents

    def document(self, document):
        if document not in self.documents:
            raise NotThere(f"there is no document {document!r}")
        return self.documents[document]


def stored(text, pages=(), path="a.txt"):
    return StoredDocument("/docs", record_of(path, text=text), text, tuple(pages))


def paged(texts, kind="page", gap="\n\n"):
    """Return a document of pages with a gap between two."""
    pages, start = [], 0
    for number, text in enumerate(texts, 1):
        pages.append(Page(number, start, start + len(text), kind))
        start += len(text) + len(gap)
    return stored(gap.join(texts), pages, "a.pdf")


def shown(document, **fields):
    source = opened(Shelf(a=document), Place("a", **fields))
    return source, document.text[source.excerpt.start : source.excerpt.end]


def citation(text, start, end, **fields):
    return Citation(
        1, "", "a", "/docs/a", "", "", "", None, start, end, text[start:end],
        ((start, end),), 0.5, Scores(), "0" * 64, **fields,
    )  # fmt: skip


def test_a_passage_is_shown_with_what_is_round_it():
    text = "x" * 10_000 + " here " + "y" * 10_000
    source, part = shown(stored(text), start=10_001, end=10_005)
    assert "here" in part
    assert len(part) <= WINDOW
    assert (source.passage, source.location, source.is_pictured) == (
        (10_001, 10_005), "a.txt", False,
    )  # fmt: skip


@given(st.lists(st.text("ab\n", max_size=9), min_size=1, max_size=6), st.booleans())
def test_the_pages_of_a_document_are_all_of_its_text(texts, spaced):
    document = paged(texts, gap="\n--\n" if spaced else "")
    bounds = page_bounds(document)
    assert "".join(document.text[a:b] for a, b in bounds) == document.text
    for (start, end), page in zip(bounds, document.pages, strict=True):
        assert start <= page.start <= page.end <= end


def test_a_passage_opens_its_page():
    document = paged(PAGED)
    start = document.text.index("longer")
    source, part = shown(document, start=start, end=start + 6)
    assert part == "Third page, which is\nlonger.\n\n"
    assert source.location == "a.pdf, page 3"
    assert source.is_pictured
    assert (source.excerpt.previous, source.excerpt.following) == (2, 4)


def test_a_passage_that_crosses_pages_is_shown_on_each():
    document = paged(PAGED)
    start, end = document.text.index("longer"), document.text.index("Fourth") + 4
    first, _ = shown(document, start=start, end=end)
    second, part = shown(document, start=start, end=end, page=4)
    assert first.excerpt.page.number == 3
    assert part == "Fourth."
    assert second.passage == first.passage == (start, end)


@pytest.mark.parametrize(
    ("number", "text", "beside"),
    [(1, "First page.\n\n", (None, 2)), (2, "\n\n", (1, 3)), (4, "Fourth.", (3, None))],
)
def test_pages_are_turned_by_number_empty_ones_too(number, text, beside):
    source, part = shown(paged(PAGED), page=number)
    assert part == text
    assert (source.excerpt.previous, source.excerpt.following) == beside


def test_a_page_that_is_not_there_is_named():
    with pytest.raises(NotThere, match=r"a\.pdf has no page 5; its last is 4"):
        shown(paged(PAGED), page=5)
    with pytest.raises(NotThere, match="'b'"):
        opened(Shelf(), Place("b"))


def test_a_page_number_means_nothing_where_there_are_no_pages():
    assert shown(stored("text"), page=5)[1] == "text"


def test_a_long_page_is_read_in_parts_without_leaving_it():
    document = paged(["x " * 8_000, "y " * 8_000], kind="sheet")
    source, part = shown(document, page=2)
    parts = [part]
    while source.excerpt.end < source.excerpt.bounds[1]:
        source, part = shown(document, page=2, first=source.excerpt.end)
        parts.append(part)
    assert "".join(parts) == "y " * 8_000
    source, part = shown(document, page=2, last=source.excerpt.start)
    assert len(part) <= WINDOW
    assert set(part) == {"y", " "}


def test_what_is_found_is_gone_through_in_both_directions():
    text = "one cat, " + "x " * 5_000 + "two Cats, " + "y " * 5_000 + "three cats"
    document = stored(text)
    source, part = shown(document, query="CAT", match=0)
    assert (source.match, len(source.matches), "one cat" in part) == (1, 3, True)
    source, part = shown(document, query="CAT", match=2)
    assert (source.match, "two Cats" in part, "three" in part) == (2, True, False)
    assert shown(document, query="cat", match=4)[0].match == 1
    assert shown(document, query="cat", match=0, since=len(text))[0].match == 1
    source, _ = shown(document, query="cat", match=0, since=100)
    assert source.match == 2
    source, part = shown(document, query="cat", match=2, first=0)
    assert (source.match, part.startswith("one")) == (2, True)


def test_a_match_on_another_page_opens_it():
    source, _ = shown(paged(PAGED), query="fourth", match=0, since=0)
    assert source.excerpt.page.number == 4


def test_nothing_found_moves_nowhere():
    source, part = shown(paged(PAGED), query="zebra", match=0)
    assert (source.matches, source.match) == ((), 0)
    assert part.startswith("First")


def test_a_passage_outside_the_document_is_left_out_with_a_note():
    source, part = shown(stored("short"), start=3, end=99)
    assert (source.passage, part) == (None, "short")
    assert "may have changed" in source.note


def test_a_citation_is_open_at_its_passage_unless_the_document_says_something_else():
    text = "Before. The passage. After."
    quoted = citation(text, 8, 20)
    source = cited(Shelf(a=stored(text)), quoted)
    assert source is not None
    assert source.passage == (8, 20)
    assert source.place.number == 1
    assert cited(Shelf(a=stored("Before. Another one. After.")), quoted) is None
    assert cited(Shelf(a=stored("short")), quoted) is None


def test_a_citation_in_one_of_several_roots_is_found_by_its_full_path():
    source = cited(Shelf(**{"/docs/a": stored("The text.")}), citation("The text.", 0, 3))
    assert source is not None
    assert source.place.document == "/docs/a"


# What a browser or a link says


def test_a_place_comes_from_a_browser_or_from_a_link():
    place = Place("a", start=3, end=9, highlights=((3, 9),))
    assert Place.of({"document": "a", "start": "3", "end": "9"}) == place
    assert Place.of({"document": "a", "start": 3, "end": 9, "highlights": [[3, 9]]}) == place
    assert Place.of({"document": "a", "end": 9, "highlights": []}).highlights == ()
    marked = Place.of({"document": "a", "start": 3, "end": 9, "highlights": [[4, 5]], "page": 2})
    assert marked == replace(place, highlights=((4, 5),), page=2)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"document": ""},
        {"document": 3},
        {"document": ["a"]},
        {"document": "x" * 5_000},
        {"document": "a", "start": -1},
        {"document": "a", "start": "1e3"},
        {"document": "a", "start": "٣"},
        {"document": "a", "start": 1.5},
        {"document": "a", "start": True},
        {"document": "a", "start": "9" * 5_000},
        {"document": "a", "end": 1 << 40},
        {"document": "a", "start": 5, "end": 4},
        {"document": "a", "page": {"number": 3}},
        {"document": "a", "query": ["x"]},
    ],
)
def test_what_is_no_place_is_refused_in_a_sentence(fields):
    with pytest.raises(UsageError, match=r"^[a-z].*[^.]$"):
        Place.of(fields)


@pytest.mark.parametrize("given", [None, "x", [1], [[1]], [[2, 1]], [["a", "b"]], [[True, 2]]])
def test_marks_that_are_none_are_passed_over(given):
    assert Place.of({"document": "a", "words": given}).words == ()


def test_marks_and_queries_are_bounded():
    place = Place.of(
        {"document": "a", "words": [[n, n + 1] for n in range(999)], "query": "x" * 9_999}
    )
    assert len(place.words) == MOST_MARKS
    assert len(place.query) < 999
