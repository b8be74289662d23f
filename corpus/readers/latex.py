"""LaTeX: the decoded file, verbatim, with its sections."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from corpus.readers.decoding import decode
from corpus.readers.source import Source
from corpus.types import Document, Heading

_LEVELS: Final = {
    "part": 1,
    "chapter": 2,
    "abstract": 3,
    "section": 3,
    "subsection": 4,
    "subsubsection": 5,
    "paragraph": 6,
    "subparagraph": 7,
}
_COMMAND: Final = re.compile(
    r"\\(?P<name>title|part|chapter|(?:sub){0,2}section|(?:sub)?paragraph)\*?\s*"
    r"(?:\[[^\]]{0,500}\]\s*)?\{"
    r"|\\begin\s*\{(?P<abstract>abstract)\}"
    r"|\\begin\s*\{(?P<verbatim>verbatim|lstlisting|minted|comment)\*?\}"
    r"|(?P<comment>(?<!\\)%[^\r\n]*)"
)
_BRACE: Final = re.compile(r"(?<!\\)[{}]")
_LONGEST_TITLE: Final = 1000

_ACCENT: Final = re.compile(r"\\([`'^\"~=.cvuHk])\s*(?:\{\\?([A-Za-z])\}|\\?([A-Za-z]))")
_ACCENTS: Final = dict(
    zip(
        "`'^\"~=.cvuHk",
        "\u0300\u0301\u0302\u0308\u0303\u0304\u0307\u0327\u030c\u0306\u030b\u0328",
        strict=True,
    )
)
_BESIDE: Final = re.compile(r"\\(?:thanks|footnote|label|vspace|hspace)\*?\{[^{}]*\}|%[^\r\n]*")
_SIGN: Final = re.compile(r"\\([&%$#_{}])")
_OTHER: Final = re.compile(r"\\\\(?:\[[^\]]*\])?|\\[A-Za-z]+\*?|\\.|[{}$]")


def read(source: Source) -> Document:
    """Return the decoded file as it is; a heading's span is the command that makes it."""
    text, encoding = decode(source.data)
    title = ""
    headings: list[Heading] = []
    for name, start, end, argument in _commands(text):
        plain = _plain(argument)
        if name == "title":
            title = title or plain
        elif plain:
            headings.append(Heading(start, end, _LEVELS[name], plain))
    return Document(text, title=title, headings=tuple(headings), encoding=encoding)


def _commands(text: str) -> Iterator[tuple[str, int, int, str]]:
    """Yield the name, span and argument of each sectioning command that is not commented out."""
    position = 0
    unclosed: set[str] = set()
    while found := _COMMAND.search(text, position):
        position = found.end()
        name = found["name"] or found["abstract"] or found["verbatim"]
        if found["verbatim"] and name not in unclosed:
            end = text.find(f"\\end{{{name}", position)
            position = max(end, position)
            unclosed |= {name} if end < 0 else set()
        elif found["abstract"]:
            yield name, found.start(), position, "Abstract"
        elif found["name"]:
            end = _closing(text, position)
            if end:
                yield name, found.start(), end, text[position : end - 1]
                position = end


def _closing(text: str, start: int) -> int:
    """Return where the brace that was opened before ``start`` closes, 0 when that is not near."""
    depth = 1
    for brace in _BRACE.finditer(text, start, start + _LONGEST_TITLE):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.end()
    return 0


def _plain(tex: str) -> str:
    """Return an argument as a reader of the printed page sees it, formulas aside."""
    tex = _BESIDE.sub("", tex)
    tex = _ACCENT.sub(lambda found: (found[2] or found[3]) + _ACCENTS[found[1]], tex)
    tex = _SIGN.sub(lambda found: f"\0{found[1]}", tex).replace("~", " ").replace("--", "–")
    return unicodedata.normalize("NFC", " ".join(_OTHER.sub(" ", tex).replace("\0", "").split()))
