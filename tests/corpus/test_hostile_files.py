"""Files that are made to harm: each ends soon, in little memory, as text or as a reason."""

import bz2
import gzip
import io
import json
import tarfile
import zipfile
import zlib

import pytest

from corpus.limits import Limits
from corpus.workers.pool import Pool
from corpus.workers.wire import Task
from tests.corpus.packages import zipped

LIMITS = Limits(seconds=60, memory=1_500_000_000)
ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">{ENTITIES}]><a>&l11;</a>'
QUADRATIC = f'<!DOCTYPE a [<!ENTITY l "{"x" * 50_000}">]><a>{"&l;" * 20_000}</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>secret: &x;</a>'
DEEP = 100_000


def word(xml):
    names = '[Content_Types].xml": "<Types/>'.split('": "')
    return zipped({names[0]: names[1], "word/document.xml": xml})


def zip_of_zeros(size):
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package,
        package.open("a.txt", "w", force_zip64=True) as part,
    ):
        for _ in range(size >> 20):
            part.write(bytes(1 << 20))
    return out.getvalue()


def nested(depth):
    data = zipped({"a.txt": "the last"})
    for _ in range(depth):
        data = zipped({"in.zip": data})
    return data


def tar_of(**files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, target in files.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
        climbing = tarfile.TarInfo("../../../etc/cron.d/x")
        climbing.size = 4
        archive.addfile(climbing, io.BytesIO(b"text"))
    return out.getvalue()


def pdf(pages, streams=""):
    return (
        "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        f"2 0 obj<</Type/Pages/Count {pages}/Kids[3 0 R]>>endobj\n"
        f"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n{streams}"
        "trailer<</Root 1 0 R>>\n%%EOF"
    ).encode()


def pages_in_a_circle():
    return pdf(1).replace(b"/Kids[3 0 R]", b"/Kids[2 0 R 2 0 R 2 0 R]")


FILES = {
    "nul.txt": lambda: b"\0" * 5_000_000,
    "line.txt": lambda: b"word " * 1_000_000,
    "line without spaces.txt": lambda: b"x" * 5_000_000,
    "line.md": lambda: b"[" * 100_000 + b"](x)" * 10_000,
    "emphasis.md": lambda: b"*a _b " * 30_000,
    "quotes.md": lambda: b"> " * 20_000 + b"x",
    "rows.md": lambda: b"| a | b |\n|-|-|\n" + b"| x | y |\n" * 50_000,
    "line.html": lambda: b"<p>" + b"word " * 400_000,
    "deep.html": lambda: b"<div>" * DEEP + b"x",
    "deep lists.html": lambda: b"<ul><li>" * 20_000 + b"x",
    "attributes.html": lambda: b"<a " + b"b=c " * 200_000 + b">x",
    "entities.html": lambda: b"&amp;" * 300_000,
    "deep.json": lambda: b"[" * DEEP,
    "deep objects.json": lambda: b'{"a":' * DEEP,
    "number.json": lambda: b'{"a": ' + b"9" * 1_000_000 + b"}",
    "deep.yaml": lambda: b"[" * DEEP,
    "laughs.yaml": lambda: "\n".join(
        ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
        + [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    ).encode(),
    "deep.xml": lambda: b"<a>" * DEEP,
    "bomb.xml": lambda: BOMB.encode(),
    "quadratic.xml": lambda: QUADRATIC.encode(),
    "outside.xml": lambda: OUTSIDE.encode(),
    "bomb.docx": lambda: word(BOMB),
    "outside.docx": lambda: word(OUTSIDE),
    "deep.docx": lambda: word("<w:document xmlns:w='w'>" + "<w:p>" * 50_000),
    "zeros.docx": lambda: zip_of_zeros(300 << 20),
    "zeros.zip": lambda: zip_of_zeros(2_000 << 20),
    "nested.zip": lambda: nested(12),
    "crowd.zip": lambda: zipped({f"{n}.txt": "x" for n in range(11_000)}),
    "climb.zip": lambda: zipped(
        {"../../a.txt": "x", "/etc/passwd": "y", "C:\\b.txt": "z", "a\0b": "n"}
    ),
    "links.tar": lambda: tar_of(a="/etc/passwd", b="../../../etc/passwd"),
    "zeros.tar.gz": lambda: gzip.compress(bytes(1_000 << 20), 1),
    "zeros.bz2": lambda: bz2.compress(bytes(200 << 20), 1),
    "pages.pdf": lambda: pdf(1_000_000_000),
    "circle.pdf": lambda: pages_in_a_circle(),
    "zeros.pdf": lambda: pdf(1).replace(
        b"trailer",
        b"4 0 obj<</Filter/FlateDecode/Length 9>>stream\n%b\nendstream endobj\ntrailer"
        % zlib.compress(bytes(50 << 20), 9),
    ),
    "deep.rtf": lambda: b"{\\rtf1 " + b"{" * DEEP + b"x",
    "deep.tex": lambda: b"\\begin{document}" + b"{" * DEEP + b"x",
    "deep.org": lambda: b"*" * DEEP + b" x\n",
    "line.csv": lambda: b"a," * 1_000_000,
    "quote.csv": lambda: b'"' + b"a\n" * 300_000,
    "parts.eml": lambda: (
        b"Content-Type: multipart/mixed; boundary=x\n\n"
        + b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 3_000
    ),
    "header.eml": lambda: b"Subject: " + b"=?utf-8?q?=41?= " * 50_000 + b"\n\nx",
    "cells.ipynb": lambda: json.dumps({"cells": [[[]]] * 50_000, "nbformat": 4}).encode(),
    "times.srt": lambda: b"1\n00:00:00,000 --> 00:00:00,000\n\n" * 50_000,
    "bidi.txt": lambda: "\u202eevil\u202c \u2066x\u2069 ".encode() * 10_000,
}


@pytest.fixture(scope="module")
def pool():
    with Pool(1) as shared:
        yield shared


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_file_made_to_harm_ends_as_text_or_as_a_reason(pool, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    for _, reading in pool.read([Task(str(path), name, limits=LIMITS)]):
        said = str(reading.error or "")
        for fault in ("crashed", "took longer", "stopped by the system", "please report"):
            assert fault not in said, said
        parts = reading.name.replace("!", "/").split("/")
        assert not {"", ".", ".."} & set(parts), reading.name


@pytest.mark.parametrize("name", ["bomb.xml", "bomb.docx", "quadratic.xml", "laughs.yaml"])
def test_what_multiplies_is_refused_or_read_as_it_stands(pool, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    [(_, reading)] = pool.read([Task(str(path), name, limits=LIMITS)])
    assert reading.error or len(reading.document.text) < 1_000_000


def test_a_reader_leaves_the_files_of_the_machine_alone(pool, tmp_path):
    for name in ("outside.xml", "outside.docx", "links.tar"):
        (tmp_path / name).write_bytes(FILES[name]())
        for _, reading in pool.read([Task(str(tmp_path / name), name, limits=LIMITS)]):
            assert "root:" not in (reading.document.text if reading.document else "")
