"""Bytes to text: which encoding a file is in.

Byte order marks and UTF-8 are certain. What is left goes to chardetng, the detector of Firefox,
which knows the encodings of the web; those of DOS, the old Mac and Korean Johab are taken where
they turn what chardetng reads as symbols inside words into plain words.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from corpus.errors import UnsupportedFormat

_BOMS: Final = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE: Final = 64 * 1024
_LEAD: Final = 200
_LEAST_UTF16: Final = 128  # bytes, to tell it where zeros stand on both sides
_FOREIGN: Final = re.compile(rb"[\x80-\xff]")
_CONTROLS: Final = bytes((*range(1, 9), *range(14, 27), *range(28, 32)))
_FEW_CONTROLS: Final = 8
_MOST_CONTROLS: Final = 0.05  # of the bytes of a text; random data has a tenth
_ASCII_TEXT: Final = bytes((*range(9, 14), 27, *range(32, 127)))

_PYTHON_NAMES: Final = {"windows-874": "cp874", "ISO-8859-8-I": "iso8859-8"}
_WIDER: Final = {"shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs"}
"""What to try where a text has characters that the standard lacks."""
_AS_BROWSERS: Final = {  # read these names, which a file's writer seldom means to the letter
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-8",
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
_NO_TEXT_ENCODING: Final = frozenset(
    {"unicode-escape", "raw-unicode-escape", "idna", "punycode", "utf-7"}
)
_UNKNOWN: Final = ("cp850", "mac-roman", "cp852", "mac-cyrillic", "cp855", "johab")
"""What chardetng does not know."""
_CLEARLY: Final = 10
_LEAST_DISORDER: Final = 0.005
_HUNGARIAN: Final = frozenset("áéíóöőúüű")
_HUNGARIAN_FOR: Final = {"cp1252": "cp1250", "cp850": "cp852"}


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of ``data`` and the encoding found: a mark, UTF-8, or the likeliest other.

    Nothing but a byte order mark is left out, so offsets are those of a file opened with that
    encoding and ``newline=""``. Raises `UnsupportedFormat` when the bytes are no text.
    """
    if (marked := decode_marked(data)) is not None:
        return marked
    if encoding := _unmarked_utf16(data):
        return data.decode(encoding, "replace"), encoding
    if _is_binary(data):
        raise UnsupportedFormat("is binary data, not text; give the file its proper suffix")
    try:
        return _decode_strict(data)
    except UnicodeDecodeError:
        pass
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


def declared_encoding(name: str) -> str:
    """Return Python's name for a declared encoding, empty when it is unknown or unfit."""
    try:
        b"test".decode(name)  # an empty string would not be looked up
    except (LookupError, UnicodeError, ValueError):
        return ""
    known = codecs.lookup(name).name
    return "" if known in _NO_TEXT_ENCODING else _AS_BROWSERS.get(known, known)


def decode_declared(data: bytes, name: str) -> tuple[str, str]:
    """Decode text that is declared to be in an encoding, which its content may belie.

    What is UTF-8 is read as such, because other text is so only by a rare accident. Raises
    `UnsupportedFormat` when nothing fit is declared and the bytes are no text.
    """
    encoding = declared_encoding(name)
    if not encoding or encoding == "utf-8" or (not data.isascii() and _is_utf8(data)):
        return decode(data)
    return data.decode(encoding, "replace"), encoding


def _is_binary(data: bytes) -> bool:
    """Tell data from text by its control characters; a log may hold zeros after a crash."""
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > max(_FEW_CONTROLS, _MOST_CONTROLS * len(data)):
        return True
    return b"\0" in data and not (data.strip(b"\0") and _is_utf8(data))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_strict(data: bytes) -> tuple[str, str]:
    if b"\x1b$" in data:  # ISO-2022-JP is all ASCII bytes, so UTF-8 would accept it as noise
        try:
            return data.decode("iso2022_jp"), "iso2022_jp"
        except UnicodeDecodeError:
            pass
    return data.decode("utf-8"), "utf-8"


def _unmarked_utf16(data: bytes) -> str | None:
    """Tell UTF-16 by its zeros, which no other text has, and by reading as letters."""
    lead = data[:4096]
    even, odd = lead[::2].count(0), lead[1::2].count(0)
    if len(data) % 2 or even == odd:
        return None
    if max(even, odd) <= len(lead) // 8 and not lead.translate(None, _ASCII_TEXT + b"\0"):
        return None  # ASCII with a few zeros
    is_one_sided = min(even, odd) * 10 < max(even, odd)
    if not is_one_sided and len(lead) < _LEAST_UTF16:
        return None
    likelier = "utf-16-le" if odd > even else "utf-16-be"
    names = (likelier,) if is_one_sided else ("utf-16-le", "utf-16-be")
    strange = {name: _strangeness(lead.decode(name, "replace")) for name in names}
    best = min(strange, key=lambda name: strange[name])
    return best if strange[best] <= 1 + len(lead) // 100 else None


def _strangeness(text: str) -> int:
    """Return how many characters are none that a text is written with."""
    strange = sum(unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") for char in text)
    return strange + text.count("\ufffd") - sum(map(text.count, "\t\n\r\f"))


def _damaged_utf8(data: bytes) -> str | None:
    """Decode UTF-8 that has a few broken bytes; None when it is more likely something else."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    intact = len(text) - len(text.encode("ascii", "ignore")) - broken
    return text if intact > 20 * broken else None


def _guess(data: bytes) -> str:
    """Return the likeliest 8-bit or multi-byte encoding, judged by lines with foreign letters."""
    from chardetng_py import EncodingDetector

    sample = _foreign_lines(data)
    detector = EncodingDetector()
    detector.feed(sample, last=len(sample) < _SAMPLE)  # else it may end inside a character
    label = detector.guess(tld=None, allow_utf8=False)
    name = codecs.lookup(_PYTHON_NAMES.get(label, label)).name
    name = _more_orderly(sample, name)
    central = _HUNGARIAN_FOR.get(name)
    if central and _is_hungarian(sample.decode(central, "replace")):
        return central
    if name in _WIDER and "\ufffd" in data.decode(name, "replace"):
        return _WIDER[name]
    return name


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


def _is_hungarian(text: str) -> bool:
    """Tell whether the accented letters are those of Hungarian and no others.

    Its double accents stand where French and Portuguese have letters, which chardetng prefers.
    """
    accented = {char for char in text.lower() if not char.isascii() and char.isalpha()}
    return {"á", "é", "ö"} <= accented <= _HUNGARIAN and not accented.isdisjoint("őű")


def _more_orderly(sample: bytes, guess: str) -> str:
    """Return ``guess`` unless a rival reads the sample with clearly less disorder."""
    disorder = _disorder(sample.decode(guess, "replace"))
    if disorder < _LEAST_DISORDER:
        return guess
    names = ("cp1252", *_UNKNOWN) if guess == "cp1250" else _UNKNOWN  # a pound sign reads as Ł
    rivals = {name: _disorder(sample.decode(name, "replace")) for name in names}
    best = min(rivals, key=lambda name: rivals[name])
    return best if rivals[best] * _CLEARLY <= disorder else guess


class _Kinds(dict[int, str]):
    """For `str.translate`: each character's kind, one letter.

    ``a A`` ASCII letters, ``l L`` other Latin, ``g G`` letters of other scripts with cases, ``o``
    of those without, ``m`` signs of mathematics and money, ``s`` other symbols, ``x`` what no text
    holds, ``9`` digits, a space for the rest.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        kind = " "
        if category in ("Lu", "Lt", "Ll"):
            kind = "a" if code < 0x80 else "l" if code < 0x250 or 0x1E00 <= code < 0x1F00 else "g"
            kind = kind if category == "Ll" else kind.upper()
        elif category == "Nd":
            kind = "9"
        elif code < 0x80 or category in ("Zs", "Pd", "Mn", "Cf") or char in "’·‧…":
            pass
        elif category[0] == "L":
            kind = "o"
        elif category[0] == "C" or char == "\ufffd":
            kind = "x"
        else:
            kind = "m" if category in ("Sm", "Sk", "Sc") else "s"
        self[code] = kind
        return kind


_KINDS: Final = _Kinds()
_FOREIGN_KINDS: Final = re.compile("[lLgGomsx]")
_OUT_OF_PLACE: Final = re.compile(
    "(?<=[al])L|(?<=l)A|(?<=g)G|L(?=9)|x"
    "|(?<=[aAlLgGo])s(?=[aAlLgGo])|(?<=[aAlLgGoms])m(?=[aAlLgGoms])"
    "|(?<=[aAlL])[gGo]|(?<=[gGo])[aAlL]"
)


def _disorder(text: str) -> float:
    """Return which share of the characters beyond ASCII stands where none should.

    That is a symbol inside a word, a capital after a small letter, a Latin one before a digit, and
    two scripts in one word.
    """
    kinds = text.translate(_KINDS)
    foreign = len(_FOREIGN_KINDS.findall(kinds))
    return len(_OUT_OF_PLACE.findall(kinds)) / max(foreign, 1)
