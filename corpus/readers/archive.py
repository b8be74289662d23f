"""Archives (ZIP, tar, and single compressed files): their files, each a document of its own."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import stat
import struct
import tarfile
import zlib
from collections.abc import Iterator
from io import BufferedIOBase, BytesIO
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from corpus.errors import Encrypted, ReadError
from corpus.readers.decoding import decode
from corpus.readers.kinds import MOST_ENTRIES, is_crowded
from corpus.readers.members import MOST_BYTES, Members, is_clutter
from corpus.readers.source import Source
from corpus.types import Document

_ENCRYPTED_FLAG: Final = 0x1
_UTF8_FLAG: Final = 0x800
_CHUNK: Final = 1 << 20
_WARY_CHUNK: Final = 4096  # bytes in, for what unpacks a chunk whole however much comes out
_BROKEN: Final = (
    *(BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, ValueError, NotImplementedError, RuntimeError),
)
_COMPRESSED: Final = ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ\0", lzma))
_TAR_SUFFIXES: Final = (".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")


def read(source: Source) -> Document:
    """Return a document without text whose members are the files in the archive.

    Folders, links, hidden and temporary files are passed over; files that are locked, damaged or
    beyond the bounds of `Members` are left out, which the document's ``note`` says. Raises
    `Encrypted` when all are locked, and `ReadError` when nothing can be read.
    """
    members = Members()
    try:
        if source.data.startswith(b"PK"):
            _read_zip(source.data, members)
        else:
            _read_stream(source, members)
    except _BROKEN as error:
        if not members.found:
            raise ReadError("is not a whole archive; fetch or pack it again") from error
        members.leave_out("or more cut off with the end of the archive")
    return Document("", members=members.found, note=members.note)


def _read_zip(data: bytes, members: Members) -> None:
    if is_crowded(data):
        raise ReadError(f"holds more than {MOST_ENTRIES:,} entries; unpack it")
    locked = 0
    with ZipFile(BytesIO(data)) as package:
        for info, name in _named(package):
            if members.is_full:
                break
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            if name.endswith(("/", "\\")) or is_link or is_clutter(name):
                continue
            if info.flag_bits & _ENCRYPTED_FLAG:
                locked += 1
                members.leave_out("locked with a password")
                continue
            _add_zipped(package, info, name, members)
    if locked and not members.found:
        raise Encrypted("needs a password; unpack it")


def _named(package: ZipFile) -> Iterator[tuple[ZipInfo, str]]:
    """Yield the entries with their names, whose encoding old programs do not state."""
    raw = {
        info.orig_filename.encode("cp437", "replace")
        for info in package.infolist()
        if not info.flag_bits & _UTF8_FLAG
    }
    try:
        encoding = decode(b"\n".join(sorted(raw)))[1]
    except ReadError:
        encoding = "cp437"
    for info in package.infolist():
        if info.flag_bits & _UTF8_FLAG or info.orig_filename.isascii():
            yield info, info.orig_filename
        else:
            yield info, info.orig_filename.encode("cp437", "replace").decode(encoding, "replace")


def _add_zipped(package: ZipFile, info: ZipInfo, name: str, members: Members) -> None:
    try:
        with package.open(info) as file:
            is_bounded = info.compress_type in (ZIP_STORED, ZIP_DEFLATED)
            data = _read_bounded(file, members.room, _CHUNK if is_bounded else _WARY_CHUNK)
    except _BROKEN:
        members.leave_out("damaged")
    else:
        members.add(name, data)


def _read_bounded(file: IO[bytes], room: int, chunk: int = _CHUNK) -> bytes:
    """Return what the file holds, or a little more than ``room`` bytes of it."""
    content = BytesIO()  # which gives its bytes away without a copy
    while room >= 0 and (part := file.read(min(chunk, room + 1))):
        room -= len(part)
        content.write(part)
    return content.getvalue()


def _read_stream(source: Source, members: Members) -> None:
    """Read a tar, or a single file, with or without compression."""
    opener = next((module for sign, module in _COMPRESSED if source.data.startswith(sign)), None)
    plain: IO[bytes] = BytesIO(source.data)
    with opener.open(plain) if opener else plain as file:
        start = file.read(tarfile.BLOCKSIZE)
        file.seek(0)
        if start[257:262] == b"ustar" or source.name.lower().endswith(_TAR_SUFFIXES):
            _read_tar(file, members)
        elif opener:
            members.add(_unpacked_name(source.name), _read_bounded(file, members.room))
        else:
            raise ReadError("is no archive that is read here; unpack it")


def _read_tar(file: IO[bytes], members: Members) -> None:
    with tarfile.open(fileobj=_Bounded(file), mode="r|", errors="replace") as archive:
        for number, info in enumerate(archive):
            if members.is_full or number > MOST_ENTRIES:
                break
            if not info.isreg() or is_clutter(info.name):
                continue
            content = archive.extractfile(info)
            if content is not None:
                members.add(info.name, _read_bounded(content, members.room))


def _unpacked_name(name: str) -> str:
    stem, _, _ = re.split("[/!]", name)[-1].rpartition(".")  # "!" ends the name of a container
    return stem or "unpacked"


class _Bounded(BufferedIOBase):
    """A stream that refuses to unpack to more than twice of what may be kept."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._room = 2 * MOST_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next ``size`` bytes, all when it is None or negative."""
        data = self._file.read(-1 if size is None else size)
        self._room -= len(data)
        if self._room < 0:
            raise EOFError("too large")
        return data
