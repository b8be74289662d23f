"""Terms: what two people who write the same thing differently have in common."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.types import Passage
from embeddings.analyzer import (
    LATIN_STEMMERS,
    Term,
    analyze,
    count_terms,
    holds_phrases,
    is_function_word,
    marker,
    passage_terms,
    query_terms,
    quoted_phrases,
    split_words,
    stemmer_for,
)
from embeddings.function_words import FUNCTION_WORDS
from embeddings.languages import LANGUAGES

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
        ("سنة ١٩٩٠", "سنة 1990"),
        ("مســتشفى", "مستشفى"),
        ("على", "علی"),
        ("أحمد إسلام", "احمد اسلام"),
        ("DIYARBAKIR", "diyarbakır"),
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


# Languages


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("german", "Häuser", "Haus"),
        ("german", "Brücken", "Bruecke"),
        ("french", "nationaux", "nationale"),
        ("spanish", "canciones", "canción"),
        ("italian", "costruita", "costruito"),
        ("portuguese", "pontes", "ponte"),
        ("dutch", "huizen", "huis"),
        ("danish", "vejene", "vejen"),
        ("swedish", "flickorna", "flicka"),
        ("norwegian", "husene", "huset"),
        ("finnish", "sillan", "silta"),
        ("hungarian", "házakban", "házak"),
        ("romanian", "cărțile", "cărți"),
        ("turkish", "köprüler", "köprü"),
    ],
)
def test_words_are_stemmed_by_the_language_of_their_text(language, one, other):
    assert count_terms(one, language) == count_terms(other, language)
    assert language in LATIN_STEMMERS


@pytest.mark.parametrize("language", ["english", "german", "turkish", "thai", "of nobody"])
def test_words_in_other_letters_are_stemmed_by_their_script(language):
    assert count_terms("Москвы", language) == count_terms("Москва")


def test_a_language_without_a_stemmer_is_stemmed_as_english():
    assert [stemmer_for(one) for one in (None, "polish", "thai", "german")] == [
        *("english", "english", "english", "german"),
    ]


def test_a_passage_is_stemmed_by_its_own_language_and_marked_with_it():
    german = Passage(0, 0, "Die Häuser wurden in den Jahren nach dem Krieg wieder gebaut.")
    assert passage_terms(german) == {**count_terms(german.text, "german"), marker("german"): 1}
    english = Passage(0, 0, "The houses were built again in the years after the war.")
    assert passage_terms(english) == count_terms(english.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_a_marker(language):
    assert marker(language) not in terms(f"{marker(language)} {language}")


# Exact terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("!? — … _", []),
        ("COP26", ["cop", "26", "cop26"]),
        ("FY2022 in A380", ["fy", "2022", "fy2022", "in", "a380"]),
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
        ("What is COP26?", ["cop", "26", "cop26"]),
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
    assert list(query_terms(question)) == expected


@pytest.mark.parametrize("word", "who which what how when where does did is the".split())
def test_question_words_are_function_words(word):
    assert word in FUNCTION_WORDS["english"]
    for written in (word, word.title()):
        assert list(query_terms(f"{written} Geneva")) == ["geneva"]


@pytest.mark.parametrize(
    ("question", "language", "left"),
    [
        ("Wann wurde die Brücke gebaut?", "german", "Brücke gebaut"),
        ("Quand le pont sera-t-il construit ?", "french", "pont sera-t-il construit"),
        ("Qu'est-ce que c'est, une église ?", "french", "église"),
        ("¿Cuándo se construyó el puente?", "spanish", "construyó puente"),
        ("Quando è stato costruito il ponte?", "italian", "costruito ponte"),
        ("Quando foi construída a ponte?", "portuguese", "construída ponte"),
        ("Wanneer werd de brug gebouwd?", "dutch", "brug gebouwd"),
        ("När är bron från?", "swedish", "bron"),
        ("Milloin silta on rakennettu?", "finnish", "silta rakennettu"),
        ("Kiedy został zbudowany ten most?", "polish", "zbudowany most"),
        ("Когда был построен мост?", "russian", "построен мост"),
        ("متى تم بناء الجسر؟", "arabic", "بناء الجسر"),
        ("Πότε χτίστηκε η γέφυρα;", "greek", "χτίστηκε γέφυρα"),
    ],
)
def test_function_words_of_its_own_language_are_left_out(question, language, left):
    assert query_terms(question, language) == count_terms(left, language)


def test_the_words_of_one_language_are_kept_in_another():
    assert "die" in query_terms("How did the last dodo die?")
    assert "war" in query_terms("What caused the war?")


def test_a_question_is_stemmed_by_the_language_of_the_passages_looked_for():
    question = "Where does Kuechly live?"
    for language in ("english", "german"):
        assert query_terms(question, language) == count_terms("Kuechly live", language)
    assert query_terms(question, "english") != query_terms(question, "german")


@pytest.mark.parametrize("language", FUNCTION_WORDS)
def test_a_question_of_function_words_of_any_language_has_terms(language):
    assert query_terms(" ".join(sorted(FUNCTION_WORDS[language])))


def test_quoted_phrases_are_found_in_the_language_of_the_text():
    phrases = quoted_phrases('"alte Häuser"', "german")
    assert holds_phrases("In dem alten Haus", phrases, "german")
    assert not holds_phrases("Haus, alt", phrases, "german")


def test_a_question_of_function_words_alone_keeps_them():
    assert list(query_terms("Who is it?")) == ["who", "is", "it"]


def test_names_that_look_like_function_words_are_kept_in_capitals():
    assert list(query_terms("What did WHO and IT decide?")) == ["who", "it", "decid"]


def test_every_function_word_is_left_out_as_it_is_written():
    for word in FUNCTION_WORDS["english"]:
        for written in (word, word.capitalize(), word.replace("'", "’")):
            assert list(query_terms(f"{written} Geneva")) == ["geneva"], written


languages = st.sampled_from(["english", "german", "turkish", "french", "finnish", "thai"])


@unhurried
@given(texts, languages)
def test_terms_in_any_language_have_spans_inside_and_are_counted_alike(text, language):
    found = analyze(text, language)
    assert all(0 <= term.start < term.end <= len(text) for term in found)
    assert all(term.text and not term.text[0].isspace() for term in found)
    assert count_terms(text, language) == count_terms(text, language)
    assert sorted(count_terms(text, language).elements()) == sorted(t.text for t in found)


def test_time_grows_with_the_length_of_a_text():
    """Each of these took minutes if any step were quadratic."""
    for text in ("a" * 100_000, "a-" * 20_000, "e\u0301" * 50_000, "'s" * 20_000, "汉" * 50_000):
        assert count_terms(text)


def test_words_are_whole_and_those_of_unspaced_scripts_single_characters():
    text = "Kazakhstan's co-operation: 1,500 – naïve A\u0301 (S/PRST/2018/1); iPhone手机, กำ."
    assert [text[a:b] for a, b in split_words(text)] == [
        *("Kazakhstan's", "co-operation", "1,500", "naïve", "A\u0301", "S/PRST/2018/1"),
        *("iPhone", "手", "机", "ก", "ำ"),
    ]


@given(texts)
@unhurried
def test_words_are_in_order_apart_and_hold_every_letter(text):
    spans = split_words(text)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    covered = {at for start, end in spans for at in range(start, end)}
    assert covered >= {at for at, character in enumerate(text) if character.isalnum()}


def test_function_words_are_told_by_language():
    assert is_function_word("The", "english")
    assert not is_function_word("WHO", "english")
    assert is_function_word("der", "german")
    assert not is_function_word("der", "english")
