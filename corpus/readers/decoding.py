"""Bytes to text: which encoding a file is in."""

from __future__ import annotations

import re
from typing import Final

from corpus.errors import ReadError

_BOMS: Final = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE: Final = 64 * 1024
_LEAD: Final = 200
_FOREIGN: Final = re.compile(rb"[\x80-\xff]")
_FOREIGN_ROW: Final = re.compile(rb"[\x80-\xff]{2,}")
_WINDOWS_BYTE: Final = re.compile(rb"[\x8a-\x8f\x9a-\x9f]")
_CLEARLY: Final = 0.005
_OTHER_SCRIPTS: Final = (
    *("cp1251", "koi8_r", "iso8859_5", "cp866", "cp855"),
    *("cp1253", "iso8859_7", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5hkscs", "cp949", "johab"),
)


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of ``data`` and the encoding found: a mark, UTF-8, or the likeliest other.

    Nothing but a byte order mark is left out, so offsets are those of a file opened with that
    encoding and ``newline=""``. Raises `ReadError` when the bytes are no text.
    """
    if (marked := decode_marked(data)) is not None:
        return marked
    if encoding := _unmarked_utf16(data):
        return data.decode(encoding, "replace"), encoding
    try:
        return _decode_strict(data)
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        raise ReadError("is binary data, not text; give the file its proper suffix")
    if (repaired := _damaged_utf8(data)) is not None:
        return repaired, "utf-8"
    encoding = _guess(data)
    return data.decode(encoding, "replace"), encoding


def decode_marked(data: bytes) -> tuple[str, str] | None:
    """Decode data that starts with a byte order mark; None when there is none."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding
    return None


def _decode_strict(data: bytes) -> tuple[str, str]:
    if b"\x1b$" in data:  # ISO-2022-JP is all ASCII bytes, so UTF-8 would accept it as noise
        try:
            return data.decode("iso2022_jp"), "iso2022_jp"
        except UnicodeDecodeError:
            pass
    return data.decode("utf-8"), "utf-8"


def _unmarked_utf16(data: bytes) -> str | None:
    """Tell UTF-16 of Western text by its zeros, which all stand on one side."""
    even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
    enough = min(len(data), 4096) // 8
    if len(data) % 2 == 0 and max(even, odd) > enough and min(even, odd) * 10 < max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _damaged_utf8(data: bytes) -> str | None:
    """Decode UTF-8 that has a few broken bytes; None when it is more likely something else."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    intact = len(text) - len(text.encode("ascii", "ignore")) - broken
    return text if intact > 20 * broken else None


def _guess(data: bytes) -> str:
    """Return the likeliest 8-bit or multi-byte encoding, judged by lines with foreign letters.

    Latin scripts strew accents among ASCII letters, every other script writes them in a row; the
    two are told apart first, because charset-normalizer alone takes much Western text for another.
    """
    sample = _foreign_lines(data)
    foreign = len(_FOREIGN.findall(sample))
    in_rows = sum(map(len, _FOREIGN_ROW.findall(sample)))
    return _latin(sample) if in_rows < 0.75 * foreign else _other_script(sample)


def _foreign_lines(data: bytes) -> bytes:
    """Return the first lines that hold foreign letters, cut only where no character is."""
    sample = bytearray()
    position = 0
    while len(sample) < _SAMPLE and (match := _FOREIGN.search(data, position)):
        start = max(position, match.start() - _LEAD, data.rfind(b"\n", position, match.start()) + 1)
        position = data.find(b"\n", match.start(), start + _SAMPLE) + 1
        if not position:  # a long line: a space is never half of a character
            position = data.rfind(b" ", match.start(), start + _SAMPLE) + 1 or start + _SAMPLE
        sample += data[start:position]
    return bytes(sample)


def _latin(sample: bytes) -> str:
    """Choose a Latin encoding: Western unless another reads clearly better."""
    # Central European text on Windows has its s, z and t with marks among these bytes.
    central = "cp1250" if _WINDOWS_BYTE.search(sample) else "iso8859_2"
    rivals = {name: _disorder(sample, name) for name in ("cp1254", central)}
    best = min(rivals, key=lambda name: rivals[name])
    return best if rivals[best] + _CLEARLY < _disorder(sample, "cp1252") else "cp1252"


def _disorder(sample: bytes, encoding: str) -> float:
    """Return how unlike a language the sample reads: noise, less a little for known letters."""
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=[encoding], threshold=1, enable_fallback=False)
    scores = [match.chaos - 0.1 * match.coherence for match in matches]
    return min(scores, default=1.0)


def _other_script(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_OTHER_SCRIPTS)).best()
    return best.encoding if best else "cp1252"
