"""Plain text is the decoded file, verbatim."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ReadError
from corpus.readers import read

# NUL tells UTF-16 and binary data apart from text, ESC announces ISO-2022-JP.
ordinary = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1b\ufeff"))


@given(ordinary)
def test_utf8_round_trips(text):
    assert read(text.encode(), "a.txt").text == text


@given(ordinary, st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_marked_encodings_round_trip(text, encoding):
    document = read(text.encode(encoding), "a.txt")
    assert document.text == text
    assert document.encoding == encoding


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_unmarked_utf16_is_told_by_its_zeros(encoding):
    document = read("Plain words, caf\u00e9.\r\n".encode(encoding), "a.txt")
    assert (document.text, document.encoding) == ("Plain words, caf\u00e9.\r\n", encoding)


def test_line_ends_keep_their_offsets():
    document = read(b"one\r\ntwo\rthree\x0cfour\n", "a.log")
    assert document.text == "one\r\ntwo\rthree\x0cfour\n"
    assert document.text.index("three") == 9
    assert document.headings == ()
    assert document.pages == ()


WESTERN = {
    "French": "Le gérant a été très déçu par la forêt d’où venait l’œuvre, à côté du château.",
    "Spanish": "El niño preguntó «¿dónde está mañana?» y la señora contestó que lloverá.",
    "German": "Die Größe der Straße überraschte die Fußgänger, während Müller Äpfel aß.",
    "Swedish": "Många människor åker på semester när sjöarna är varma, säger Åsa.",
    "Italian": "Perché l’università è così cara? La città più bella è già lì.",
    "English": "The company’s “net sales” rose 5% – the café’s résumé cost £5 and €7.",
}


@pytest.mark.parametrize("language", WESTERN)
def test_western_text_is_windows_1252(language):
    text = WESTERN[language]
    document = read(text.encode("cp1252"), "a.txt")
    assert (document.text, document.encoding) == (text, "cp1252")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Příliš žluťoučký kůň úpěl ďábelské ódy, říká šéf Tomáš Žák.", "cp1250"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy, říká šéf Tomáš Žák.", "iso8859_2"),
        ("В гимназии он не был в числе первых учеников.", "cp1251"),
        ("В гимназии он не был в числе первых учеников.", "koi8_r"),
        ("Η γρήγορη αλεπού πηδάει πάνω από το τεμπέλικο σκυλί.", "cp1253"),
        ("これは日本語の文章です。東京は大きな都市です。", "cp932"),
        ("これは日本語の文章です。東京は大きな都市です。", "iso2022_jp"),
        ("这是一个中文句子。北京是中国的首都。", "gb18030"),
        ("이것은 한국어 문장입니다. 서울은 큰 도시입니다.", "cp949"),
    ],
)
def test_other_encodings_are_recognised(text, encoding):
    document = read((text * 5).encode(encoding), "a.txt")
    assert (document.text, document.encoding) == (text * 5, encoding)


def test_a_few_broken_bytes_do_not_turn_utf8_into_something_else():
    document = read(("naïve café " * 30).encode() + b"\xff end", "a.txt")
    assert document.text == "naïve café " * 30 + "\ufffd end"
    assert document.encoding == "utf-8"


def test_binary_data_is_refused():
    with pytest.raises(ReadError, match="binary data"):
        read(b"\x7fELF\0\0\xff\xfe" + bytes(range(256)), "a.txt")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The Time Machine\n\nby H. G. Wells", "The Time Machine"),
        ("\ufeff\r\n  The Time Machine \r\n\r\nText", "The Time Machine"),
        ("The Time Machine\rno blank line", ""),
        ("The Time Machine\r\nno blank line", ""),
        ("He went home.\n\nThen he slept.", ""),
        ("Dear Sir,\n\nI write", ""),
        ("Contents:\n\none", ""),
        ("12 March 2024\n\nMinutes", ""),
        ("Tuesday, March 12, 2024\n\nMinutes", ""),
        ("2024-03-12\n\nMinutes", ""),
        ("- a point\n\nanother", ""),
        ("1. first\n\n2. second", ""),
        ("========\n\nText", ""),
        ("word " * 16 + "\n\nText", ""),
        ("x" * 121 + "\n\nText", ""),
    ],
)
def test_the_first_line_is_a_title_only_when_it_plainly_is(text, title):
    assert read(text.encode(), "a.txt").title == title


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("end", ["\n", " "])
def test_ten_megabytes_are_read_in_a_moment(encoding, end):
    plain = "Ordinary words without any accent here." + end
    data = (plain * 249_999 + "The one with an accent is here: déjà vu.").encode(encoding)
    started = time.perf_counter()
    document = read(data, "a.txt")
    assert time.perf_counter() - started < 3
    assert len(document.text) == 10_000_000
    assert document.encoding == encoding
