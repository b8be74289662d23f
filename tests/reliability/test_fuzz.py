"""Damaged files of every family: a document that keeps the invariants, or one line of why not.

Each input is a small valid file with a few things done to it: bits turned, pieces cut, doubled or
swapped, numbers made huge, and for packages the same inside one of their parts.
"""

import io
import random
import signal
import threading
import zipfile
from contextlib import contextmanager

import pytest

from corpus import readers
from corpus.errors import ReadError
from corpus.invariants import faults
from tests.corpus.packages import zipped
from tests.reliability.small_files import seeds
from tests.reliability.world import rounds

SECONDS = 30  # far more than any of these small files may take
PIECES = [
    *(
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"\r",
        b"\n\n",
        b" " * 300,
        b"<" * 40,
        b"[",
    ),
    *(b"99999999999999999999", b"-1", b"%s", b"&lol;", b"\\", b'"', b"\x1b]0;x\x07", b"../" * 9),
    *(b"{" * 90, b"(" * 90, b"<b>" * 60, b"> " * 60, b"\xff\xff\xff\x7f", b"\0\0\0\x80"),
]


def damaged(chance, data, others):
    """Return data with one to six things done to it."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        size = chance.choice([1, 1, 2, 4, 16, 64, 256])
        match chance.choice("flip byte insert cut double swap end splice".split()):
            case "flip" if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case "byte" if at < len(changed):
                changed[at] = chance.randrange(256)
            case "insert":
                changed[at:at] = chance.choice(PIECES)
            case "cut":
                del changed[at : at + size]
            case "double":
                changed[at:at] = changed[at : at + size] * chance.choice([1, 1, 40])
            case "swap":
                other = chance.randrange(len(changed) + 1)
                changed[at : at + size] = changed[other : other + size]
            case "end":
                del changed[at:]
            case "splice":
                other = chance.choice(others)
                start = chance.randrange(len(other))
                changed[at : at + size] = other[start : start + size]
    return bytes(changed)


def damaged_inside(chance, data, others):
    """Return a package with one of its parts damaged, or left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = chance.choice(sorted(parts))
    if chance.random() < 0.05:
        del parts[name]
    else:
        parts[name] = damaged(chance, parts[name], others)
    return zipped(parts)


@contextmanager
def in_time(what):
    """Fail where something takes for ever, on systems that can say so."""

    def ring(number, frame):
        pytest.fail(f"takes more than {SECONDS} s: {what}")

    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def read(data, name):
    """Return the document, or None and the reason why there is none."""
    try:
        return readers.read(data, name), ""
    except ReadError as error:
        return None, str(error)


def assert_read_or_refused(data, name, what):
    """Assert that a file gives a sound document or a reason of one line."""
    with in_time(what):
        document, reason = read(data, name)
    if document is None:
        assert reason.strip(), what
        assert "\n" not in reason, what
        assert len(reason) < 1000, what
        return False
    assert list(faults(document)) == [], what
    for member in document.members:
        assert isinstance(member.data, bytes), what
        parts = member.name.split("/")
        assert "\0" not in member.name, what
        assert not {"", ".", ".."} & set(parts), what
    return True


def test_the_files_are_valid_before_they_are_damaged():
    for name, data in seeds().items():
        assert assert_read_or_refused(data, name, name), name


def test_damaged_files_are_read_or_refused(seed):
    files = seeds()
    others = list(files.values())
    names = sorted(files)
    count = rounds(600, 20_000)
    whole = 0
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        name = names[number % len(names)]
        do = damaged_inside if files[name][:2] == b"PK" and chance.random() < 0.8 else damaged
        data = do(chance, files[name], others)
        if chance.random() < 0.05:
            name = chance.choice(names)  # as a file with the wrong suffix
        whole += assert_read_or_refused(data, name, f"{seed=} {number=} {name}")
    print(f"{whole} of {count} damaged files were read")
    assert whole > count / 10, "most damage is slight"
