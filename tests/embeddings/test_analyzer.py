"""Terms: what two people who write the same thing differently have in common."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from embeddings.analyzer import FUNCTION_WORDS, Term, analyze, count_terms, query_terms

unhurried = settings(deadline=None, max_examples=50)
ATOMS = """
    a I of the Word running COP26 S/PRST/2018/1 1,500 3.14 2017-2018 café naïve Kazakhstan's
    co-operation don’t Ärger Москва Москвы مدرسة ελληνικά 汉字 日本語 カタカナ ไทย हिन्दी 한국어
    ﷺ ͺ ﾞ ½ x² 𝐀 İ ß ﬁ
    - / . , : ' ’ _ 's \u0301 \u0308 \u200b \u3099
    """.split()
texts = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([*ATOMS, " ", " ", "\n", "\u00a0"]), max_size=25).map("".join),
)


def terms(text):
    return {term.text for term in analyze(text)}


def in_order(text):
    return [term.text for term in analyze(text)]


# What is the same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Geneva GENEVA geneva", "geneva geneva geneva"),
        ("café naïve Ärger", "cafe naive Arger"),
        ("décor", unicodedata.normalize("NFD", "décor")),
        ("STRASSE", "Straße"),
        ("İstanbul", "istanbul"),
        ("ﬁnal", "final"),
        ("𝐀lpha 𝑀", "alpha m"),
        ("Ｗｉｄｅ", "wide"),
        ("Kazakhstan's", "Kazakhstan"),
        ("Kazakhstan’s", "Kazakhstan"),
        ("KAZAKHSTAN'S", "Kazakhstan"),
        ("run running runs", "runs run running"),
        ("Москва Москвы", "москвы МОСКВА"),
        ("ёлка", "елка"),
        ("كَلِمَة", "كلمة"),
        ("Ελλάς", "ΕΛΛΑΣ"),
    ],
)
def test_ways_to_write_one_thing_have_the_same_terms(one, other):
    assert in_order(one) == in_order(other)


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        ("co-operation", "cooperation"),
        ("Co‑operation", "cooperation"),
        ("e-mail", "email"),
        ("don’t", "don't"),
        ("1,500", "1500"),
        ("12,345,678", "12345678"),
    ],
)
def test_joined_words_share_a_term_with_the_word_run_together(text, shared):
    assert in_order(text)[-1] in terms(shared)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2017-2018", "2017"), ("co-operation", "operation"), ("S/PRST/2018/1", "PRST")],
)
def test_joined_words_share_a_term_with_each_part(one, other):
    assert terms(other) <= terms(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("COP26", "COP27"), ("S/PRST/2018/1", "S/PRST/2018/2"), ("1,500", "15.00"), ("3.14", "3.15")],
)
def test_other_codes_have_another_term(one, other):
    assert in_order(one)[-1] != in_order(other)[-1]
    assert in_order(one)[-1] not in terms(other)


# Exact terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("!? — … _", []),
        ("COP26", ["cop26"]),
        ("S/PRST/2018/1", ["s", "prst", "2018", "1", "s/prst/2018/1"]),
        ("1,500", ["1", "500", "1500"]),
        ("1,50", ["1", "50", "1,50"]),
        ("3.14", ["3", "14", "3.14"]),
        ("2017-2018", ["2017", "2018", "2017-2018"]),
        ("co-operation", ["co", "oper", "cooper"]),
        ("snake_case", ["snake", "case"]),
        ("well, then", ["well", "then"]),
        ("end.", ["end"]),
        ("汉", ["汉"]),
        ("汉字", ["汉字"]),
        ("汉字学", ["汉字", "字学"]),
        ("汉字。学生", ["汉字", "学生"]),
        ("GPT4模型", ["gpt4", "模型"]),
        ("用Python写", ["用", "python", "写"]),
        ("한국어", [unicodedata.normalize("NFKD", "한국어")]),
        ("हिन्दी", ["हिनदी"]),
    ],
)
def test_terms_worked_by_hand(text, expected):
    assert in_order(text) == expected


def test_spans_point_at_what_a_term_was_made_from():
    assert analyze("The co-operation of Kazakhstan's 汉字学") == [
        *(Term("the", 0, 3), Term("co", 4, 6), Term("oper", 7, 16), Term("cooper", 4, 16)),
        *(Term("of", 17, 19), Term("kazakhstan", 20, 30)),
        *(Term("汉字", 33, 35), Term("字学", 34, 36)),
    ]


@pytest.mark.parametrize("word", ["x" * 100, "7" * 100, "x" * 50 + "-" + "y" * 50, "Ж" * 100])
def test_very_long_words_are_cut_at_64_characters(word):
    assert max(len(term) for term in terms(word)) == 64
    assert terms(word) == set(count_terms(word))


# Properties


@unhurried
@given(texts)
@example("0゙㐀")  # a mark on a digit, before a letter of an unspaced script
@example("กันยายน")  # marks inside one
def test_a_span_holds_what_its_term_was_made_from(text):
    for term in analyze(text):
        assert 0 <= term.start < term.end <= len(text)
        made_from = text[term.start : term.end]
        assert made_from == made_from.strip()
        if not made_from.endswith(("'s", "’s", "'S", "’S")):  # read alone, a possessive
            assert Term(term.text, 0, term.end - term.start) in analyze(made_from)


@unhurried
@given(texts)
@example("ﷺ")  # one letter that stands for four words
@example("ͺ")  # … that begins with a space when decomposed
@example("漢ﾞ字")  # … of which nothing is left when folded
def test_no_term_is_empty_or_holds_white_space(text):
    for term in analyze(text):
        assert term.text
        assert not any(character.isspace() for character in term.text)


@unhurried
@given(texts)
@example("𝐀 ᴴ ℜ")
def test_terms_are_folded(text):
    for term in analyze(text):
        assert term.text == term.text.casefold()
        assert not any(unicodedata.combining(character) for character in term.text)


@unhurried
@given(texts)
def test_counting_terms_agrees_with_analysing(text):
    counted = count_terms(text)
    assert sorted(counted.elements()) == sorted(in_order(text))


@unhurried
@given(texts, texts)
def test_the_terms_of_two_texts_are_those_of_both(one, other):
    assert in_order(one + "\n" + other) == in_order(one) + in_order(other)


@unhurried
@given(st.text(st.characters(categories=["L", "N", "M", "Z"], max_codepoint=0x24FF)))
def test_composed_and_decomposed_text_have_the_same_terms(text):
    composed = unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFD", text)
    assert in_order(composed) == in_order(decomposed)


@unhurried
@given(texts)
def test_a_question_has_distinct_terms_all_of_the_text(text):
    found = query_terms(text)
    assert len(found) == len(set(found))
    assert set(found) <= terms(text)
    assert bool(found) == bool(terms(text))


# Questions


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who wrote the report?", ["wrote", "report"]),
        ("What is COP26?", ["cop26"]),
        ("which model does it use", ["model", "use"]),
        ("How did Kazakhstan's economy grow?", ["kazakhstan", "economi", "grow"]),
        ("When and where was Geneva founded?", ["geneva", "found"]),
        ("What’s the answer?", ["answer"]),
        ("Isn't the answer 42?", ["answer", "42"]),
        ("answer, answer and ANSWERS", ["answer"]),
        ("", []),
    ],
)
def test_function_words_are_left_out_of_a_question(question, expected):
    assert query_terms(question) == expected


@pytest.mark.parametrize("word", "who which what how when where does did is the".split())
def test_question_words_are_function_words(word):
    assert word in FUNCTION_WORDS
    assert query_terms(f"{word} Geneva") == query_terms(f"{word.title()} Geneva") == ["geneva"]


def test_a_question_of_function_words_alone_keeps_them():
    assert query_terms("Who is it?") == ["who", "is", "it"]


def test_names_that_look_like_function_words_are_kept_in_capitals():
    assert query_terms("What did WHO and IT decide?") == ["who", "it", "decid"]


def test_every_function_word_is_left_out_as_it_is_written():
    for word in FUNCTION_WORDS:
        for written in (word, word.capitalize(), word.replace("'", "’")):
            assert query_terms(f"{written} Geneva") == ["geneva"], written


def test_time_grows_with_the_length_of_a_text():
    """Each of these took minutes if any step were quadratic."""
    for text in ("a" * 100_000, "a-" * 20_000, "e\u0301" * 50_000, "'s" * 20_000, "汉" * 50_000):
        assert count_terms(text)
