"""Subtitles (SRT and WebVTT): what is said as running text, with the time of each cue.

https://www.w3.org/TR/webvtt1/; SRT has no standard, so both are read by their timing lines, and
everything that may stand around those is optional.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from corpus.readers.assembly import INVISIBLE
from corpus.readers.decoding import decode
from corpus.readers.source import Source
from corpus.types import Document, Mark

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_TIMING: Final = re.compile(
    r"\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,]\d{1,3})?\s*-{1,3}>\s*\d{1,3}:\d{1,2}\b"
)
_NO_CUE: Final = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?!\S)")
_TAG: Final = re.compile(
    r"</?(?:[bcisuv]|lang|ruby|rt|rp|font|span)(?:[.\s][^<>]*)?>|<\d{1,3}:[\d:.]+>|\{\\[^{}]*\}",
    re.I,
)
_MARKED_UP: Final = re.compile(r"[<&{]")
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]*)>")
_ROLLS_UP: Final = 0.3  # share of cues that begin with the line before them
_MOST_STAY: Final = 4  # lines that fit on a screen


class _Line(NamedTuple):
    """A line as shown, and who says it where the file tells."""

    text: str
    speaker: str


@dataclass(slots=True)
class _Cue:
    """What is shown from ``time`` on; ``speaker`` is who spoke last."""

    time: str
    lines: list[_Line] = field(default_factory=list)
    speaker: str = ""

    def add(self, raw: str) -> None:
        """Add a line without its tags, cut where another voice speaks."""
        first, *rest = _VOICE.split(raw) if "<" in raw else (raw,)
        self._add(first)
        for name, words in zip(rest[::2], rest[1::2], strict=True):
            self.speaker = _plain(name)
            self._add(words)

    def _add(self, markup: str) -> None:
        if text := _plain(markup):
            self.lines.append(_Line(text, self.speaker))


def read(source: Source) -> Document:
    """Return the cues' text, a line each, without numbers, times and tags.

    A change of speaker begins a paragraph with the name. Captions that roll up, as speech
    recognition writes them, show each line twice; it is read once.
    """
    text, encoding = decode(source.data)
    lines = _LINE_END.split(text.translate(INVISIBLE))
    cues = [cue for cue in _cues(lines) if cue.lines]
    if _rolls_up(cues):
        cues = list(_without_repeats(cues))
    text, marks = _assemble(cues)
    return Document(text, encoding=encoding, marks=marks)


def _cues(lines: Iterable[str]) -> Iterator[_Cue]:
    """Yield the cues; lines before the first belong to none and are dropped."""
    cue = _Cue("")
    block: list[str] = []  # lines since the last blank or timing line
    is_apart = True
    for line in (*lines, ""):
        timing = _TIMING.match(line) if "->" in line else None
        if line.strip() and not timing:
            block.append(line)
            continue
        if cue.time:
            for raw in _spoken(block, is_apart, timing is not None):
                cue.add(raw)
        block = []
        is_apart = timing is None
        if timing:
            yield cue
            cue = _Cue("{:02}:{:02}:{:02}".format(*(int(part or 0) for part in timing.groups())))
    yield cue


def _spoken(block: list[str], is_apart: bool, precedes_cue: bool) -> list[str]:
    """Return the lines of a block without notes and the numbers or names of cues.

    ``is_apart`` says that a blank line stands before the block, ``precedes_cue`` that a cue's times
    follow it.
    """
    if precedes_cue and block and ((is_apart and len(block) == 1) or block[-1].strip().isdecimal()):
        block = block[:-1]
    is_number = len(block) == 1 and block[0].strip().isdecimal()
    if is_apart and block and (is_number or _NO_CUE.match(block[0])):
        return []
    return block


def _plain(markup: str) -> str:
    if _MARKED_UP.search(markup):
        markup = html.unescape(_TAG.sub("", markup)).translate(INVISIBLE)
    return " ".join(markup.split())


def _rolls_up(cues: list[_Cue]) -> bool:
    repeats = sum(before.lines[-1] == cue.lines[0] for before, cue in pairwise(cues))
    return repeats > 1 and repeats > _ROLLS_UP * len(cues)


def _without_repeats(cues: Iterable[_Cue]) -> Iterator[_Cue]:
    """Yield the cues less the lines that stay on the screen from the cue before."""
    before: list[_Line] = []
    for cue in cues:
        most = min(len(cue.lines), _MOST_STAY)
        stay = max((n for n in range(1, most + 1) if before[-n:] == cue.lines[:n]), default=0)
        before = cue.lines
        if stay < len(cue.lines):
            yield _Cue(cue.time, cue.lines[stay:])


def _assemble(cues: Iterable[_Cue]) -> tuple[str, tuple[Mark, ...]]:
    parts: list[str] = []
    marks: list[Mark] = []
    length = 0
    speaker = ""
    for cue in cues:
        for index, line in enumerate(cue.lines):
            changes = line.speaker != speaker
            gap = "" if not parts else "\n\n" if changes else "\n"
            speaker = line.speaker
            if not index:
                marks.append(Mark(length + len(gap), cue.time))
            name = f"{speaker}: " if changes and speaker else ""
            parts.append(f"{gap}{name}{line.text}")
            length += len(parts[-1])
    return "".join(parts), tuple(marks)
