"""Small valid files of every family, made here, to be damaged."""

import io
import json
from functools import cache

import docx
import openpyxl
import xlwt

from tests.corpus import test_readers_old_office as old_office
from tests.corpus.packages import zipped
from tests.corpus.test_readers_epub import epub
from tests.corpus.test_readers_opendocument import items, odf, p, table
from tests.corpus.test_readers_pdf import pdf
from tests.corpus.test_readers_presentation import pptx, shape

WORDS = "The keeper of the tower wrote a diary; oil burned in the lamp on 3 March 1871."
TEXTS = {
    "a.txt": f"Tower\n\n{WORDS}\r\n\r\nCafé №\u00a07\f\x1b[1m",
    "a.md": f"---\ntitle: T\n---\n# Tower\n\n{WORDS}\n\n- one\n  - two\n\n"
    "| a | b |\n|-|-|\n| 1 | 2 |\n",
    "a.html": f"<!DOCTYPE html><title>T</title><h1>Tower</h1><p>{WORDS}<table><tr><th>a<th>b"
    "<tr><td>1<td>2</table><ul><li>x<ul><li>y</ul></ul><pre> z\n</pre>&eacute;&#x2028;",
    "a.csv": 'name;met;"in; town"\nAda;3,5;"a ""b""\nc"\n' * 4,
    "a.json": json.dumps({"a": [1, {"b": WORDS, "c": None}] * 3, "é": "\ud83d\ude00"}),
    "a.jsonl": '{"a": 1, "b": "x"}\n{"a": 2}\n' * 3,
    "a.yaml": f"a: &x\n  - 1\n  - b: '{WORDS}'\nc: *x\nd: |\n  e\n",
    "a.ipynb": json.dumps(
        {
            "nbformat": 4,
            "metadata": {},
            "cells": [
                {"cell_type": "markdown", "metadata": {}, "source": ["# T\n", WORDS]},
                {
                    "cell_type": "code",
                    "source": "1+1",
                    "metadata": {},
                    "execution_count": 1,
                    "outputs": [{"output_type": "stream", "name": "stdout", "text": ["2"]}],
                },
            ],
        }
    ),
    "a.xml": f"<?xml version='1.0'?><a><b c='d'>{WORDS}</b><b>two<![CDATA[<x>]]></b></a>",
    "a.rst": f"Tower\n=====\n\n{WORDS}\n\n.. note:: x\n\n=== ===\na   b\n=== ===\n1   2\n=== ===\n",
    "a.adoc": f"= Tower\n\n== Part\n\n{WORDS}\n\n|===\n|a |b\n|1 |2\n|===\n\n----\ncode\n----\n",
    "a.org": f"#+TITLE: T\n* Tower :tag:\n{WORDS}\n| a | b |\n|---+---|\n| 1 | 2 |\n"
    "#+BEGIN_SRC\nx\n",
    "a.tex": "\\documentclass{article}\\title{T}\\begin{document}\\section{Tower}"
    f"{WORDS} $x^2$ \\begin{{tabular}}{{ll}}a&b\\\\1&2\\end{{tabular}}\\end{{document}}",
    "a.bib": '@article{k, title={The {Tower}}, author="A and B", year=1871}\n@string{x = {y}}\n',
    "a.srt": "1\n00:00:01,000 --> 00:00:02,500\nThe keeper\n\n"
    "2\n00:00:03,000 --> 00:00:04,000\n<i>x</i>\n",
    "a.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000 align:start\n<v Ann>The keeper\n\nNOTE x\n",
    "a.rtf": "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\b Tower}\\par "
    + WORDS
    + "\\par\\u233?\\'e9}",
    "a.py": f"def f():\n    '''{WORDS}'''\n",
    "a.eml": "From: =?utf-8?q?A=C3=A9?= <a@b.c>\nSubject: =?utf-8?b?VMOp?=\n"
    "Date: Fri, 3 Mar 2023 10:00:00 +0000\n"
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n'
    f"Content-Type: text/plain; charset=latin-1\n\n{WORDS}\n> quoted\n--x\n"
    'Content-Type: text/csv; name="a.csv"\nContent-Transfer-Encoding: base64\n\n'
    "YSxiCjEsMgo=\n--x--\n",
    "a.mbox": f"From a@b.c Fri Mar  3 10:00:00 2023\nSubject: T\n\n{WORDS}\n\n" * 2,
}


@cache
def seeds():
    """Return small valid files by name, of each family one or more."""
    made = {name: text.encode("utf-8", "replace") for name, text in TEXTS.items()}
    made["utf16.txt"] = WORDS.encode("utf-16")
    made["a.pdf"] = pdf(
        [[(24, 700, "Tower"), (12, 650, WORDS)], [(12, 700, "Two")]],
        title="T",
        bookmarks=[("Tower", 0, [("Two", 1, [])])],
    )
    made["a.docx"] = word()
    made["a.xlsx"] = sheet()
    made["a.pptx"] = pptx(shape("Tower", kind="title") + shape(WORDS), shape("Two"))
    made["a.odt"] = odf(
        p("Tower", "P1") + p(WORDS) + items(p("x"), p("y")) + table([p("1"), p("2")])
    )
    made["a.ods"] = odf(
        f'<table:table table:name="S">{table([p("1"), p("2")])}</table:table>', "spreadsheet"
    )
    made["a.epub"] = epub({"a": f"<h1>One</h1><p>{WORDS}</p>", "b": "<p>two</p>"})
    made["a.doc"] = old_office.doc(("Tower\r", (1, b"")), (f"{WORDS}\r", old_office.PLAIN))
    slide = old_office.slide(old_office.cell(0, 0, WORDS))
    made["a.ppt"] = old_office.ppt([(slide, b"")])
    made["a.xls"] = old_sheet()
    made["a.zip"] = zipped({"a.txt": WORDS, "sub/b.md": "# x", "in.zip": zipped({"c.txt": "c"})})
    return made


def word():
    document = docx.Document()
    document.add_heading("Tower", 1)
    document.add_paragraph(WORDS)
    document.add_table(2, 2).cell(0, 0).text = "a"
    return _saved(document)


def sheet():
    book = openpyxl.Workbook()
    for row in (["Name", "Met"], ["Ada", 3.5], [WORDS, "=1+1"]):
        book.active.append(row)
    return _saved(book)


def old_sheet():
    book = xlwt.Workbook()
    book.add_sheet("S").write(0, 0, WORDS)
    return _saved(book)


def _saved(document):
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
