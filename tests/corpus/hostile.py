"""A process that reads and draws, whose readers do to some files what no reader should do.

What a file does is the word it begins with; any other file is read, or drawn, as it would be. A
file that begins with ``box`` holds the files that follow, each ``name: text`` on a line, with ``|``
for line ends; so a box may hold boxes.
"""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from corpus import readers
from corpus.errors import Encrypted, UnsupportedFormat
from corpus.types import Document, Heading, Member, Page
from corpus.workers import child

real = readers.read
real_module_for = readers.module_for


def read(data: bytes, name: str, *, ocr: bool = False) -> Document:
    word = data.split(maxsplit=1)[0] if data.strip() else b""
    if word in DEEDS:
        return DEEDS[word](data)
    return real(data, name, ocr=ocr)


def module_for(data: bytes, suffix: str) -> str:
    """Do what the file says before a page of it is drawn."""
    word = data.split(maxsplit=1)[0] if data.strip() else b""
    if word in DEEDS:
        DEEDS[word](data)
    return real_module_for(data, suffix)


def hang(data: bytes) -> NoReturn:
    while True:
        time.sleep(60)


def spawn(data: bytes) -> NoReturn:
    """Hang together with a process of one's own, whose id goes into a file."""
    process = subprocess.Popen(["sleep", "60"])
    Path(data.decode().split()[1]).write_text(str(process.pid))
    hang(data)


def hang_hard(data: bytes) -> Document:
    """Hold the interpreter's lock for ages."""
    re.match(r"(a|aa)+$", "a" * 200 + "b")
    return Document("")


def swell(data: bytes) -> NoReturn:
    heap = []
    while True:
        heap.append(bytearray(1 << 24))


def crash(data: bytes) -> NoReturn:
    ctypes.string_at(0)
    raise AssertionError


def recurse(data: bytes) -> Document:
    return recurse(data)


def leave(data: bytes) -> NoReturn:
    sys.exit(3)


def vanish(data: bytes) -> NoReturn:
    os._exit(0)


def chatter(data: bytes) -> Document:
    os.write(1, b"\0\0\0\1\0\0\0\1xx" * 100)
    print("noise")
    print("noise", file=sys.stderr)
    return Document(sys.stdin.read() + "said much")


def lie(data: bytes) -> Document:
    return Document("short", pages=(Page(1, 3, 99),), headings=(Heading(9, 12, 1, "x"),))


def lock(data: bytes) -> NoReturn:
    raise Encrypted("needs a password")


def puzzle(data: bytes) -> NoReturn:
    raise UnsupportedFormat("is not read")


def half(data: bytes) -> Document:
    """Text that is no Unicode."""
    return Document("one \ud800 two", title="a \udfff title")


def count(data: bytes) -> Document:
    """Tell how many processes there have been: each counts its own files."""
    global counted
    counted += 1
    return Document(f"{os.getpid()} {counted}")


def box(data: bytes) -> Document:
    lines = data.decode("utf-8", "surrogateescape").splitlines()
    members = (line.partition(": ") for line in lines[1:] if line)
    own = lines[0].removeprefix("box").strip()
    return Document(
        own,
        members=tuple(Member(n, text.replace("|", "\n").encode()) for n, _, text in members),
    )


counted = 0
_DEEDS = (
    *(hang, spawn, hang_hard, swell, crash, recurse, leave, vanish),
    *(chatter, lie, lock, puzzle, half, count, box),
)
DEEDS = {function.__name__.encode(): function for function in _DEEDS}


def main() -> None:
    readers.read = read
    readers.module_for = module_for
    child.main()
