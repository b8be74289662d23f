"""PowerPoint presentations of 1997 to 2003 (.ppt): one page a slide.

Layout: [MS-PPT] and [MS-ODRAW], https://learn.microsoft.com/openspecs/office_file_formats.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

from corpus.errors import Encrypted, ReadError
from corpus.readers.assembly import INVISIBLE, Assembly, Block, row_block
from corpus.readers.ole import CompoundFile
from corpus.readers.source import Source
from corpus.readers.titles import property_title
from corpus.types import Document

_HEADER: Final = struct.Struct("<HHI")
_DEEPEST: Final = 32
_MOST_STEPS: Final = 5_000_000  # a record is one, and so are so many bytes of text:
_STEP: Final = 64
_ENCRYPTED: Final = 0xF3D1C4DF

_SLIDE_ATOM, _SLIDE_PERSIST, _SLIDE_LIST = 1007, 1011, 4080
_OUTLINE_REFERENCE, _TEXT_HEADER, _CHARACTERS, _BYTES = 3998, 3999, 4000, 4008
_USER_EDIT, _DIRECTORY = 4085, 6002
_DRAWING, _PAGE, _GROUP, _SHAPE = 1036, 0xF002, 0xF003, 0xF004
_TEXT_BOX, _ANCHOR, _CLIENT_DATA, _PLACEHOLDER = 0xF00D, 0xF00F, 0xF011, 3011
_MORE_PROPERTIES, _TABLE = 0xF122, 0x039F
_SLIDES, _ALL_NOTES = 0, 2  # kinds of slide list

_TITLES: Final = frozenset({0, 6})  # kinds of text
_LISTS: Final = frozenset({1, 7, 8})
_NOTES_BODY: Final = 12  # kinds of placeholder
_FURNITURE: Final = frozenset({7, 8, 9, 10})  # date, number, footer, header
_SIGNS: Final = {**INVISIBLE, 0x0B: "\n"}


def read(source: Source) -> Document:
    """Return each slide's title, text and tables, and then its notes.

    Comments, masters and running heads are left out. Raises `Encrypted` when a password is needed
    and `ReadError` when the file is broken.
    """
    compound = CompoundFile(source.data)
    try:
        deck = _Deck(compound)
        assembly = Assembly()
        for slide in deck.slides():
            assembly.add_page(slide, "slide")
    except (struct.error, IndexError) as error:
        raise ReadError("is not a whole PowerPoint file; fetch or save it again") from error
    return assembly.document(property_title(compound.title()))


class _Record(NamedTuple):
    """A record: its content is ``data[start:end]``; a container's is more records."""

    kind: int
    instance: int
    start: int
    end: int


class _Text(NamedTuple):
    """A text and what kind it is of: a title, a list, any other."""

    kind: int
    text: str


class _Slide(NamedTuple):
    """Where a slide stands, its number, and those of its texts that the outline keeps."""

    place: int
    identity: int
    outline: list[_Text]


class _Deck:
    """Finds the slides in the stream, where every edit may have moved them."""

    def __init__(self, file: CompoundFile) -> None:
        user = file.stream("Current User") or b""
        self._data = file.stream("PowerPoint Document") or b""
        token, edit = struct.unpack_from("<II", user, 12)
        if token == _ENCRYPTED:
            raise Encrypted("needs a password; save a copy without one")
        self._steps = 0
        self._places: dict[int, int] = {}
        document = self._read_edits(edit)
        self._document = self._record(self._places.get(document, len(self._data)))

    def slides(self) -> Iterator[list[Block]]:
        """Yield the blocks of each slide in their order, its title first and its notes last."""
        notes = {slide.identity: slide.place for slide in self._listed(_ALL_NOTES)}
        seen: set[int] = set()
        for slide in self._listed(_SLIDES):
            if slide.place in seen:
                continue
            seen.add(slide.place)
            record = self._record(slide.place)
            blocks = sorted(self._shapes(record, slide.outline), key=lambda block: not block.level)
            for atom in self._inside(record):
                if atom.kind == _SLIDE_ATOM:
                    identity = self._number(atom.start + 16)
                    if identity in notes:
                        blocks += self._notes(self._record(notes.pop(identity)))
            yield blocks

    def _shapes(self, container: _Record, outline: list[_Text], depth: int = 0) -> Iterator[Block]:
        """Yield the blocks of the shapes in a drawing or a group."""
        for record in self._inside(container):
            if record.kind == _SHAPE:
                yield from self._shape(record, outline)
            elif record.kind == _GROUP and self._is_table(record):
                yield from self._table(record)
            elif record.kind in (_DRAWING, _PAGE, _GROUP) and depth < _DEEPEST:
                yield from self._shapes(record, outline, depth + 1)

    def _shape(self, shape: _Record, outline: list[_Text]) -> Iterator[Block]:
        if self._placeholder(shape) in _FURNITURE:
            return
        kind, text = self._shape_text(shape, outline)
        if kind in _TITLES:
            yield Block(" ".join(text.split()), level=1)
            return
        lines = [line.strip() for line in text.split("\r")]
        is_list = kind in _LISTS and sum(map(bool, lines)) > 1
        follows_item = False
        for line in lines:
            yield Block(line, tight=follows_item, prefix="- " if is_list else "")
            follows_item = is_list and (follows_item or bool(line))

    def _notes(self, container: _Record, depth: int = 0) -> Iterator[Block]:
        """Yield what was typed below the picture of the slide."""
        for record in self._inside(container):
            if record.kind == _SHAPE and self._placeholder(record) == _NOTES_BODY:
                yield from self._shape(record, [])
            elif record.kind in (_DRAWING, _PAGE, _GROUP) and depth < _DEEPEST:
                yield from self._notes(record, depth + 1)

    def _table(self, group: _Record) -> Iterator[Block]:
        """Yield a table's rows: its cells are shapes, those of a row begin at one height."""
        cells = []
        for shape in self._inside(group):
            place = next((r.start for r in self._inside(shape) if r.kind == _ANCHOR), None)
            if place is not None:
                left, top = struct.unpack_from("<ii", self._data, place)
                cells.append((top, left, self._shape_text(shape, [])[1]))
        tight = False
        for _, row in groupby(sorted(cells), key=lambda cell: cell[0]):
            texts = [text for _, _, text in row]
            if any(texts):
                yield row_block(texts, tight)
                tight = True

    def _is_table(self, group: _Record) -> bool:
        """Tell by the properties of a group's first shape, which stands for the group."""
        for shape in self._inside(group):
            for record in self._inside(shape):
                if record.kind == _MORE_PROPERTIES:
                    pairs = range(record.start, record.start + 6 * record.instance, 6)
                    return any(self._number(pair) & 0x3FFF == _TABLE for pair in pairs)
            break
        return False

    def _placeholder(self, shape: _Record) -> int:
        """Return the kind of placeholder that a shape fills, 0 when it is none."""
        for record in self._inside(shape):
            if record.kind == _CLIENT_DATA:
                for part in self._inside(record):
                    if part.kind == _PLACEHOLDER:
                        return self._data[part.start + 4]
        return 0

    def _shape_text(self, shape: _Record, outline: list[_Text]) -> _Text:
        kind, text = 0xFF, ""
        for box in self._inside(shape):
            for record in self._inside(box) if box.kind == _TEXT_BOX else ():
                if record.kind == _OUTLINE_REFERENCE:
                    number = self._number(record.start)
                    if number >= len(outline):
                        return _Text(kind, "")
                    found, outline[number] = outline[number], _Text(kind, "")  # shown once
                    return found
                if record.kind == _TEXT_HEADER:
                    kind = self._number(record.start)
                elif record.kind in (_CHARACTERS, _BYTES):
                    text = self._text(record)
        return _Text(kind, text)

    def _read_edits(self, edit: int) -> int:
        """Read where everything stands, the last edit first; return the document's number."""
        document = 0
        seen: set[int] = set()
        while edit not in seen and (edit or not seen):
            seen.add(edit)
            record = self._record(edit)
            if record.kind != _USER_EDIT:
                break
            before, directory, number = struct.unpack_from("<III", self._data, record.start + 8)
            document = document or number
            if directory not in seen:
                seen.add(directory)
                self._read_directory(self._record(directory))
            edit = before
        return document

    def _read_directory(self, record: _Record) -> None:
        position = record.start
        while record.kind == _DIRECTORY and position + 4 <= record.end:
            head = self._number(position)
            first, count = head & 0xFFFFF, head >> 20
            places = struct.unpack_from(f"<{count}I", self._data, position + 4)
            for number, place in enumerate(places, first):
                self._places.setdefault(number, place)
            position += 4 + 4 * count

    def _listed(self, kind: int) -> Iterator[_Slide]:
        """Yield what the document lists of that kind."""
        for slides in self._inside(self._document):
            if slides.kind == _SLIDE_LIST and slides.instance == kind:
                yield from self._list(slides)

    def _list(self, slides: _Record) -> list[_Slide]:
        found: list[_Slide] = []
        for record in self._inside(slides):
            if record.kind == _SLIDE_PERSIST:
                place = self._places.get(self._number(record.start), len(self._data))
                found.append(_Slide(place, self._number(record.start + 12), []))
            elif record.kind == _TEXT_HEADER and found:
                found[-1].outline.append(_Text(self._number(record.start), ""))
            elif record.kind in (_CHARACTERS, _BYTES) and found and found[-1].outline:
                last = found[-1].outline[-1]
                found[-1].outline[-1] = last._replace(text=self._text(record))
        return found

    def _count(self, steps: int) -> None:
        """Bound the work: parts that overlap could be read again and again."""
        self._steps += steps
        if self._steps > _MOST_STEPS:
            raise ReadError("points to its parts in circles; open it and save it again")

    def _number(self, offset: int) -> int:
        number: int = struct.unpack_from("<I", self._data, offset)[0]
        return number

    def _record(self, offset: int) -> _Record:
        self._count(1)
        options, kind, size = _HEADER.unpack_from(self._data, offset)
        start = offset + _HEADER.size
        return _Record(kind, options >> 4, start, min(start + size, len(self._data)))

    def _inside(self, container: _Record) -> Iterator[_Record]:
        position = container.start
        while position + _HEADER.size <= container.end:
            record = self._record(position)
            yield record._replace(end=min(record.end, container.end))
            position = record.end

    def _text(self, record: _Record) -> str:
        data = self._data[record.start : record.end]
        self._count(len(data) // _STEP)
        text = data.decode("latin-1" if record.kind == _BYTES else "utf-16-le", "replace")
        return text.translate(_SIGNS)
