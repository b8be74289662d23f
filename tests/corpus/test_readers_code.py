"""Source code and configuration are the decoded file, verbatim, without a title."""

import pytest

from corpus.errors import UnsupportedFormat
from corpus.readers import read
from corpus.types import Document


@pytest.mark.parametrize(
    "name", ["a.py", "A.SQL", "b/c.toml", "x.tsx", "Makefile.mk", "fix.patch", "invite.ics"]
)
def test_the_file_is_verbatim_and_has_no_title(name):
    text = "import os\r\n\r\n\tkey = 'naïve'\x0c\n"
    assert read(text.encode(), name) == Document(text, encoding="utf-8")


def test_old_encodings_are_recognised():
    text = "-- Größe der Fußgänger für Müller\nselect 1;\n"
    document = read(text.encode("cp1252"), "a.sql")
    assert (document.text, document.encoding) == (text, "cp1252")


def test_a_video_is_no_typescript():
    with pytest.raises(UnsupportedFormat, match="binary data"):
        read(b"G@\0\x10\0\0\xb0\r\0\x01\xc1\0\0" * 20, "clip.ts")
