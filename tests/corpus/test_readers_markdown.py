"""Markdown is the decoded file, verbatim, with spans of its headings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers import read


def outline(text):
    document = read(text.encode(), "a.md")
    assert document.text == text
    return [(h.level, h.title, text[h.start : h.end]) for h in document.headings]


def test_atx_and_setext_headings_have_exact_spans():
    text = "# One\n\ntext\n\n  ## Two ##\n\nThree\nlines\n=====\n\nFour\n---\n"
    assert outline(text) == [
        (1, "One", "# One"),
        (2, "Two", "## Two ##"),
        (1, "Three lines", "Three\nlines\n====="),
        (2, "Four", "Four\n---"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_spans_hold_for_every_line_end(end):
    text = end.join(["\x0cpage", "\x85odd\u2028ends\x1c", "", "# One", "text", "", "Two", "==="])
    assert outline(text) == [(1, "One", "# One"), (1, "Two", f"Two{end}===")]


def test_titles_are_plain_text():
    text = "# The `code` of *a* [link](http://x.y) ![image](z.png) &amp; \\*more\\*\n"
    assert outline(text)[0][1] == "The code of a link image & *more*"


def test_fences_and_code_hold_no_headings():
    assert outline("```\n# no\n```\n\n    # no\n\n~~~\nno\n===\n~~~\n\n# yes\n") == [
        (1, "yes", "# yes")
    ]


def test_headings_in_quotes_and_lists_are_found():
    assert outline("> ## Quoted\n\n- # Item\n\n1. x\n\n   ### Deep\n") == [
        (2, "Quoted", "> ## Quoted"),
        (1, "Item", "- # Item"),
        (3, "Deep", "### Deep"),
    ]


def test_empty_headings_are_none():
    assert outline("#\n\n##  \n") == []


@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_front_matter_gives_the_title_and_is_no_heading(quote, end):
    lines = ["---", "author: me", f"title: {quote}My: notes{quote}", "---", "# First", ""]
    document = read(end.join(lines).encode(), "a.md")
    assert document.title == "My: notes"
    assert [heading.title for heading in document.headings] == ["First"]
    assert document.text[document.headings[0].start :] == f"# First{end}"


@pytest.mark.parametrize("field", ["title: >", "title: [a, b]", "title: ''", "subtitle: x"])
def test_other_front_matter_leaves_the_title_to_the_heading(field):
    assert read(f"---\n{field}\n---\n# First\n".encode(), "a.md").title == "First"


def test_rules_at_the_start_are_not_front_matter():
    assert outline("---\n\nSome text\n\n---\n\n# One\n") == [(1, "One", "# One")]


def test_the_title_is_the_first_heading_of_level_one():
    assert read(b"## Sub\n\n# Main\n\n# Other\n", "a.md").title == "Main"
    assert read(b"## Sub\n", "a.md").title == ""


@given(st.text(st.sampled_from("#=-> \n\r`*[]()ab:\x0c"), max_size=60))
def test_any_text_is_kept_and_its_headings_lie_in_it(text):
    document = read(text.encode(), "a.md")
    assert document.text == text
    end = 0
    for heading in document.headings:
        assert end <= heading.start < heading.end <= len(text)
        end = heading.end
        assert heading.title == " ".join(heading.title.split())
