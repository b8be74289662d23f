import html
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from corpus.types import FileReport
from qa.app import render
from qa.app.render import EXCERPT, WINDOW, Turn
from qa.types import Answer, Citation, DocumentInfo, Scores, StatedValue

HOSTILE = "${alert(1)} {{value}} <img src=x onerror=alert(1)> <script>x</script> \"'&amp; \u202e"


class Tags(HTMLParser):
    """The tags, attributes and text of a piece of HTML."""

    def __init__(self, markup):
        super().__init__()
        self.open, self.seen, self.names, self.text = [], [], set(), ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.seen.append(tag)
        self.names.update(name for name, _ in attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def cite(text, start=0, end=None, highlights=(), number=1, document="guide.txt", title="A guide"):
    end = len(text) if end is None else end
    return Citation(
        number=number,
        id="0",
        document=document,
        path=f"/library/{document}",
        title=title,
        section="",
        location=f"{document}, page 3",
        page=3,
        start=start,
        end=end,
        text=text[start:end],
        highlights=tuple(highlights),
        relevance=0.874,
        scores=Scores(),
        sha256="0" * 64,
    )


def answer(*citations, answered=True, question="Why?"):
    return Answer(question, answered, 0.9, 0.01, citations)


def shown(*citations, answered=True):
    return render.conversation([Turn("Why?", answer(*citations, answered=answered))])


def info(document="a.txt", title="", passages=1):
    return DocumentInfo(document, "/r", f"/r/{document}", title, None, passages, 10, "0" * 64)


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


# Cards


def test_a_card_names_its_place_and_relevance():
    tags = Tags(shown(cite("One sentence.", highlights=[(4, 12)])))
    assert "guide.txt, page 3" in tags.text
    assert "87% relevant" in tags.text
    assert "1 passage" in tags.text
    assert tags.seen.count("button") == 1


def test_a_title_that_is_missing_is_the_document():
    assert "<bdi>notes.txt</bdi>" in shown(cite("x", document="notes.txt", title=""))


def test_the_words_that_carry_the_match_are_strong_inside_the_mark():
    words = ((0, 4), (10, 13), (14, 18))
    assert render.marked("The keeper was Agnes Orr.", 6, [(10, 30)], [(10, 16), (21, 26)]) == (
        "The <mark><strong>keeper</strong> was <strong>Agnes</strong> Orr</mark>."
    )
    assert render.marked("one two", 0, [(0, 3)], words) == (
        "<mark><strong>one</strong></mark> two"
    ), "what lies outside a mark is left alone"


def test_cards_and_source_show_the_words():
    text = "Before. The first keeper was Agnes."
    citation = replace(cite(text, highlights=[(8, 35)]), words=((18, 24),))
    for markup in (shown(citation), render.source(citation, text)):
        assert "<mark>The first <strong>keeper</strong> was Agnes.</mark>" in markup


def test_words_of_hostile_text_are_escaped():
    citation = replace(cite(HOSTILE, highlights=[(0, len(HOSTILE))]), words=((21, 31),))
    tags = Tags(shown(citation))
    assert tags.open == []
    assert HOSTILE in tags.text
    assert not {"img", "script"} & set(tags.seen)


def test_a_short_passage_is_whole_and_cannot_be_unfolded():
    assert "<details" not in shown(cite("x" * EXCERPT))


def test_a_long_passage_shows_its_evidence_and_unfolds():
    text = f"{'before ' * 200}the evidence{' after' * 200}"
    start = text.index("the evidence")
    markup = shown(cite(text, highlights=[(start, start + 12)]))
    excerpt, whole = re.findall(r'<p class="qa-quote" dir="auto">(.*?)</p>', markup)
    assert "<mark>the evidence</mark>" in excerpt
    assert re.fullmatch(r"… before .*\bafter …", excerpt)
    assert len(Tags(excerpt).text) <= EXCERPT + 4
    assert Tags(whole).text == text


def test_a_huge_passage_is_never_sent_whole():
    assert len(shown(cite("x" * 1_000_000, highlights=[(500_000, 900_000)]))) < 3 * WINDOW


def test_only_the_first_card_of_the_newest_turn_is_current():
    turn = Turn("Why?", answer(cite("a"), cite("b", number=2)))
    markup = render.conversation([turn, turn])
    current = re.findall(r'data-turn="(\d)" data-number="(\d)"><button[^>]*aria-current', markup)
    assert current == [("1", "1")]


# Replies


def test_an_answer_says_how_many_passages():
    assert "2 passages, best match first" in shown(cite("a"), cite("b"))


def test_an_answer_from_several_documents_says_from_how_many():
    one, other = cite("a"), cite("b", number=2, document="other.txt")
    assert "2 passages from 2 documents, best match first" in shown(one, other)
    assert "documents" not in shown(one, cite("b", number=2))


def test_no_answer_is_a_state_of_its_own_with_the_nearest_folded_away():
    markup = shown(cite("a"), cite("b"), answered=False)
    assert "No passage answers this.</strong>" in markup
    assert '<details class="qa-nearest"><summary>The 2 nearest passages</summary>' in markup
    assert 'class="qa-cards qa-unanswered"' in markup
    assert "aria-current" not in markup
    assert "The nearest passage<" in shown(cite("a"), answered=False)


def test_values_that_differ_are_chips_that_name_their_cards():
    stated = (StatedValue("1931", (1, 3)), StatedValue("<b>", (2,)))
    given = replace(answer(cite("a")), disagreement=stated)
    markup = render.conversation([Turn("Why?"), Turn("When?", given)])
    assert "Sources differ:" in markup
    chips = re.findall(r'qa-chip qa-number" data-turn="(\d)" data-number="(\d)"', markup)
    assert chips == [("1", "1"), ("1", "3"), ("1", "2")]
    assert "<bdi>&lt;b&gt;</bdi>" in markup
    assert "differ" not in shown(cite("a"))


def test_what_was_asked_is_shown_where_it_is_not_what_was_written():
    turn = Turn("And it?", answer(cite("a")), asked="And <the> bridge?")
    markup = render.conversation([turn])
    assert "Asked as: <bdi>And &lt;the&gt; bridge?</bdi>" in markup
    assert turn.searched == "And <the> bridge?"
    assert "Asked as" not in shown(cite("a"))
    assert Turn("Why?").searched == "Why?"


def test_no_answer_and_no_passage_promises_none():
    assert "nearest" not in shown(answered=False)


def test_an_error_and_a_pending_question_are_said():
    markup = render.conversation([Turn("a", error="no <such> library"), Turn("b")])
    assert "<bdi>no &lt;such&gt; library</bdi>" in markup
    assert "Searching …" in markup


def test_the_heading_counts_and_names():
    assert "2 documents, 1,203 passages" in render.heading([info(passages=3), info(passages=1200)])
    assert "<bdi>a&lt;b.txt</bdi>, 1 passage<" in render.heading([info("a<b.txt")])
    assert "0 documents" in render.heading([])


# Source


def test_the_source_marks_the_passage_and_its_evidence():
    text = "Before. The passage itself. After."
    markup = render.source(cite(text, 8, 27, [(12, 19)]), text)
    assert (
        'Before. <span class="qa-passage">The <mark>passage</mark> itself.</span> After.' in markup
    )
    assert "Characters 8 to 27 of 34" in markup
    assert "earlier" not in markup
    assert "later" not in markup


@pytest.mark.parametrize("start", [0, 5_000_000, 9_999_000])
def test_a_long_source_is_windowed(start):
    text = "0123456789" * 1_000_000
    markup = render.source(cite(text, start, start + 1000), text)
    assert len(markup) < 2 * WINDOW
    assert ("earlier text" in markup) == (start > 0)
    assert ("later text" in markup) == (start < 9_999_000)


def test_a_passage_longer_than_the_window_is_cut():
    text = "x" * 1_000_000
    assert len(render.source(cite(text, 10, 999_990), text)) < 2 * WINDOW


def test_a_changed_document_is_not_passed_off_as_cited():
    citation = cite("The old passage.", highlights=[(4, 7)])
    markup = render.source(replace(citation, start=0), "The new passage, longer than it was.")
    assert "has changed since it was cited" in markup
    assert "The <mark>old</mark> passage." in markup
    assert "new passage" not in markup


# Safety


def test_hostile_text_stays_text_everywhere():
    citation = cite(
        HOSTILE, highlights=[(0, 5), (12, 40)], document=f"a/{HOSTILE}.txt", title=HOSTILE
    )
    for markup in (
        render.conversation(
            [Turn(HOSTILE, answer(citation), asked=HOSTILE), Turn("q", error=HOSTILE)]
        ),
        render.source(citation, HOSTILE),
        render.source_error(citation, HOSTILE),
        render.examples([HOSTILE]),
        render.heading([info(HOSTILE, HOSTILE)]),
    ):
        tags = Tags(markup)
        assert not {"img", "script"} & set(tags.seen)
        assert not any(name.startswith("on") for name in tags.names)
        assert tags.open == []
        assert HOSTILE in tags.text


def test_names_and_quotes_have_their_own_direction():
    markup = shown(cite("\u202etext", document="\u202efile", title="\u202etitle"))
    assert "<bdi>\u202etitle</bdi>" in markup
    assert "<bdi>\u202efile, page 3</bdi>" in markup
    assert '<p class="qa-quote" dir="auto">\u202etext</p>' in markup


def test_a_name_that_is_not_utf8_can_be_sent():
    markup = shown(cite("x", document="caf\udce9.txt", title=""))
    assert "caf\ufffd.txt" in markup
    markup.encode()


def test_every_character_survives():
    text = "".join(map(chr, [*range(32, 128), 0xE9, 0x202E, 0x1F600, 0x10FFFF]))
    assert html.unescape(render.marked(text, 0, [])) == text


def test_rendering_imports_no_gradio():
    code = "import sys, qa.app.render; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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
