"""Archives become members: named safely, bounded, and what was left out is said."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile

import pytest

from corpus.errors import Encrypted, ReadError
from corpus.readers import archive, members, read


def zipped(files, **options):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, **options) as package:
        for name, data in files:
            package.writestr(name, data)
    return packed.getvalue()


def tarred(files, mode="w"):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def contents(document):
    return {member.name: member.data for member in document.members}


FILES = [("a.txt", b"one"), ("deep/b.md", b"two"), ("empty.txt", b"")]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (zipped(FILES), "a.zip"),
        (tarred(FILES), "a.tar"),
        (tarred(FILES, "w:gz"), "a.tar.gz"),
        (tarred(FILES, "w:gz"), "a.tgz"),
        (tarred(FILES, "w:bz2"), "a.tar.bz2"),
        (tarred(FILES, "w:xz"), "a.tar.xz"),
    ],
)
def test_the_files_are_members_in_their_order(data, name):
    document = read(data, name)
    assert [(member.name, member.data) for member in document.members] == FILES
    assert (document.text, document.note) == ("", "")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gzip.compress(b"text", mtime=0), "x/notes.txt.gz"),
        (bz2.compress(b"text"), "mail.eml!notes.txt.bz2"),
        (lzma.compress(b"text"), "notes.txt.xz"),
    ],
)
def test_a_compressed_file_is_one_member(data, name):
    assert contents(read(data, name)) == {"notes.txt": b"text"}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\me\\a.txt", "Users/me/a.txt"),
        ("..\\..\\a.txt", "a.txt"),
        ("a/./b//c/ .. /d.txt", "a/b/c/d.txt"),
        ("a\0b\n\r\x1b.txt", "ab.txt"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("half\ud800.txt", "half.txt"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("x" * 999 + ".pdf", "x" * 236 + ".pdf"),
    ],
)
def test_names_lead_nowhere_else(name, safe):
    assert members.safe_name(name) == safe


def test_traversal_and_absolute_names_are_made_safe_in_archives():
    files = [("../up.txt", b"1"), ("/root.txt", b"2"), ("c:\\d\\w.txt", b"3")]
    expected = {"up.txt": b"1", "root.txt": b"2", "d/w.txt": b"3"}
    assert contents(read(zipped(files), "a.zip")) == expected
    assert contents(read(tarred(files), "a.tar")) == expected


def test_names_that_clash_stay_apart():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([("a.txt", "1"), ("a.txt", "2"), ("../a.txt", "3"), ("a (2).txt", "4")])
    assert contents(read(data, "a.zip")) == {
        "a.txt": b"1",
        "a (2).txt": b"2",
        "a (3).txt": b"3",
        "a (2) (2).txt": b"4",
    }


def test_folders_links_and_clutter_are_passed_over():
    clutter = ["__MACOSX/._a.txt", ".git/config", "x/.DS_Store", "~$a.docx", "Thumbs.db", "f/"]
    assert not read(zipped([(name, b"") for name in clutter]), "a.zip").members
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    assert not read(zipped([(link, "/etc/passwd")]), "a.zip").members
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo("link")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    assert not read(packed.getvalue(), "a.tar").members


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Größe und Maß der Straße.txt", "cp850"),
        ("中文文件名称.txt", "gb18030"),
        ("été.txt", "utf-8"),
    ],
)
def test_names_of_old_programs_are_decoded(name, encoding):
    raw = name.encode(encoding)
    stand_in = "x" * len(raw)
    data = zipped([(stand_in, b"text")]).replace(stand_in.encode(), raw)
    assert list(contents(read(data, "a.zip"))) == [name]


def test_names_of_no_encoding_do_not_keep_an_archive_shut():
    raw = bytes(range(1, 32)).replace(b"\n", b"\xe9") + b".txt"
    stand_in = b"x" * len(raw)
    data = zipped([(stand_in.decode(), b"text")]).replace(stand_in, raw)
    assert list(contents(read(data, "a.zip")).values()) == [b"text"]


def locked(data, name):
    """Set the flag of a password on an entry, in its own header and in the directory."""
    data = bytearray(data)
    data[data.find(name) - 30 + 6] |= 1
    data[data.rfind(name) - 46 + 8] |= 1
    return bytes(data)


def test_locked_files_are_said():
    with pytest.raises(Encrypted, match="password"):
        read(locked(zipped([("a.txt", b"one")]), b"a.txt"), "a.zip")
    document = read(locked(zipped([("a.txt", b"one"), ("b.txt", b"two")]), b"a.txt"), "a.zip")
    assert contents(document) == {"b.txt": b"two"}
    assert document.note == "files left out: 1 locked with a password"


def test_a_damaged_file_is_said_and_the_others_read():
    files = [("a.txt", b"one " * 99), ("b.txt", b"two")]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, data in files:
            package.writestr(name, data)
    data = packed.getvalue().replace(b"one one", b"one 0ne", 1)
    document = read(data, "a.zip")
    assert contents(document) == {"b.txt": b"two"}
    assert document.note == "files left out: 1 damaged"


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.gz", "a.xz"])
@pytest.mark.parametrize("data", [b"nothing packed", b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9"])
def test_what_is_no_archive_is_said_in_one_line(name, data):
    with pytest.raises(ReadError) as raised:
        read(data, name)
    assert "\n" not in str(raised.value)


def test_archives_that_are_cut_off():
    with pytest.raises(ReadError, match="not a whole archive"):
        read(zipped(FILES)[:-30], "a.zip")
    data = tarred([("a.txt", b"one"), ("b.bin", bytes(range(256)) * 99)])
    document = read(data[:2048], "a.tar")
    assert contents(document) == {"a.txt": b"one"}
    assert "cut off" in document.note


def test_members_are_bounded_in_number(monkeypatch):
    monkeypatch.setattr(members, "MOST_MEMBERS", 3)
    files = [(f"{n}.txt", b"x") for n in range(5)]
    for document in (read(zipped(files), "a.zip"), read(tarred(files), "a.tar")):
        assert list(contents(document)) == ["0.txt", "1.txt", "2.txt"]
        assert document.note == "files left out: the rest, beyond 3 files"


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_bombs_are_counted_as_they_unpack(monkeypatch, kind):
    monkeypatch.setattr(members, "MOST_BYTES", 3_000_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", kind) as package:
        for n in range(3):
            package.writestr(f"{n}.txt", bytes(2_000_000))
    document = read(packed.getvalue(), "a.zip")
    assert list(contents(document)) == ["0.txt"]
    assert document.note == "files left out: the rest, beyond 3 MB"


def test_a_compressed_bomb_is_left_out(monkeypatch):
    monkeypatch.setattr(members, "MOST_BYTES", 1_000_000)
    document = read(gzip.compress(bytes(5_000_000)), "a.gz")
    assert not document.members
    assert document.note == "files left out: the rest, beyond 1 MB"


def test_a_tar_is_not_unpacked_without_end(monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 500_000)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        info = tarfile.TarInfo(".hidden")
        info.size = 5_000_000
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    with pytest.raises(ReadError, match="not a whole archive"):
        read(packed.getvalue(), "a.tgz")


def test_a_directory_without_end_is_refused():
    count = 1_000_000
    entries = (b"PK\x01\x02" + bytes(42)) * count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entries), 4, 0)
    with pytest.raises(ReadError, match=r"more than 100,000 entries"):
        read(b"PK\x03\x04" + entries + end, "a.zip")


def test_archives_in_archives_are_members_themselves():
    inner = zipped(FILES)
    assert contents(read(zipped([("inner.zip", inner)]), "a.zip")) == {"inner.zip": inner}
    assert contents(read(inner, "inner.zip"))["a.txt"] == b"one"
