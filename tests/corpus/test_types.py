"""The nouns of reading: where an offset stands, and what a receipt says."""

import json
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.types import Document, FileReport, Heading, Page, Passage, Receipt

PAGED = Document("0123456789", pages=(Page(1, 0, 3), Page(2, 3, 3), Page(3, 3, 6), Page(7, 8, 10)))


@pytest.mark.parametrize(
    ("offset", "number"),
    [(0, 1), (2, 1), (3, 3), (5, 3), (6, None), (7, None), (8, 7), (9, 7), (10, None), (99, None)],
)
def test_the_page_at_an_offset_is_the_one_that_holds_its_character(offset, number):
    page = PAGED.page_at(offset)
    assert (page.number if page else None) == number


def test_a_document_without_pages_has_none_anywhere():
    assert Document("text").page_at(0) is None


@pytest.mark.parametrize(
    ("page", "location"),
    [
        (Page(12, 0, 1), "page 12"),
        (Page(4, 0, 1, "slide"), "slide 4"),
        (Page(2, 0, 1, "sheet", "Q3"), "sheet Q3"),
        (Page(3, 0, 1, "page", "iii"), "page iii"),
    ],
)
def test_a_page_is_named_as_a_person_would(page, location):
    assert page.location == location


# Offsets 0, 10, 20 … hold the headings of these levels.
LEVELS = {0: (1, "One"), 10: (2, "Two"), 20: (3, "Three"), 30: (2, "Again"), 40: (1, "Last")}
SECTIONED = Document(
    " " * 60, headings=tuple(Heading(at, at + 5, *entry) for at, entry in LEVELS.items())
)


@pytest.mark.parametrize(
    ("offset", "path"),
    [
        (0, ("One",)),
        (9, ("One",)),
        (10, ("One", "Two")),
        (29, ("One", "Two", "Three")),
        (30, ("One", "Again")),
        (40, ("Last",)),
        (59, ("Last",)),
    ],
)
def test_a_section_is_the_path_of_headings_from_the_outermost(offset, path):
    assert SECTIONED.section_at(offset) == path


def test_text_before_the_first_heading_stands_in_no_section():
    document = Document("intro One", headings=(Heading(6, 9, 1, "One"),))
    assert document.section_at(5) == ()
    assert document.section_at(6) == ("One",)
    assert Document("text").section_at(0) == ()


def test_levels_may_skip_and_start_anywhere():
    headings = (Heading(0, 1, 3, "deep"), Heading(2, 3, 5, "deeper"), Heading(4, 5, 2, "up"))
    document = Document(" " * 9, headings=headings)
    assert [document.section_at(at) for at in (1, 3, 5)] == [
        *(("deep",), ("deep", "deeper"), ("up",)),
    ]


@given(st.lists(st.integers(1, 6), max_size=20), st.integers(0, 45))
def test_a_section_is_what_reading_backwards_would_collect(levels, offset):
    headings = [Heading(2 * at, 2 * at + 1, level, f"h{at}") for at, level in enumerate(levels)]
    expected: list[str] = []
    lowest = 7
    for heading in reversed([heading for heading in headings if heading.start <= offset]):
        if heading.level < lowest:
            expected.insert(0, heading.title)
            lowest = heading.level
    assert Document(" " * 50, headings=tuple(headings)).section_at(offset) == tuple(expected)


def test_documents_are_equal_by_what_they_say_and_can_be_changed_by_copy_only():
    document = Document("text", headings=(Heading(0, 4, 1, "text"),))
    assert document == Document("text", headings=(Heading(0, 4, 1, "text"),))
    assert replace(document, headings=()).section_at(2) == ()
    with pytest.raises(FrozenInstanceError):
        document.text = "other"  # type: ignore[misc]


def test_what_is_encoded_is_the_context_above_the_text():
    assert Passage(0, 4, "text").encoded == "text"
    assert Passage(0, 4, "text", context="Title > Part").encoded == "Title > Part\ntext"


REPORTS = (
    FileReport("a.txt", "added", passages=3, encoding="utf-8"),
    FileReport("b.pdf", "added", pages=2, passages=4),
    FileReport("c.md", "updated", passages=1),
    FileReport("d.md", "unchanged", passages=2),
    FileReport("e.md", "removed"),
    FileReport("f.pdf", "failed", reason="needs a password"),
    FileReport("g.txt", "empty", reason="no text"),
    FileReport("h.bin", "skipped", reason="no reader"),
)
RECEIPT = Receipt(REPORTS, seconds=1.23456, passages=10)


def test_a_receipt_counts_every_file_once():
    assert RECEIPT.counts["added"] == 2
    assert all(RECEIPT.counts[report.status] for report in REPORTS)
    assert RECEIPT.counts.total() == len(REPORTS)
    assert [report.path for report in RECEIPT.failed] == ["f.pdf"]


def test_a_receipt_prints_the_names_of_the_contract():
    """DESIGN.md: no name is renamed or dropped."""
    printed = json.loads(json.dumps(RECEIPT.to_dict()))
    files = printed.pop("files")
    assert printed == {
        **{"added": 2, "updated": 1, "removed": 1, "unchanged": 1, "failed": 1},
        "passages": 10,
        "seconds": 1.235,
        "notes": [],
    }
    assert files[0] == {
        **{"path": "a.txt", "status": "added", "reason": None},
        **{"pages": None, "passages": 3, "encoding": "utf-8"},
    }
    assert [file["status"] for file in files] == [report.status for report in REPORTS]


def test_a_run_that_found_nothing_counts_zeros():
    printed = Receipt((), 0.0, 0).to_dict()
    assert [printed[name] for name in ("added", "updated", "removed", "unchanged", "failed")] == [
        *([0] * 5),
    ]
    assert printed["files"] == []
