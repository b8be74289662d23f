import re
import unicodedata
from pathlib import PurePath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.filenames import MOST_BYTES, safe_name

PIECES = ["/", "\\", "..", ".", " ", "\0", "\u202e", "\ufeff", "CON", "nul", "é", "e\u0301", "~"]
NAMES = st.lists(st.one_of(st.sampled_from(PIECES), st.text()), max_size=8).map("".join)
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.I)


@given(NAMES)
@example("\ud800.txt")
@example("a" * 300 + ". " + "b" * 300)
@example("\u1e9b\u0323" * 90)
def test_a_safe_name_is_one_component_and_stays_as_it_is(name):
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert PurePath(safe).name == safe
    assert not set('/\\:*?"<>|') & set(safe)
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert len(safe.encode()) <= MOST_BYTES
    assert unicodedata.is_normalized("NFC", safe)
    unseen = {c for c in safe if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert unseen <= {"\u200c", "\u200d"}
    assert not RESERVED.match(safe)
    assert safe_name(safe) == safe


@given(st.text(), st.from_regex(r"[A-Za-z0-9]{1,16}", fullmatch=True))
def test_the_extension_is_kept(stem, extension):
    assert safe_name(f"{stem}.{extension}").endswith(f".{extension}")


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=30))
def test_letters_of_all_scripts_are_kept(word):
    word = unicodedata.normalize("NFC", word)
    assert safe_name(f"A{word}.pdf") == unicodedata.normalize("NFC", f"A{word}.pdf")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Report 2024.pdf", "Report 2024.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Temp\\a.txt", "C__Temp_a.txt"),
        (".bashrc", "unnamed.bashrc"),
        ("...", "unnamed"),
        ("", "unnamed"),
        ("con.txt", "_con.txt"),
        ("COM1", "_COM1"),
        ("console.txt", "console.txt"),
        ("a\nb\t c.txt", "a b c.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("منارة الصخرة.docx", "منارة الصخرة.docx"),
        ("می\u200cخواهم.txt", "می\u200cخواهم.txt"),
        ("x" * 300 + ".tar.gz", "x" * 197 + ".gz"),
        ("灯" * 100 + ".md", "灯" * 65 + ".md"),
        ("v1. A long story", "v1. A long story"),
        ("notes.txt. . ", "notes.txt"),
    ],
)
def test_names_as_people_give_them(name, safe):
    assert safe_name(name) == safe
