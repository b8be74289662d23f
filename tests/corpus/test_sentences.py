"""Sentences and blocks: every non-blank character in exactly one span, cut where a reader would."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.sentences import body_sentences, split_blocks, split_sentences, trim

unhurried = settings(deadline=None, max_examples=50)
ROOT = Path(__file__).parents[2]

# What the rules look at, and what they must not trip over.
ATOMS = """
    a B 7 12 Word word Dr. e.g. J. г. 1. 2) a) . .. ... … ! ? ?! 。 ！？ ؟ " ” » 」 ( ) [ * _ - •
    | # > , \u200b \u0301 \x00 汉字 слово كلمة 😀
    """.split()
BLANKS = [
    " ",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "\n \n",
    "\t",
    "\f",
    "\x0b",
    "\x1c",
    "\x85",
    "\u2029",
]
texts = st.lists(st.sampled_from(ATOMS + BLANKS), max_size=40).map("".join)


@st.composite
def windows(draw):
    text = draw(texts)
    start = draw(st.integers(0, len(text)))
    return text, start, draw(st.integers(start, len(text)))


def pieces(text, spans):
    return [text[start:end] for start, end in spans]


def assert_ordered_trimmed_and_whole(window, spans):
    """The spans lie in the window in order, apart, trimmed, and only white space is outside."""
    text, start, end = window
    edge, outside = start, ""
    for left, right in spans:
        assert edge <= left < right <= end
        assert text[left:right] == text[left:right].strip()
        outside += text[edge:left]
        edge = right
    outside += text[edge:end]
    assert not outside.strip()


# Examples: "¦" stands where one sentence ends and the next begins.


@pytest.mark.parametrize(
    "marked",
    [
        "One. ¦Two! ¦Three? ¦Four",
        "Dr. Smith met Mrs. Jones. ¦They spoke.",
        "J. K. Rowling wrote it. ¦It sold well.",
        "See Fig. 3 and Eq. 4. ¦Then stop.",
        "Animals, e.g. Cats, sleep. ¦They also eat.",
        "The U.S. Senate sat. ¦It rose.",
        "Smith et al. Reported it. ¦Nobody read it.",
        "It rose in Jan. 2020. ¦Then it fell.",
        "It cost 3.14 dollars. ¦2 of them cost 6.28.",
        "It happened in 1990. ¦The next year was calm.",
        "Version 1.2.3 is out. ¦Use it.",
        "Visit www.example.com today. ¦Or tomorrow.",
        "“Is it so?” he asked. ¦“It is.” ¦Then he left.",
        '"Stop!" ¦She ran.',
        "He left (she stayed.) ¦It rained.",
        "«Да.» ¦Он ушёл.",
        "Wait... ¦Then go.",
        "He said … nothing. ¦Nobody spoke.",
        "well... maybe. ¦Yes.",
        "Really?! ¦No!!! ¦Fine.",
        "*It ends.* ¦_So it does._ ¦Good.",
        "a stop before lower case. like this one",
        "他来了。¦她走了！¦真的吗？¦好",
        "「好。」¦他说完就走了。",
        "彼は来た。¦彼女は「はい。」¦と言った。",
        "هل هذا صحيح؟ ¦نعم هو صحيح.",
        "यह एक है। ¦वह दो है।",
        "Он жил в г. Москва. ¦Потом уехал, т.е. Пропал. ¦Всё.",
        "На стр. 5 и рис. 7 есть ответ. ¦Вот он.",
        "1. Introduction to things",
        "Das kostet ca. 5 Euro, bzw. Mehr. ¦Ja.",
    ],
)
def test_sentences_end_where_a_reader_would_end_them(marked):
    text = marked.replace("¦", "")
    assert pieces(text, split_sentences(text)) == [part.strip() for part in marked.split("¦")]


@pytest.mark.parametrize(
    "marked",
    [
        "One line\nand its second.\n\n¦Another paragraph.",
        "Before\n \t \n¦after",
        "Page one\f¦page two",
        "First\u2029¦second",
        "Shopping:\n¦- eggs\n¦- milk\n  from the farm\n¦- bread",
        "Steps:\n¦1. Open it.\n¦2. Close it.\n¦10) Leave.",
        "Options:\n¦a) this\n¦b) that",
        "• one\n¦• two",
        "| a | b |\n¦| 1 | 2 |",
        "# Title\nwords\n¦## Section\nwords",
        "He wrote:\n¦> a quotation\n¦> of two lines",
        "minus -5 degrees\n-5 is cold",
        "range\n2020. was a year",
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_blocks_are_paragraphs_items_and_rows_whatever_ends_a_line(marked, line_end):
    marked = marked.replace("\n", line_end)
    text = marked.replace("¦", "")
    assert pieces(text, split_blocks(text)) == [part.strip() for part in marked.split("¦")]


def test_each_list_item_table_row_and_heading_is_a_sentence_of_its_own():
    text = "# Fruit\n\n- red apples\n- green pears\n\n| kind | price |\n| fig | 3 |\n"
    assert pieces(text, split_sentences(text)) == [
        *("# Fruit", "- red apples", "- green pears"),
        *("| kind | price |", "| fig | 3 |"),
    ]


def test_a_sentence_may_run_over_a_line_end():
    text = "The quick fox\njumps over\nthe dog. It\nruns."
    assert pieces(text, split_sentences(text)) == [
        "The quick fox\njumps over\nthe dog.",
        "It\nruns.",
    ]


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\r\n\t\f\x0b\x1c\x85\u2028\u2029\u3000"])
def test_blank_text_has_no_sentence(blank):
    assert split_blocks(blank) == split_sentences(blank) == []


def test_what_answers_comes_after_the_headings_unless_there_is_nothing_else():
    text = "# Title\n\nOne. Two."
    assert pieces(text, body_sentences(text, len("# Title"))) == ["One.", "Two."]
    assert body_sentences("# Title", len("# Title")) == [(0, 7)]


# Properties


@unhurried
@given(windows())
def test_blocks_hold_every_non_blank_character_of_their_window_once(case):
    assert_ordered_trimmed_and_whole(case, split_blocks(*case))


@unhurried
@given(windows())
def test_sentences_hold_every_non_blank_character_of_their_window_once(case):
    assert_ordered_trimmed_and_whole(case, split_sentences(*case))


@unhurried
@given(st.text())
def test_sentences_hold_every_non_blank_character_of_any_text_once(text):
    assert_ordered_trimmed_and_whole((text, 0, len(text)), split_sentences(text))


@unhurried
@given(windows())
def test_sentences_are_those_of_the_blocks_one_by_one(case):
    text = case[0]
    blocks = split_blocks(*case)
    sentences = split_sentences(*case)
    assert [sentence for block in blocks for sentence in split_sentences(text, *block)] == sentences
    inner = iter(blocks)
    block = next(inner, None)
    for start, end in sentences:
        while block is not None and start >= block[1]:
            block = next(inner, None)
        assert block is not None, "a sentence after the last block"
        assert block[0] <= start < end <= block[1], "a sentence that crosses a block's edge"


@unhurried
@given(texts)
def test_an_open_end_is_the_end_of_the_text(text):
    assert split_sentences(text) == split_sentences(text, 0, len(text))
    assert split_blocks(text) == split_blocks(text, 0, len(text))


@unhurried
@given(
    st.lists(st.sampled_from(["One", "two.", "Three!", "- four", "1. five", "(Six.)", "七。"])),
    st.data(),
)
def test_how_lines_end_changes_no_sentence(words, data):
    gaps = [data.draw(st.sampled_from([" ", "\n", "\n\n"])) for _ in words]
    text = "".join(word + gap for word, gap in zip(words, gaps, strict=True))
    expected = [piece.split() for piece in pieces(text, split_sentences(text))]
    for line_end in ("\r\n", "\r"):
        other = text.replace("\n", line_end)
        assert [piece.split() for piece in pieces(other, split_sentences(other))] == expected


@unhurried
@given(windows())
def test_trim_moves_past_white_space_and_nothing_else(case):
    text, start, end = case
    left, right = trim(text, start, end)
    assert start <= left <= right <= end
    assert text[left:right] == text[start:end].strip()


HOSTILE = {
    "dots": "'.' * 100_000",
    "dots and a letter": "'.' * 100_000 + 'a'",
    "spaced dots": "'. ' * 50_000",
    "ellipses": "'… ' * 50_000",
    "Chinese stops": "'。' * 100_000",
    "letters with dots": "'a.' * 50_000",
    "initials": "'A. ' * 33_000",
    "numbers with dots": "'1. ' * 33_000",
    "abbreviations": "'Dr. ' * 25_000",
    "quotes": "'\"' * 100_000",
    "a stop and quotes": "'.' + '\"' * 100_000 + 'a'",
    "stops and quotes": "'.\"' * 50_000 + 'a'",
    "asterisks": "'.' + '*_' * 50_000 + 'a'",
    "newlines": "'\\n' * 100_000",
    "newlines with spaces": "'\\n ' * 50_000 + 'a'",
    "one newline, many spaces": "('\\n' + ' ' * 50_000 + 'a') * 2",
    "carriage returns": "'\\r' * 100_000 + 'a'",
    "vertical tabs": "'\\x0b' * 100_000",
    "newlines and vertical tabs": "'\\n\\x0b' * 50_000 + 'a'",
    "stops and vertical tabs": "'a.' + '\\x0b' * 100_000 + 'b'",
    "lower case after stops": "'word. word ' * 10_000",
    "list markers": "'\\n-' * 50_000",
    "one word": "'a' * 100_000",
    "openers after a stop": "'A. ' + '(' * 100_000",
}


def test_hostile_text_takes_linear_time():
    """Each input takes milliseconds, or minutes if any step were quadratic."""
    code = "from corpus.sentences import split_sentences\n" + "\n".join(
        f"print({name!r}, flush=True); split_sentences({text})" for name, text in HOSTILE.items()
    )
    command = [sys.executable, "-c", code]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired as late:
        started = (late.stdout or b"").decode().splitlines()
        pytest.fail(f"not done within a minute: {started[-1:]}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == list(HOSTILE)
