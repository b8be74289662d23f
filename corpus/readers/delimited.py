"""Tables in plain text (.csv, .tsv): the decoded file, verbatim, and where its rows begin."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from corpus.readers.decoding import decode
from corpus.readers.sheets import cell_text
from corpus.readers.source import Source
from corpus.readers.tabular import SAMPLE, count_headers
from corpus.types import Document, Mark, Table

_DELIMITERS: Final = ",;\t|"
_TELLING_ROWS: Final = 50  # from which the delimiter is told
_LONGEST_SAMPLE: Final = 64 * 1024  # characters of a row that are looked at
_LONGEST_FIELD: Final = 100_000  # characters: a quotation mark that opens more is a mere mark
_DECLARED: Final = re.compile(r"sep=([^\r\n])(?:\r\n|\r|\n)", re.I)  # as Excel writes it
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_REST_OF_FIELD: Final = re.compile(r'[^"]*(?:""[^"]*)*"')


def read(source: Source) -> Document:
    """Return the decoded file as it is, one table, its rows counted from 1 as spreadsheets do.

    A row goes on over line ends that are quoted. See `decode` for the encodings.
    """
    text, encoding = decode(source.data)
    declared = _DECLARED.match(text)
    body = declared.end() if declared else 0
    delimiter = declared[1] if declared else _delimiter(text, source.suffix)
    spans = [
        (number, start, end)
        for number, (start, end) in enumerate(_rows(text, body, delimiter), 1)
        if not text[start:end].isspace() and start < end
    ]
    if not spans:
        return Document(text, encoding=encoding)
    marks = tuple(Mark(start, f"row {number}") for number, start, _ in spans)
    sample = [_cells(text, start, end, delimiter) for _, start, end in spans[:SAMPLE]]
    rows = tuple(start for _, start, _ in spans)
    table = Table(rows[0], spans[-1][2], rows, count_headers(sample))
    return Document(text, encoding=encoding, marks=marks, tables=(table,))


def _rows(text: str, start: int, delimiter: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the rows, line ends excluded."""
    opening = re.compile(rf'(?:(?<=[{re.escape(delimiter)}\r\n])|\A) *"')
    while start < len(text):
        at, end, following = start, *_line_end(text, start)
        while field := opening.search(text, at, end):
            rest = _REST_OF_FIELD.match(text, field.end(), field.end() + _LONGEST_FIELD)
            at = rest.end() if rest else field.end()
            if at > end:
                end, following = _line_end(text, at)
        yield start, end
        start = following


def _line_end(text: str, start: int) -> tuple[int, int]:
    """Return where the line at ``start`` ends, and where the next one begins."""
    match = _LINE_END.search(text, start)
    return match.span() if match else (len(text), len(text))


def _cells(text: str, start: int, end: int, delimiter: str) -> list[str]:
    row = text[start : min(end, start + _LONGEST_SAMPLE)]
    try:
        cells = next(csv.reader([row], delimiter=delimiter), [])
    except csv.Error:  # a line end without quotation marks around it
        cells = row.split(delimiter)
    return [cell_text(cell) for cell in cells]


def _delimiter(text: str, suffix: str) -> str:
    """Return the delimiter that parts most rows into equally many cells."""
    if suffix in (".tsv", ".tab") and "\t" in text:
        return "\t"
    return max(_DELIMITERS, key=lambda delimiter: _fitness(text, delimiter))


def _fitness(text: str, delimiter: str) -> tuple[int, int]:
    """Return how many of the first rows have the most common number of cells, and that number."""
    rows = islice(_rows(text, 0, delimiter), _TELLING_ROWS)
    counts = Counter(len(_cells(text, start, end, delimiter)) for start, end in rows)
    counts = Counter({cells: rows for cells, rows in counts.items() if cells > 1})
    cells, rows_like_it = max(counts.items(), key=lambda item: item[::-1], default=(0, 0))
    return rows_like_it, cells
