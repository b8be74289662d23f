"""Strings and checksums as rows of Milvus hold them."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

from corpus.errors import LibraryError
from qa.milvus.schema import LONGEST

_PACKED = "z:"


def digest(*parts: str) -> str:
    """Return 32 hexadecimal digits that stand for some strings."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


def checksum_of(*values: Any) -> int:
    """Return the CRC-32 of some values."""
    crc = 0
    for value in values:
        crc = zlib.crc32(value if isinstance(value, bytes) else repr(value).encode(), crc)
    return crc


def pack(text: str, whose: str) -> str:
    """Return text as a string that Milvus takes; `unpack` is the way back.

    Raises `LibraryError` where it is too long even compressed.
    """
    blob = text.encode()
    if len(blob) <= LONGEST and "\0" not in text and not text.startswith(_PACKED):
        return text
    packed = _PACKED + base64.b64encode(zlib.compress(blob, 6)).decode()
    if len(packed) > LONGEST:
        raise LibraryError(
            f"{whose[:200]} has more than a row of Milvus holds; index it into a library without "
            "--store"
        )
    return packed


def unpack(text: str) -> str:
    """Return what `pack` was given."""
    if not text.startswith(_PACKED):
        return text
    return zlib.decompress(base64.b64decode(text[len(_PACKED) :])).decode()


def split(text: str) -> list[str]:
    """Return text of single bytes cut into parts that Milvus takes."""
    return [text[first : first + LONGEST] for first in range(0, len(text), LONGEST)]
