"""Passages: exact slices of whole sentences that no encoder cuts off, and that miss nothing."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.chunking import Chunker
from corpus.sentences import split_sentences
from corpus.types import Document, Heading, Page, Passage, Table

SPECIALS = 2
unhurried = settings(deadline=None, max_examples=30)
LONG = 600  # characters above which a sentence may be cut, whatever its tokens


def count_words(texts):
    """Count as a tokenizer whose tokens are words would: two special tokens a text."""
    return [SPECIALS + len(text.split()) for text in texts]


def words_of(text):
    return len(text.split())


@dataclass
class Draft:
    """A document in the making: parts are joined by blank lines, offsets are where they fell."""

    text: str = ""
    title: str = ""
    pages: tuple[Page, ...] = ()
    headings: tuple[Heading, ...] = ()
    page_from: int | None = None

    def paragraph(self, text: str) -> "Draft":
        self.text += text + "\n\n"
        return self

    def heading(self, title: str, level: int = 1) -> "Draft":
        start = len(self.text)
        self.headings += (Heading(start, start + len(title), level, title),)
        return self.paragraph(title)

    def page_break(self) -> "Draft":
        start = self.page_from or 0
        self.pages += (Page(len(self.pages) + 1, start, len(self.text)),)
        self.page_from = len(self.text)
        return self

    def finish(self) -> Document:
        if self.page_from is not None:
            self.page_break()
        return Document(self.text, self.title, self.pages, self.headings)


word = st.sampled_from(
    ["alpha", "Beta", "x", "3.14", "e.g.", "naïve", "😀", "汉字。", "-", "“quoted”", "b" * 50]
)
sentence = st.builds(
    lambda words, times, stop: " ".join(words * times) + stop,
    st.lists(word, min_size=1, max_size=8),
    st.sampled_from([1, 1, 1, 1, 4, 40]),
    st.sampled_from([".", ".", "!", "?”", "", "。"]),
)
paragraph = st.builds(
    lambda sentences, gap: gap.join(sentences),
    st.lists(sentence, min_size=1, max_size=5),
    st.sampled_from([" ", "\n", "\r\n", "  "]),
)


@st.composite
def documents(draw):
    draft = Draft(title=draw(st.sampled_from(["", "A Title", "Alpha " * 40])))
    for kind in draw(st.lists(st.sampled_from("ppppphhb"), max_size=8)):
        if kind == "p":
            draft.paragraph(draw(paragraph))
        elif kind == "h":
            title = " ".join(draw(st.lists(word, min_size=1, max_size=6)))
            draft.heading(title, draw(st.integers(1, 3)))
        else:
            draft.page_break()
    return draft.finish()


chunkers = st.builds(
    Chunker,
    st.just(count_words),
    st.sampled_from([16, 24, 64, 256]),
    st.sampled_from([10, 40, 190]),
    st.sampled_from([0, 8, 40]),
)


def numbered(count, length=10):
    """Return sentences of ``length`` words that tell which they are."""
    return [f"Sentence {number} " + "word " * (length - 3) + "end." for number in range(count)]


def split(document, max_tokens=256, **options):
    return Chunker(count_words, max_tokens, **options).split(document)


# Properties


@unhurried
@given(documents(), chunkers)
def test_every_passage_is_its_slice(document, chunker):
    for passage in chunker.split(document):
        assert passage.start < passage.end
        assert passage.text == document.text[passage.start : passage.end] == passage.text.strip()


@unhurried
@given(documents(), chunkers)
def test_passages_move_forward_and_hold_every_non_blank_character(document, chunker):
    passages = chunker.split(document)
    for first, second in pairwise(passages):
        assert first.start < second.start
        assert first.end < second.end
    edge, outside = 0, ""
    for passage in passages:
        outside += document.text[edge : passage.start]
        edge = passage.end
    assert not (outside + document.text[edge:]).strip()


@unhurried
@given(documents(), chunkers)
def test_no_passage_with_its_context_is_above_the_limit(document, chunker):
    for passage in chunker.split(document):
        assert count_words([passage.encoded]) <= [chunker.max_tokens]


@unhurried
@given(documents(), chunkers)
def test_a_sentence_is_cut_only_when_no_passage_could_hold_it(document, chunker):
    """That is: above 600 characters, or above the tokens that the context leaves."""
    passages = chunker.split(document)
    for start, end in split_sentences(document.text):
        cut_by = [
            passage
            for passage in passages
            if start < passage.start < end or start < passage.end < end
        ]
        for passage in cut_by:
            room = chunker.max_tokens - count_words([passage.context])[0]
            assert end - start > LONG or words_of(document.text[start:end]) > room


@unhurried
@given(documents(), chunkers)
def test_no_passage_crosses_a_page(document, chunker):
    edges = {edge for page in document.pages for edge in (page.start, page.end)}
    for passage in chunker.split(document):
        assert not [edge for edge in edges if passage.start < edge < passage.end]
        page = document.page_at(passage.start)
        assert passage.page == (page.number if page else None)


@unhurried
@given(documents(), chunkers)
def test_no_passage_crosses_into_the_section_of_another_heading(document, chunker):
    passages = chunker.split(document)
    body_from = 0
    for heading in document.headings:
        if document.text[body_from : heading.start].strip():
            assert not [p for p in passages if p.start < heading.start < p.end]
        body_from = heading.end


@unhurried
@given(documents(), chunkers)
def test_overlap_repeats_whole_sentences_of_one_section_within_its_bound(document, chunker):
    starts = {start for start, _ in split_sentences(document.text)}
    long = [(s, e) for s, e in split_sentences(document.text) if e - s > LONG]
    for first, second in pairwise(chunker.split(document)):
        if second.start >= first.end:
            continue
        repeated = document.text[second.start : first.end]
        assert second.start in starts
        assert not [1 for start, end in long if start < first.end and second.start < end]
        assert words_of(repeated) <= chunker.overlap_tokens
        assert (first.page, first.context) == (second.page, second.context)


@unhurried
@given(documents(), chunkers)
def test_headings_at_the_head_of_a_passage_are_told_from_its_body(document, chunker):
    for passage in chunker.split(document):
        inside = [h for h in document.headings if passage.start <= h.start < passage.end]
        if passage.body:
            end = passage.start + passage.body
            assert [h for h in inside if h.end == end]
            titles = " ".join(h.title for h in inside if h.end <= end)
            assert passage.text[: passage.body].split() == titles.split()
        else:
            assert not [h for h in inside if h.start == passage.start and h.end <= passage.end]


@unhurried
@given(documents(), chunkers)
def test_the_same_document_gives_the_same_passages(document, chunker):
    again = Chunker(
        chunker.count_tokens, chunker.max_tokens, chunker.target_tokens, chunker.overlap_tokens
    )
    assert chunker.split(document) == chunker.split(document) == again.split(document)


@unhurried
@given(documents(), st.sampled_from([16, 24, 64]))
@example(Document("a b c d e f g h i j k l. " * 20), 16)
def test_a_counter_whose_whole_exceeds_its_parts_is_obeyed(document, max_tokens):
    def count(texts):  # 1 word 3, 10 words 13, 20 words 26, 100 words 202
        return [SPECIALS + words_of(text) + (words_of(text) // 10) ** 2 for text in texts]

    passages = Chunker(count, max_tokens).split(document)
    assert all(tokens <= max_tokens for tokens in count([p.encoded for p in passages]))
    held = {at for p in passages for at in range(p.start, p.end)}
    assert all(at in held for at, letter in enumerate(document.text) if not letter.isspace())


@unhurried
@given(st.text(), st.sampled_from([16, 64]))
def test_any_text_gives_slices_that_hold_it_all(text, max_tokens):
    passages = split(Document(text), max_tokens)
    held = {at for p in passages for at in range(p.start, p.end)}
    assert all(p.text == text[p.start : p.end] for p in passages)
    assert all(at in held for at, letter in enumerate(text) if not letter.isspace())


# Examples


def test_short_text_is_one_passage_and_blank_text_none():
    assert [p.text for p in split(Document("  One. Two.\n"))] == ["One. Two."]
    assert split(Document("")) == split(Document(" \n\f ")) == []


def test_passages_are_near_their_target_and_overlap_by_whole_sentences():
    sentences = numbered(40)  # 400 words
    passages = split(Document(" ".join(sentences)), target_tokens=100, overlap_tokens=20)
    new = [passages[0].end] + [b.end - a.end for a, b in pairwise(passages)]
    assert len(passages) == 4
    assert len(new) == 4
    for first, second in pairwise(passages):
        assert first.text.endswith(second.text[: first.end - second.start])
        assert words_of(second.text[: first.end - second.start]) == 20  # two sentences of ten
    assert [words_of(p.text) for p in passages] == [100, 120, 120, 120]


def test_a_sentence_above_the_overlap_is_not_repeated():
    passages = split(Document(" ".join(numbered(40))), target_tokens=100, overlap_tokens=9)
    assert [words_of(p.text) for p in passages] == [100] * 4
    assert all(first.end < second.start for first, second in pairwise(passages))


def test_cuts_fall_between_paragraphs_where_they_can():
    paragraphs = [" ".join(numbered(9)) for _ in range(4)]  # 90 words each
    text = "\n\n".join(paragraphs)
    passages = split(Document(text), target_tokens=100, overlap_tokens=0)
    assert [p.text for p in passages] == paragraphs


@pytest.mark.parametrize("length", [600, 601])
def test_a_sentence_of_600_characters_is_kept_and_a_longer_one_may_be_cut(length):
    long = ("Word " * 200)[: length - 2] + "d."
    text = f"Short one here. {long} Short two here."
    assert len(long) == length
    passages = split(Document(text), target_tokens=60, overlap_tokens=0)
    whole = [passage for passage in passages if long in passage.text]
    assert len(whole) == (1 if length <= LONG else 0)


def test_a_sentence_above_the_tokens_of_a_passage_is_cut_at_white_space():
    text = " ".join(["a"] * 100) + "."  # 200 characters, 100 tokens
    passages = split(Document(text), 32)
    assert " ".join(p.text for p in passages) == text
    assert all(words_of(p.text) + SPECIALS <= 32 for p in passages)


def test_a_sentence_between_target_and_limit_is_a_passage_of_its_own():
    long = " ".join(["Word"] * 100) + "."
    passages = split(Document(f"One. {long} Two."), 256, target_tokens=20, overlap_tokens=0)
    assert long in [p.text for p in passages]


def test_a_line_without_spaces_is_cut_into_pieces_that_are_not_repeated():
    text = "0123456789" * 100_000
    passages = split(Document(text))
    assert "".join(p.text for p in passages) == text
    assert max(len(p.text) for p in passages) <= 4_000


def test_text_whose_characters_are_no_tokens_takes_linear_time():
    def count(texts):  # as BERT's tokenizer does, which drops zero-width spaces
        return [SPECIALS + words_of(text.replace("\u200b", "")) for text in texts]

    text = "\u200b\n\n" * 4_000
    passages = Chunker(count, 256).split(Document(text))
    assert sum(p.text.count("\u200b") for p in passages) >= 4_000
    assert max(len(p.text) for p in passages) <= 2 * 4_000


def test_context_is_the_title_and_the_path_of_headings():
    draft = Draft(title="Report").heading("Findings").paragraph("Before.")
    draft.heading("Costs", 2).paragraph("They rose.").heading("Annex").paragraph("Tables.")
    passages = split(draft.finish())
    assert [(p.context, p.section) for p in passages] == [
        ("Report > Findings", "Findings"),
        ("Report > Findings > Costs", "Findings > Costs"),
        ("Report > Annex", "Annex"),
    ]
    assert passages[1].encoded == "Report > Findings > Costs\nCosts\n\nThey rose."


def test_without_title_and_headings_the_text_alone_is_encoded():
    (passage,) = split(Document("Just text."))
    assert (passage.context, passage.section, passage.encoded) == ("", "", "Just text.")


def test_a_title_that_is_also_the_first_heading_stands_in_the_context_once():
    draft = Draft(title="Report").heading("Report").paragraph("Words.").heading("Costs", 2)
    passages = split(draft.paragraph("Money.").finish())
    assert [p.context for p in passages] == ["Report", "Report > Costs"]


def test_a_heading_right_under_another_stays_with_it():
    draft = Draft().heading("Part").heading("Chapter", 2).paragraph("Words.")
    (passage,) = split(draft.finish())
    assert passage.text == "Part\n\nChapter\n\nWords."
    assert passage.text[: passage.body] == "Part\n\nChapter"
    assert passage.section == "Part > Chapter"


def test_a_long_context_is_cut_to_a_quarter_of_the_limit():
    title = " ".join(f"t{number}" for number in range(300))
    for passage in split(Document(" ".join(numbered(30)), title=title), 64):
        assert passage.context
        assert title.startswith(passage.context + " ")
        assert count_words([passage.context])[0] <= 64 // 4
        assert count_words([passage.encoded])[0] <= 64


def test_a_context_of_one_word_above_its_quarter_is_left_out():
    def count_letters(texts):
        return [SPECIALS + len(text) for text in texts]

    passages = Chunker(count_letters, 64).split(Document("Few words.", title="T" * 100))
    assert [p.encoded for p in passages] == ["Few words."]


@pytest.mark.parametrize(("extra", "kept"), [(24, True), (25, False)])
def test_a_header_is_left_out_where_it_and_the_path_are_above_five_eighths_together(extra, kept):
    """They have a quarter each, but some tokenizers count more in a whole than in its parts."""

    def count(texts):
        return [
            SPECIALS + words_of(text) + (extra if "\n" in text.strip() else 0) for text in texts
        ]

    text = "Name Age\n" + "Ann 5\n" * 60
    rows = (0, *range(9, len(text), 6))
    document = Document(text, "One two", tables=(Table(0, len(text), rows, 1),))
    last = Chunker(count, 48).split(document)[-1]  # 5/8 of 48 are 30: 2 + 4 words + 24
    assert last.context == ("One two\nName Age" if kept else "One two")


def located(document):
    return [passage.location for passage in split(document)]


def test_a_passage_is_located_by_its_page_before_its_section():
    draft = Draft().heading("One").paragraph("Text.").page_break().paragraph("More.").page_break()
    assert located(draft.paragraph("End.").finish()) == ["page 1", "page 2", "page 3"]


def test_slides_and_sheets_are_named_as_such():
    pages = (Page(1, 0, 6, "slide"), Page(2, 6, 12, "sheet", "Q3"))
    document = Document("Words.Words.", pages=pages)
    assert located(document) == ["slide 1", "sheet Q3"]
    assert [passage.context for passage in split(document)] == ["", "Q3"]
    labelled = (Page(1, 0, 6, "slide", "Aims"),)
    assert [p.context for p in split(Document("Words.", pages=labelled))] == [""]


def test_without_pages_the_innermost_section_is_named():
    draft = Draft().heading("Part").heading("Chapter", 2).paragraph("Words.")
    assert located(draft.finish()) == ["section “Chapter”"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_without_pages_and_sections_the_line_is_named(line_end):
    text = f"Intro.{line_end}" + line_end * 12 + "Here. " * 3
    passages = split(Document(text), 16, target_tokens=1, overlap_tokens=0)
    assert [p.location for p in passages] == ["line 1"] + ["line 14"] * 3


def test_text_between_pages_has_no_page():
    passages = split(Document("One.Two.Three.", pages=(Page(1, 0, 4), Page(2, 8, 14))))
    assert [(p.text, p.page) for p in passages] == [("One.", 1), ("Two.", None), ("Three.", 2)]


@pytest.mark.parametrize("max_tokens", [15, 0, -1])
def test_a_limit_that_holds_no_text_is_refused(max_tokens):
    with pytest.raises(ValueError, match=rf"max_tokens is {max_tokens}; at least 16"):
        Chunker(count_words, max_tokens)


def test_time_grows_with_the_document_not_with_its_square():
    """Five thousand sections: at once when none looks at all the others."""
    draft = []
    headings, at = [], 0
    for number in range(5_000):
        title, body = f"Heading {number}", "A line of text.\n\n"
        headings.append(Heading(at, at + len(title), 2, title))
        draft.append(f"{title}\n\n{body}")
        at += len(draft[-1])
    document = Document("".join(draft), headings=tuple(headings))
    passages = split(document)
    assert [p.section for p in passages] == [heading.title for heading in headings]


# The real tokenizer


@pytest.fixture(scope="module")
def count_tokens():
    from tokenizers import Tokenizer

    from embeddings import find_model

    tokenizer = Tokenizer.from_file(str(find_model().path / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda texts: [len(encoding.ids) for encoding in tokenizer.encode_batch_fast(texts)]


REAL_TEXTS = {
    "prose": "The committee met in Geneva in 1990. It adopted S/RES/678 (1990). " * 80,
    "Chinese": "委员会于一九九〇年在日内瓦举行会议。它通过了决议！" * 80,
    "Japanese": "委員会はジュネーブで会合した。決議を採択した。" * 80,
    "Hindi": "समिति की बैठक जिनेवा में हुई। उसने प्रस्ताव पारित किया। " * 60,
    "numbers": " ".join(str(number * 7919) for number in range(2_000)),
    "code": "def f(x):\n    return {'a': [x ** 2, x // 3], \"b\": x_y_z != None}\n" * 60,
    "base64": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo9" * 300,
    "addresses": "https://example.org/a/b-c_d?e=f&g=%20h#i " * 100,
    "punctuation": "?!.,;:" * 1_000,
    "emoji": "😀😃👩‍👩‍👧" * 400,
    "accents": "é" * 3_000 + " " + "e\u0301" * 3_000,
    "zero-width": "\u200b" * 3_000 + "a\u200bb " * 500,
    "table": "| 12 | 3.5 | x |\n" * 300,
}


@pytest.mark.parametrize("headers", [None, 0, 1])
@pytest.mark.parametrize("name", REAL_TEXTS)
def test_no_passage_is_above_the_real_models_limit(name, headers, count_tokens):
    text = REAL_TEXTS[name]
    rows = (0, *(at + 1 for at, letter in enumerate(text[:-1]) if letter == "\n"))
    tables = () if headers is None else (Table(0, len(text), rows, headers),)
    document = Document(
        text, title=text[:200], headings=(Heading(0, 100, 1, text[:100]),), tables=tables
    )
    passages = Chunker(count_tokens, 256).split(document)
    assert max(count_tokens([passage.encoded for passage in passages])) <= 256
    held = {at for p in passages for at in range(p.start, p.end)}
    assert all(at in held for at, letter in enumerate(text) if not letter.isspace())
    assert all(isinstance(p, Passage) and p.text == text[p.start : p.end] for p in passages)
