"""HTML: readable blocks, without navigation and other furniture.

The standard library's parser is a flat stream of tags, which is all that blocks need: its time and
depth stay linear in hostile input, where a tree's do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from corpus.readers.assembly import INVISIBLE, Block, assemble, indent, joins_next_row, row_blocks
from corpus.readers.decoding import declared_encoding, decode, decode_marked
from corpus.readers.source import Source
from corpus.types import Document

_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_BLOCKS: Final = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form header hgroup hr html legend li main menu nav ol optgroup "
    "option p pre search section summary ul".split()
)
_TABLE_PARTS: Final = frozenset({"table", "thead", "tbody", "tfoot", "tr", "td", "th"})
_LISTS: Final = frozenset({"ul", "ol", "menu", "dir"})
_SILENT: Final = frozenset(
    "annotation annotation-xml audio button canvas datalist iframe noframes noscript object rp "
    "script select style svg template textarea video".split()
)
_FURNITURE: Final = frozenset({"nav", "footer", "aside"})
_FURNITURE_ROLES: Final = frozenset({"navigation", "contentinfo", "complementary", "search"})
_OWN_PARTS: Final = frozenset({"article", "main"})  # whose footers and asides are content
_CLUTTER: Final = frozenset({"mw-editsection", "headerlink"})  # "[edit]" and "¶" beside headings
_VOID: Final = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)
_END_OPTIONAL: Final = frozenset({"p", "li", "dd", "dt", "td", "th", "tr", "option"})

_BREAK: Final = "\x0b"  # stands for <br> until white space is folded
_SPACES: Final = re.compile(r"[^\S\x0b]+")
_BREAKS: Final = re.compile(r" ?\x0b(?: ?\x0b)* ?")
_HIDDEN_STYLE: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_DECLARED: Final = re.compile(
    rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,200}?encoding=[\"']([\w.:-]+)",
    re.I,
)
_MARKED_SECTION: Final = re.compile(r"<!\[(?!CDATA\[)")
_LONGEST_HEADING: Final = 300
_DEEPEST_TABLE: Final = 8


def read(source: Source) -> Document:
    """Return the page's readable text: blocks apart by blank lines, list items, table rows."""
    markup, encoding = decode_markup(source.data)
    blocks, title = parse(markup)
    return assemble(blocks, title, encoding)


def parse(markup: str) -> tuple[list[Block], str]:
    """Return the page's blocks and the title that it declares."""
    blocks = _blocks(page := _Page(), markup)
    if not blocks:  # all of it is hidden or navigation, or a tag of those was never closed
        blocks = _blocks(page := _Page(everything=True), markup)
    return blocks, " ".join("".join(page.title).split()).translate(INVISIBLE)


def decode_markup(data: bytes) -> tuple[str, str]:
    """Decode by byte order mark, then by declaration, then by content."""
    if (marked := decode_marked(data)) is not None:
        return marked
    match = _DECLARED.search(data[:4096])
    encoding = declared_encoding((match[1] or match[2]).decode("ascii", "replace")) if match else ""
    if encoding and encoding != "utf-8":
        return data.decode(encoding, "replace"), encoding
    return decode(data)


def _blocks(page: _Page, markup: str) -> list[Block]:
    markup = markup.replace("\r\n", "\n").replace("\r", "\n")
    # Word writes sections such as `<![if]>`; on some of them the standard parser raises.
    page.feed(_MARKED_SECTION.sub("<!x[", markup))
    page.feed(" ")  # releases text held back; a tag cut off by the file's end is dropped
    return page.finish()


def _folded(text: str) -> str:
    """Fold white space as a browser does; line breaks that were asked for stay, at most two."""
    lines = _BREAKS.sub(lambda found: "\n" * min(found[0].count(_BREAK), 2), _SPACES.sub(" ", text))
    return lines.translate(INVISIBLE).strip()


def _preformatted(text: str) -> str:
    return text.replace(_BREAK, "\n").translate(INVISIBLE).strip("\n").rstrip()


@dataclass(slots=True)
class _Table:
    """A table being read: its rows go to ``outer``, ``cells`` is the row at hand."""

    outer: list[Block]
    cells: list[list[Block]] = field(default_factory=list)
    tight: bool = False  # the last thing written is a row
    nested: bool = False

    def end_row(self) -> None:
        """Write the row at hand to where the table stands."""
        written = row_blocks(self.cells, self.nested, self.tight)
        self.outer += written
        self.tight = joins_next_row(written, self.tight)
        self.cells, self.nested = [], False


class _Page(HTMLParser):
    """Collects blocks from the stream of tags; ``everything`` keeps hidden parts and furniture."""

    def __init__(self, everything: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self._everything = everything
        self._blocks: list[Block] = []
        self._inline: list[str] = []
        self._in_title = False
        self._left_out = ""  # the tag that is being left out, with everything inside it
        self._left_out_depth = 0
        self._level = 0
        self._preformatted = False
        self._own_parts = 0
        self._main = slice(0, 0)  # the blocks of <main>
        self._lists = 0
        self._in_list = False  # an item of the outermost list was written
        self._bullet = False
        self._tight = False
        self._tables: list[_Table] = []
        self._too_deep = 0  # tables open inside the deepest that is read as a table

    def finish(self) -> list[Block]:
        """Close what is still open and return the page's blocks."""
        self._flush()
        while self._tables:
            self._end_table()
        main = self._blocks[self._main]
        size = sum(len(block.text) for block in self._blocks)
        # The rest of such a page is menus; where it is longer, <main> was put to other use.
        return main if 2 * sum(len(block.text) for block in main) > size else self._blocks

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self._left_out:
            return
        (self.title if self._in_title else self._inline).append(data.replace(_BREAK, " "))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        if self._left_out and not self._reopens(tag):
            return
        if tag == "br":
            self._inline.append(" " if self._level else _BREAK)
        elif tag == "title":
            self._in_title = not self.title
        elif tag in _VOID:
            self._boundary(tag)
        elif self._is_left_out(tag, attrs):
            self._boundary(tag)
            self._left_out, self._left_out_depth = tag, 1
        else:
            self._open(tag)

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if self._left_out:
            self._left_out_depth -= tag == self._left_out
            if not self._left_out_depth:
                self._left_out = ""
        elif tag == "title":
            self._in_title = False
        else:
            self._close(tag)

    def _reopens(self, tag: str) -> bool:
        """Tell whether a start tag ends the element being left out, as a second `<p>` does."""
        if tag != self._left_out:
            return False
        if tag in _END_OPTIONAL:
            self._left_out = ""
            return True
        self._left_out_depth += 1
        return False

    def _is_left_out(self, tag: str, attrs: list[tuple[str, str | None]]) -> bool:
        if tag in _SILENT:
            return True
        if self._everything or tag in ("html", "body"):
            return False
        if tag in _FURNITURE and not (self._own_parts and tag != "nav"):
            return True
        return bool(attrs) and _is_hidden(tag, {name: value or "" for name, value in attrs})

    def _open(self, tag: str) -> None:
        self._boundary(tag)
        if tag in _HEADINGS:
            self._flush()
            self._level = _HEADINGS[tag]
        elif tag == "pre":
            self._preformatted = True
        elif tag in _OWN_PARTS:
            self._own_parts += 1
            if tag == "main" and not self._tables and self._main == slice(0, 0):
                self._main = slice(len(self._blocks), None)
        elif tag in _LISTS:
            self._in_list = self._in_list and self._lists > 0
            self._lists += 1
        elif tag == "li":
            self._bullet = True
        elif tag == "dd":
            self._tight = True
        elif tag == "table":
            self._open_table()
        elif self._tables and not self._too_deep:
            self._open_in_table(tag)

    def _close(self, tag: str) -> None:
        self._boundary(tag)
        if tag in _HEADINGS:
            self._flush()
            self._level = 0
        elif tag == "pre":
            self._preformatted = False
        elif tag in _OWN_PARTS:
            self._own_parts = max(self._own_parts - 1, 0)
            if tag == "main" and not self._tables and self._main.stop is None:
                self._main = slice(self._main.start, len(self._blocks))
        elif tag in _LISTS:
            self._lists = max(self._lists - 1, 0)
            self._bullet = False
        elif tag == "table" and self._too_deep:
            self._too_deep -= 1
        elif tag == "table" and self._tables:
            self._end_table()
        elif tag == "tr" and self._tables and not self._too_deep:
            self._end_row()

    def _open_table(self) -> None:
        if len(self._tables) == _DEEPEST_TABLE:
            self._too_deep += 1
            return
        if self._tables:
            self._tables[-1].nested = True
        self._tables.append(_Table(self._blocks))

    def _open_in_table(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._level = 0
            self._blocks = []
            self._tables[-1].cells.append(self._blocks)
        elif tag in ("tr", "thead", "tbody", "tfoot"):
            self._end_row()

    def _end_row(self) -> None:
        self._tables[-1].end_row()
        self._blocks = self._tables[-1].outer

    def _end_table(self) -> None:
        self._end_row()
        self._tables.pop()

    def _boundary(self, tag: str) -> None:
        """End the text at hand where the tag is one that starts or ends a block."""
        if tag in _TABLE_PARTS or (tag in _BLOCKS and not self._level):
            self._flush()
            self._in_title = False
        elif tag in _BLOCKS:
            self._inline.append(" ")

    def _flush(self) -> None:
        raw = "".join(self._inline)
        self._inline.clear()
        text = _preformatted(raw) if self._preformatted else _folded(raw)
        if text:
            self._blocks.append(self._block(text))

    def _block(self, text: str) -> Block:
        level = self._level if len(text) <= _LONGEST_HEADING else 0
        tight = self._tight or (self._lists > 0 and self._in_list)
        prefix = ""
        if self._lists:
            prefix = indent(self._lists) + ("- " if self._bullet else "  ")
            self._in_list = True
        self._bullet = self._tight = False
        return Block(text, level, tight and not level, prefix)


def _is_hidden(tag: str, attributes: dict[str, str]) -> bool:
    """Tell whether an element is not shown, or is furniture by its role or class."""
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") in _FURNITURE_ROLES
        or (tag == "dialog" and "open" not in attributes)
        or not _CLUTTER.isdisjoint(attributes.get("class", "").split())
        or _HIDDEN_STYLE.search(attributes.get("style", "")) is not None
    )
