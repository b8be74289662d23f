"""Rich Text Format, written by hand."""

import pytest

from corpus.errors import ReadError
from corpus.readers import read


def rtf(body, head=""):
    return read(
        b"{\\rtf1\\ansi\\ansicpg1252" + head.encode() + body.encode("latin-1") + b"}", "a.rtf"
    )


STYLES = (
    "{\\stylesheet{\\s0 Normal;}{\\s1 heading 1;}{\\s2\\outlinelevel1 \\'dcberschrift 2;}"
    "{\\s3 Title;}{\\*\\cs4 Link;}}"
)


def test_headings_lists_and_tables():
    document = rtf(
        "\\pard\\s3 Report\\par\\pard\\s1 Part\\par\\pard\\s2 Sub{\\b bold}\\par\\pard Text.\\par"
        "\\pard{\\listtext\\'b7\\tab}\\ls1 one\\par{\\listtext\\'b7\\tab}\\ilvl1 deep\\par\\pard\n"
        "\\trowd\\pard\\intbl Year\\cell Sales\\cell\\row"
        "\\pard\\intbl 2024\\cell 5\\par 6\\cell\\row\\pard Done.",
        STYLES,
    )
    assert document.text == (
        "Report\n\nPart\n\nSubbold\n\nText.\n\n- one\n  - deep\n\nYear | Sales\n2024 | 5 6\n\nDone."
    )
    assert [(h.level, h.title) for h in document.headings] == [
        (1, "Report"),
        (1, "Part"),
        (2, "Subbold"),
    ]
    (table,) = document.tables
    assert document.text[table.start : table.end] == "Year | Sales\n2024 | 5 6"
    assert document.title == "Report"


def test_letters_in_every_way_that_the_format_writes_them():
    fonts = "{\\fonttbl{\\f0 A;}{\\f1\\fcharset204 B;}{\\f2\\fcharset128 C;}}"
    body = (
        "caf\\'e9 \\u8220?x\\u8221\\'94 {\\uc2\\u233ab}c "
        "{\\f1 \\'cf\\'f0} {\\f2 \\'93\\'fa\\'96\\'7b} "
        "\\u-10179?\\u-8704? a\\~b\\_c\\-d \\{\\\\\\} \\emdash"
    )
    assert rtf(body, fonts).text == "café “x” éc Пр 日本 😀 a\u00a0b-cd {\\} —"


def test_notes_fields_and_boxes_are_kept_and_the_rest_left_out():
    body = (
        "{\\header head\\par}Claim{\\footnote\\pard {\\i The} note.\\par}. "
        '{\\field{\\*\\fldinst HYPERLINK "http://x"}{\\fldrslt link}}{\\v hidden\\plain}'
        "{\\*\\unknown no}"
        "{\\pict\\bin6 }{\\b x}{\\*\\annotation comment}\\par Next."
        "{\\shp{\\*\\shpinst{\\sp{\\sn a}{\\sv b}}{\\shptxt \\par boxed\\par}}{\\shprslt again}}"
    )
    assert rtf(body).text == "Claim. link\n\nThe note.\n\nNext.\n\nboxed"


def test_the_title_is_the_property():
    document = rtf("x\\par", "{\\info{\\title My report}{\\author Me}}")
    assert (document.title, document.text) == ("My report", "x")


@pytest.mark.parametrize(
    "body",
    [
        "{" * 100_000 + "x",
        "}" * 100_000 + "x",
        "{\\footnote " + "a{}" * 50_000,
        "{\\stylesheet " + "a{}" * 50_000,
        "\\cell " * 100_000,
        "\\'" * 100_000,
        "\\bin99999999999 x",
        "\\u99999999999 x",
    ],
)
def test_hostile_files_end(body):
    rtf(body)


def test_what_is_no_rtf_is_refused():
    with pytest.raises(ReadError, match="not an RTF file"):
        read(b"\0\1\2", "a.rtf")
