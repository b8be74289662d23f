import html
import subprocess
import sys

import pytest

from corpus.types import FileReport
from qa.app import render
from tests.showing import HOSTILE, Tags, info

# Marks


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], "abcdef"),
        ([(10, 16)], "[abcdef]"),
        ([(10, 12)], "[ab]cdef"),
        ([(14, 16)], "abcd[ef]"),
        ([(11, 13), (14, 15)], "a[bc]d[e]f"),
        ([(14, 15), (11, 13)], "a[bc]d[e]f"),
        ([(11, 13), (13, 15)], "a[bcde]f"),
        ([(11, 14), (12, 15)], "a[bcde]f"),
        ([(11, 15), (12, 13)], "a[bcde]f"),
        ([(12, 12)], "abcdef"),
        ([(0, 12), (15, 99)], "[ab]cde[f]"),
        ([(0, 10), (16, 20)], "abcdef"),
    ],
)
def test_marks_stand_at_exactly_the_spans(spans, expected):
    marked = render.marked("abcdef", 10, spans)
    assert marked.replace("<mark>", "[").replace("</mark>", "]") == expected


def test_marks_count_characters_before_escaping():
    assert render.marked("<b>&x", 0, [(2, 4)]) == "&lt;b<mark>&gt;&amp;</mark>x"


# Windows


@pytest.mark.parametrize(
    ("length", "focus", "size", "expected"),
    [
        (100, (40, 60), 40, (30, 70)),
        (100, (0, 10), 40, (0, 40)),
        (100, (95, 100), 40, (60, 100)),
        (30, (10, 20), 40, (0, 30)),
        (100, (20, 90), 40, (20, 60)),
        (100, (50, 50), 40, (30, 70)),
        (0, (0, 0), 40, (0, 0)),
    ],
)
def test_a_window_holds_its_focus(length, focus, size, expected):
    assert render.window(length, focus, size) == expected


def test_every_window_is_within_bounds_and_holds_what_fits_of_the_focus():
    for length in range(12):
        for start in range(length + 1):
            for end in range(start, length + 1):
                first, last = render.window(length, (start, end), 5)
                assert 0 <= first <= start
                assert last <= length
                assert last - first == min(5, length)
                assert last >= min(end, start + 5)


def test_the_words_that_carry_the_match_are_strong_inside_the_mark():
    words = ((0, 4), (10, 13), (14, 18))
    assert render.marked("The keeper was Agnes Orr.", 6, [(10, 30)], [(10, 16), (21, 26)]) == (
        "The <mark><strong>keeper</strong> was <strong>Agnes</strong> Orr</mark>."
    )
    assert render.marked("one two", 0, [(0, 3)], words) == (
        "<mark><strong>one</strong></mark> two"
    ), "what lies outside a mark is left alone"


def test_the_heading_counts_and_names():
    assert "2 documents, 1,203 passages" in render.heading([info(passages=3), info(passages=1200)])
    assert "<bdi>a&lt;b.txt</bdi>, 1 passage<" in render.heading([info("a<b.txt")])
    assert "0 documents" in render.heading([])


# Safety


def test_hostile_text_stays_text_everywhere():
    for markup in (render.examples([HOSTILE]), render.heading([info(HOSTILE, HOSTILE)])):
        tags = Tags(markup)
        assert not {"img", "script"} & set(tags.seen)
        assert not any(name.startswith("on") for name in tags.names)
        assert tags.open == []
        assert HOSTILE in tags.text


def test_every_character_survives():
    text = "".join(map(chr, [*range(32, 128), 0xE9, 0x202E, 0x1F600, 0x10FFFF]))
    assert html.unescape(render.marked(text, 0, [])) == text


def test_rendering_imports_no_gradio():
    code = "import sys, qa.app.render; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_with_a_login_one_can_leave():
    assert '<a class="qa-logout" href="logout">Log out</a>' in render.heading([], login=True)
    assert "logout" not in render.heading([])


def test_files_without_text_are_folded_under_the_heading_with_their_reasons():
    reports = [
        FileReport("<b>scan</b>.pdf", "empty", "no text, looks scanned; try --ocr", 3),
        FileReport("x.bin", "skipped", "a .bin file is not read"),
    ]
    shown = render.heading([], reports)
    assert "<summary>2 files without text</summary>" in shown
    assert "looks scanned" in shown
    assert "<b>" not in shown
    assert "qa-unread" not in render.heading([])


def test_many_files_without_text_are_counted():
    reports = [FileReport(f"{n}.bin", "skipped", "not read") for n in range(render.MOST_UNREAD + 2)]
    shown = render.heading([], reports)
    assert shown.count("<li>") == render.MOST_UNREAD + 1
    assert "and 2 others" in shown
