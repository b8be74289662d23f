"""Subtitles become running text with the time of each cue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers import read

SRT = """1
00:00:06,500 --> 00:00:09,000
About two months ago
I found <i>myself</i> there.

2
01:02:11,000 --> 01:02:17,000
{\\an8}Fish &amp; chips, 3 < 5.
"""

VTT = """WEBVTT - The talk

NOTE Not to be shown
nor this

STYLE
::cue { color: red }

intro
00:11.000 --> 00:13.000 align:left
<v.loud Ann Lee>We are in <c.yellow>New</c> York,

00:13.000 --> 00:16.000
<v Ann Lee>down the <00:00:14.000>street.</v>

00:16.500 --> 00:18.000
<v Bob>Really?
<v Ann Lee>Yes.

00:19.000 --> 00:20.000
(laughter)
"""


def test_srt_is_the_text_of_its_cues():
    document = read(SRT.encode(), "a.srt")
    assert document.text == ("About two months ago\nI found myself there.\nFish & chips, 3 < 5.")
    assert [(m.start, m.label) for m in document.marks] == [(0, "00:00:06"), (43, "01:02:11")]
    assert document.mark_at(document.text.index("myself")) == "00:00:06"


def test_vtt_names_who_speaks_where_that_changes():
    document = read(VTT.encode(), "a.vtt")
    assert document.text == (
        "Ann Lee: We are in New York,\ndown the street.\n\n"
        "Bob: Really?\n\nAnn Lee: Yes.\n\n(laughter)"
    )
    assert [(m.label, document.text[m.start :][:5]) for m in document.marks] == [
        ("00:00:11", "Ann L"),
        ("00:00:13", "down "),
        ("00:00:16", "Bob: "),
        ("00:00:19", "(laug"),
    ]


def test_captions_that_roll_up_are_read_once():
    lines = ["so the first", "thing is that", "it rolls", "up the screen"]
    cues = [
        f"00:0{n}.000 --> 00:0{n + 1}.000\n{before}\n{line}\n"
        for n, (before, line) in enumerate(zip([" ", *lines], lines, strict=False))
    ]
    document = read(("WEBVTT\n\n" + "\n".join(cues)).encode(), "a.vtt")
    assert document.text == "\n".join(lines)
    assert [m.label for m in document.marks] == [f"00:00:0{n}" for n in range(4)]


def test_what_is_said_twice_stays_said_twice():
    cues = [
        f"{n}\n00:00:0{n},0 --> 00:00:0{n},9\n{w}\n" for n, w in enumerate("No! No! Yes.".split())
    ]
    assert read("\n".join(cues).encode(), "a.srt").text == "No!\nNo!\nYes."


@pytest.mark.parametrize(
    ("srt", "text", "labels"),
    [
        ("00:01 --> 00:02\none\n00:03 --> 00:04\ntwo", "one\ntwo", ["00:00:01", "00:00:03"]),
        ("1\n00:00:01,0 -> 00:00:02,0\none\n2\n00:00:03.5 --> 00:00:04\ntwo", "one\ntwo", None),
        (
            "7\n\n00:00:01,000 --> 00:00:02,000\n\none\n\nstill one\n",
            "one\nstill one",
            ["00:00:01"],
        ),
        ("no cue at all\n\n1\n", "", []),
        ("1\n\n00:01 --> 00:02\none\n\n2\n\n00:03 --> 00:04\ntwo\n\n3\n", "one\ntwo", None),
        ("1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:03,000 --> 00:00:04,000\ntwo", "two", None),
        ("1\n99:99:99,999 --> oops\ntext\n", "", []),
        ("1\r\n00:00:01,000 --> 00:00:02,000\r\none\r\ntwo\r\n\r\n", "one\ntwo", ["00:00:01"]),
    ],
)
def test_malformed_cues_are_read_as_far_as_they_make_sense(srt, text, labels):
    document = read(srt.encode(), "a.srt")
    assert document.text == text
    if labels is not None:
        assert [mark.label for mark in document.marks] == labels


words = st.text(st.characters(categories=["L"]), min_size=1, max_size=8)
cue_lists = st.lists(
    st.tuples(st.integers(0, 359_999), st.lists(words, min_size=1, max_size=6)), max_size=8
)


@given(cue_lists, st.sampled_from([",", "."]))
def test_times_and_words_come_back(cues, point):
    def time(seconds):
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"

    srt = "".join(
        f"{n}\n{time(start)}{point}000 --> {time(start + 1)}{point}000\n{n} {' '.join(said)}\n\n"
        for n, (start, said) in enumerate(cues)
    )
    document = read(srt.encode(), "a.srt")
    assert [mark.label for mark in document.marks] == [time(start) for start, _ in cues]
    assert document.text.split("\n") == [f"{n} {' '.join(s)}" for n, (_, s) in enumerate(cues)] or [
        ""
    ]
    for mark, (n, _) in zip(document.marks, enumerate(cues), strict=True):
        assert document.text[mark.start :].startswith(f"{n} ")


@given(st.text(alphabet="0123456789:,.->< \n\rv/abc{}\\&;", max_size=300))
def test_anything_is_read_with_marks_inside_the_text(text):
    document = read(text.encode(), "a.vtt")
    starts = [mark.start for mark in document.marks]
    assert starts == sorted(set(starts))
    assert all(start < len(document.text) for start in starts)


def test_one_long_line_of_tags_is_read():
    hostile = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<c." * 500_000 + "<v " * 500_000
    assert read(hostile.encode(), "a.vtt").marks[0].label == "00:00:01"
