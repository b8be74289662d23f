"""Old Excel workbooks (.xls), read by xlrd.

It says how each cell is formatted, which xberg and python-calamine do not, and is plain Python: a
hostile file raises an error and ends no process.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from math import isfinite
from typing import TYPE_CHECKING

from corpus.errors import Encrypted, ReadError
from corpus.readers.numberformat import GENERAL, show
from corpus.readers.sheets import Row, Sheet, cell_text, to_document
from corpus.readers.source import Source
from corpus.types import Document

if TYPE_CHECKING:
    import xlrd


def read(source: Source) -> Document:
    """Return all sheets, hidden ones included; formulas by the value they had when saved.

    Raises `Encrypted` when a password is needed and `ReadError` when the file is broken.
    """
    book = _open(source.data)
    return to_document(Sheet(cell_text(sheet.name), _rows(book, sheet)) for sheet in book.sheets())


def _open(data: bytes) -> xlrd.Book:
    import xlrd

    try:
        return xlrd.open_workbook(
            file_contents=data, formatting_info=True, ragged_rows=True, logfile=StringIO()
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise Encrypted("needs a password; save a copy without one") from error
        raise ReadError(f"is not a whole Excel file ({error}); save it again as .xlsx") from error
    except Exception as error:  # it runs into all kinds of errors where a file is broken
        raise ReadError("is not a whole Excel file; save it again as .xlsx") from error


def _rows(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> Iterator[Row]:
    for number in range(sheet.nrows):
        cells = {
            column: text
            for column, cell in enumerate(sheet.row(number), 1)
            if (text := _text(book, cell))
        }
        yield Row(number + 1, cells)


def _text(book: xlrd.Book, cell: xlrd.sheet.Cell) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_TEXT:
        return cell_text(str(cell.value))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    if cell.ctype not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE) or not isfinite(cell.value):
        return ""
    return cell_text(show(cell.value, _code(book, cell.xf_index), from_1904=book.datemode == 1))


def _code(book: xlrd.Book, style: int | None) -> str:
    """Return the code of a cell's number format; General when the file does not say."""
    if style is None or style >= len(book.xf_list):
        return GENERAL
    known = book.format_map.get(book.xf_list[style].format_key)
    return str(known.format_str) if known is not None else GENERAL
