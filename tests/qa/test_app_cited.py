"""A document as the viewer shows it: marks, what moves about in it, and nothing hostile."""

import html
import json
import re

import pytest

from corpus.types import Page
from qa.app import render
from qa.sources import WINDOW, Place, cited, opened
from qa.store import StoredDocument
from tests.fakes import record_of
from tests.showing import HOSTILE, Tags, cite

TEXT = "Before. The passage itself. After."


def stored(text, path="a.txt", pages=()):
    return StoredDocument("/docs", record_of(path, text=text), text, tuple(pages))


class Shelf:
    """One document, whatever it is asked for by."""

    def __init__(self, document):
        self._document = document

    def document(self, document):
        return self._document


def shown(document, **fields):
    return render.source(opened(Shelf(document), Place("a", **fields)))


def data(markup, name):
    (found,) = re.findall(f'data-{name}="([^"]*)"', markup)
    return json.loads(html.unescape(found))


def place_of(markup):
    return data(markup, "place")


def test_the_source_marks_the_passage_its_evidence_and_its_words():
    markup = shown(
        stored(TEXT), start=8, end=27, highlights=((12, 26),), words=((12, 19),), number=3
    )
    assert (
        'Before. <span class="qa-passage">The <mark><strong>passage</strong> itself</mark>.</span> '
        "After." in markup
    )
    assert "Characters 8 to 27 of 34" in markup
    assert '<span class="qa-number">3</span>' in markup
    assert "Earlier" not in markup
    assert "Later" not in markup


def test_what_is_found_is_marked_also_across_the_edge_of_the_passage():
    markup = shown(stored(TEXT), start=8, end=27, query=". t", match=1)
    found = re.findall(r'<mark class="qa-found">(.*?)</mark></mark>', markup)
    assert [html.unescape(re.sub("<[^>]*>", "", one)) for one in found] == [". ", "T"]


@pytest.mark.parametrize(
    ("query", "match", "said"),
    [("zebra", 0, "Not found"), ("e", 0, "1 of 6"), ("e", None, "6 found"), ("", None, "")],
)
def test_how_often_it_was_found_is_said(query, match, said):
    markup = shown(stored(TEXT), query=query, match=match)
    assert f'<output class="qa-found-count">{said}</output>' in markup
    assert markup.count("disabled") == (0 if "6" in said else 2)


@pytest.mark.parametrize("start", [0, 5_000_000, 9_999_000])
def test_a_long_source_is_windowed(start):
    markup = shown(stored("0123456789" * 1_000_000), start=start, end=start + 1000)
    assert len(markup) < 2 * WINDOW
    assert ("Earlier text" in markup) == (start > 0)
    assert ("Later text" in markup) == (start < 9_999_000)


def test_a_passage_longer_than_the_window_is_cut():
    assert len(shown(stored("x" * 1_000_000), start=10, end=999_990)) < 2 * WINDOW


def test_what_is_shown_says_where_it_is_so_that_it_can_be_asked_for_again():
    document = stored("one\n" * 5_000)
    markup = shown(document, start=10_000, end=10_004, highlights=((10_000, 10_002),), number=2)
    told = place_of(markup)
    again = opened(Shelf(document), Place.of(told))
    assert render.source(again) == markup
    assert told["shown"]["first"] < 10_000 < told["shown"]["last"]
    later = opened(Shelf(document), Place.of({**told, "first": told["shown"]["last"]}))
    assert later.excerpt.start == told["shown"]["last"]
    assert "To the passage" in render.source(later)
    assert "To the passage" not in markup


def test_a_page_is_a_picture_with_the_spans_to_box_and_a_text_beside_it():
    pages = [Page(1, 0, 10), Page(2, 12, 30), Page(3, 32, 40)]
    text = "First one.\n\nSecond and longer.\n\nThe end."
    markup = shown(
        stored(text, "a b&c.pdf", pages), start=4, end=18, highlights=((12, 18),), page=2
    )
    assert 'src="api/picture?document=a&amp;page=2&amp;scale=2"' in markup
    assert data(markup, "spans") == [["passage", 4, 18], ["evidence", 12, 18]]
    assert 'value="2"' in markup
    assert "of 3" in markup
    assert 'alt="Picture of page 2. The button Text shows its words."' in markup
    assert "Second" in Tags(markup).text
    assert place_of(markup)["shown"]["following"] == 3


def test_sheets_and_texts_have_no_picture():
    sheet = shown(stored("cells", "a.xlsx", [Page(1, 0, 5, "sheet", "Q3")]))
    assert "a.xlsx, sheet Q3" in sheet
    assert 'aria-label="Next sheet"' in sheet
    for markup in (sheet, shown(stored("text"))):
        assert "<img" not in markup
        assert "qa-views" not in markup


def test_a_changed_document_is_not_passed_off_as_cited():
    citation = cite("The old passage.", highlights=[(4, 7)])
    assert cited(Shelf(stored("The new passage, longer than it was.")), citation) is None
    markup = render.source_changed(citation)
    assert "has changed since it was cited" in markup
    assert "The <mark>old</mark> passage." in markup


def test_hostile_text_stays_text_everywhere():
    citation = cite(HOSTILE, document=f"a/{HOSTILE}.txt", title=HOSTILE)
    document = stored(HOSTILE, f"{HOSTILE}.pdf", [Page(1, 0, len(HOSTILE), "sheet", HOSTILE)])
    hostile = Place(HOSTILE, query=HOSTILE, highlights=((0, 9),), end=20)
    for markup in (
        render.source(opened(Shelf(document), hostile)),
        render.source_changed(citation),
        render.source_error(HOSTILE, citation),
        render.source_error(HOSTILE),
    ):
        tags = Tags(markup)
        assert not {"script", "a", "b", "iframe"} & set(tags.seen)
        assert not any(name.startswith("on") for name in tags.names)
        assert tags.open == []
        assert HOSTILE in tags.text


def test_a_name_that_is_not_utf8_can_be_sent_and_comes_back():
    document = stored("text", "caf\udce9.pdf", [Page(1, 0, 4)])
    markup = render.source(opened(Shelf(document), Place("caf\udce9.pdf")))
    markup.encode()
    assert place_of(markup)["document"] == "caf\udce9.pdf"
