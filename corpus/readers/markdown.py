"""Markdown: the decoded file, verbatim, with its headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from corpus.readers.decoding import decode
from corpus.readers.source import Source
from corpus.types import Document, Heading

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_LINE_END: Final = re.compile(r"\r\n|\r|\n")  # what Markdown counts as lines, and nothing else
_FRONT_MATTER: Final = re.compile(
    r"---[ \t]*(?:\r\n|\r|\n)(?P<fields>\s*[\w-][\w .-]*:(?:.|\r|\n)*?(?:\r\n|\r|\n))"
    r"(?:---|\.\.\.)[ \t]*(?:\r\n|\r|\n|\Z)"
)
_TITLE_FIELD: Final = re.compile(
    r"^title:[ \t]*(\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s\"'>|\[{&*!][^\r\n]*)", re.M
)


def read(source: Source) -> Document:
    """Return the decoded file as it is; a heading's span covers its whole line or lines."""
    text, encoding = decode(source.data)
    front = _FRONT_MATTER.match(text)
    headings = tuple(_headings(text, front.end() if front else 0))
    title = _field_title(front["fields"]) if front else ""
    if not title:
        title = next((heading.title for heading in headings if heading.level == 1), "")
    return Document(text, title=title, headings=headings, encoding=encoding)


def _field_title(fields: str) -> str:
    match = _TITLE_FIELD.search(fields.replace("\r", "\n"))
    return match[1].strip().strip("\"'") if match else ""


@cache
def _parser(*rules: str) -> MarkdownIt:
    """Return a parser that runs these rules of its core, all when none is named."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    if rules:
        parser.core.ruler.enableOnly(rules)
    return parser


def _headings(text: str, body: int) -> Iterator[Heading]:
    """Yield the headings of ``text[body:]``."""
    lines = _line_spans(text, body)
    # Inline markup costs most of the time and matters in headings alone.
    tokens = _parser("normalize", "block").parse(text[body:])
    for token, inline in pairwise(tokens):
        if token.type != "heading_open" or token.map is None:
            continue
        title = _plain(inline.content)
        if title:
            first, last = token.map[0], token.map[1] - 1
            start = lines[first][0] + _indent(text, *lines[first])
            yield Heading(start, lines[last][1], int(token.tag[1:]), title)


def _line_spans(text: str, body: int) -> list[tuple[int, int]]:
    """Return each line's start and end in ``text``, its line end excluded."""
    spans = []
    start = body
    for match in _LINE_END.finditer(text, body):
        spans.append((start, match.start()))
        start = match.end()
    spans.append((start, len(text)))
    return spans


def _indent(text: str, start: int, end: int) -> int:
    line = text[start:end]
    return len(line) - len(line.lstrip())


def _plain(markup: str) -> str:
    """Return the text of inline Markdown as a reader sees it."""
    tokens = _parser().parseInline(markup)
    return " ".join("".join(_words(tokens[0].children or ())).split())


def _words(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            yield " "
        elif token.type == "image":
            yield from _words(token.children or ())
        elif token.type in ("text", "code_inline"):
            yield token.content
