"""An answer in a terminal: the evidence behind a bar, in it the words that carry the match."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from qa.terminal import print_answer
from qa.types import Answer, Citation, Scores

TEXT = "The tower is old.  Its first keeper was\nAgnes Orr.\n\nNobody lives there now."
SENTENCE = (19, 50)
STYLES = re.compile(r"\x1b\[([\d;]*)m")


def cite(text=TEXT, highlights=(SENTENCE,), words=(), start=0):
    return Citation(
        number=1,
        id="0",
        document="light.txt",
        path="/library/light.txt",
        title="The light",
        section="",
        location="light.txt, line 1",
        page=None,
        start=start,
        end=start + len(text),
        text=text,
        highlights=tuple((start + a, start + b) for a, b in highlights),
        relevance=0.9,
        scores=Scores(),
        sha256="0" * 64,
        words=tuple((start + a, start + b) for a, b in words),
    )


def printed(citation, width=80, colour=True):
    screen = io.StringIO()
    console = Console(
        file=screen,
        force_terminal=colour,
        width=width,
        color_system="standard" if colour else None,
    )
    print_answer(console, Answer("Who?", True, 0.9, 0.01, (citation,)))
    return screen.getvalue()


def quoted(citation, width=80):
    """Return the lines of the passage without colours."""
    return STYLES.sub("", printed(citation, width)).splitlines()[3:-2]


def bold(citation):
    """Return what is bold in the passage, line by line."""
    lines = printed(citation).splitlines()[3:-2]
    return [part for line in lines for part in re.findall(r"\x1b\[1m(.*?)\x1b\[0m", line)]


def test_the_evidence_stands_behind_a_bar_on_lines_of_its_own():
    assert quoted(cite()) == [
        "    The tower is old.",
        "  ▌ Its first keeper was Agnes Orr.",
        "    Nobody lives there now.",
    ]


def test_the_words_that_carry_the_match_are_bold():
    at = TEXT.index("keeper"), TEXT.index("keeper") + 6
    name = TEXT.index("Agnes"), TEXT.index("Orr") + 3
    assert bold(cite(words=[at, name])) == ["keeper", "Agnes Orr"]


def test_without_such_words_the_whole_evidence_is():
    assert bold(cite()) == ["Its first keeper was Agnes Orr."]


def test_offsets_are_those_of_the_document():
    word = TEXT.index("keeper"), TEXT.index("keeper") + 6
    assert bold(cite(words=[word], start=1000)) == ["keeper"]


def test_words_stay_bold_where_a_line_is_broken_and_across_white_space():
    name = TEXT.index("was"), TEXT.index("Orr") + 3
    assert bold(cite(words=[name])) == ["was Agnes Orr"]
    assert quoted(cite(words=[name]), width=30) == [
        "    The tower is old.",
        "  ▌ Its first keeper was Agnes",
        "  ▌ Orr.",
        "    Nobody lives there now.",
    ]


def test_two_highlights_have_their_own_words():
    text = "One keeper. Two keepers."
    citation = cite(text, [(0, 11), (12, 24)], [(4, 10), (16, 23)])
    assert quoted(citation) == ["  ▌ One keeper.", "  ▌ Two keepers."]
    assert bold(citation) == ["keeper", "keepers"]


@pytest.mark.parametrize("width", [24, 40, 80])
def test_no_line_is_wider_than_the_terminal(width):
    text = "灯塔的看守人独自住在岛上很多年了。" * 3 + "a" * 200 + " word" * 40
    for citation in (cite(text, [(0, 51)]), cite(text, [(51, len(text))], [(60, 70)])):
        for line in quoted(citation, width):
            assert Console(width=width).measure(line).maximum <= width


def test_without_colours_there_are_no_escapes_and_the_bar_stays():
    out = printed(cite(words=[(23, 28)]), colour=False)
    assert "\x1b" not in out
    assert "  ▌ Its first keeper was Agnes Orr." in out


def test_words_outside_the_evidence_are_not_shown_as_its_own():
    assert bold(replace(cite(), words=((0, 3),))) == ["Its first keeper was Agnes Orr."]
