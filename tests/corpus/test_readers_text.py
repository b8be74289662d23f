"""Plain text is the decoded file, verbatim."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ReadError, UnsupportedFormat
from corpus.readers import read
from corpus.readers.decoding import decode

# Control characters tell UTF-16 and binary data apart from text, ESC announces ISO-2022-JP.
ordinary = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"))


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
        ("Příliš žluťoučký kůň úpěl ďábelské ódy, říká šéf Tomáš Žák.", "iso8859-2"),
        ("В гимназии он не был в числе первых учеников.", "cp1251"),
        ("В гимназии он не был в числе первых учеников.", "koi8-u"),
        ("Моя старшая сестра Мария приехала из Ярославля.", "mac-cyrillic"),
        ("В гимназии он не был в числе первых учеников.", "cp855"),
        ("В гимназии он не был в числе первых учеников.", "cp866"),
        ("Hűvös őszi este egyedül ült a fűtött szobában, és nézte, ahogy múlik az idő.", "cp1250"),
        ("Hűvös őszi este egyedül ült a fűtött szobában, és nézte, ahogy múlik az idő.", "cp852"),
        ("Die Größe der Straße überraschte die Fußgänger, während Müller Äpfel aß.", "cp850"),
        ("Le gérant a été très déçu par la forêt, à côté du château.", "mac-roman"),
        ("Güneşli bir gün, çocuklar şarkı söylüyor.", "cp1254"),
        ("Η γρήγορη αλεπού πηδάει πάνω από το τεμπέλικο σκυλί.", "cp1253"),
        ("これは日本語の文章です。東京は大きな都市です。", "shift_jis"),
        ("これは①番目の文章です。髙い山があります。", "cp932"),
        ("これは日本語の文章です。東京は大きな都市です。", "euc_jp"),
        ("これは日本語の文章です。東京は大きな都市です。", "iso2022_jp"),
        ("这是一个中文句子。北京是中国的首都。", "gb18030"),
        ("這是一個中文句子。臺北是臺灣的首都。", "big5"),
        ("이것은 한국어 문장입니다. 서울은 큰 도시입니다.", "euc_kr"),
        ("이것은 한국어 문장입니다. 뷁 서울은 큰 도시입니다.", "cp949"),
        ("이것은 한국어 문장입니다. 서울은 큰 도시입니다.", "johab"),
    ],
)
def test_other_encodings_are_recognised(text, encoding):
    document = read((text * 5).encode(encoding), "a.txt")
    assert (document.text, document.encoding) == (text * 5, encoding)


def test_a_few_broken_bytes_do_not_turn_utf8_into_something_else():
    document = read(("naïve café " * 30).encode() + b"\xff end", "a.txt")
    assert document.text == "naïve café " * 30 + "\ufffd end"
    assert document.encoding == "utf-8"


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF\0\0\xff\xfe" + bytes(range(256)),
        bytes(range(1, 256)) * 10,
        b"\x01\x02\x03\x04" * 100,
        b"caf\xe9\0",
        b"\0" * 4096,
    ],
)
def test_binary_data_is_refused(data):
    with pytest.raises(UnsupportedFormat, match="binary data"):
        read(data, "a.txt")


def test_a_log_keeps_the_zeros_that_a_crash_left_in_it():
    data = b"10:00 started\n" + b"\0" * 512 + b"\n10:05 started again\x1a"
    assert read(data, "a.log").text == data.decode()


@pytest.mark.parametrize(
    "text",
    [
        "В гимназии он не был в числе первых учеников.\r\n",
        "这是第一个中文句子。一共有 12 个人，北京是中国的首都。\n" * 3,
    ],
)
def test_utf16_of_other_scripts_is_told_from_ascii_with_a_zero(text):
    assert decode(text.encode("utf-16-le")) == (text, "utf-16-le")
    assert decode(text.encode("utf-16-be")) == (text, "utf-16-be")
    assert decode(b"an even number of bytes ends in zero\0\0") == (
        "an even number of bytes ends in zero\0\0",
        "utf-8",
    )


def test_a_pound_sign_is_no_polish_letter():
    text = "The engine is sold at £825, and the box with it at £2."
    assert decode(text.encode("cp1252")) == (text, "cp1252")


def test_direction_marks_stay_where_they_are():
    text = "invoice \u202egpj.exe\u202c for שלום\u200f."
    assert read(text.encode(), "a.txt").text == text


@given(st.binary(max_size=400) | ordinary.map(lambda text: text.encode("utf-16-be")))
def test_any_bytes_are_text_or_are_refused(data):
    try:
        text, encoding = decode(data)
    except ReadError:
        return
    assert "x".encode(encoding).decode(encoding) == "x"
    assert len(text) <= len(data)


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
