"""The words of Rich Text Format: where text goes, what stands for a sign, what formats it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

SILENT: Final = frozenset(
    "annotation atnauthor atnid atnref atrfend atrfstart bkmkend bkmkstart colorschememapping "
    "colortbl comment datafield datastore filetbl fldinst footer footerf footerl footerr ftncn "
    "ftnsep ftnsepc aftncn aftnsep aftnsepc generator header headerf headerl headerr latentstyles "
    "listoverridetable listtable nonshppict objdata operator panose pict private revtbl rsidtbl "
    "shprslt sn sp sv tc template themedata userprops wgrffmtfilter xe xmlnstbl".split()
)
SIGNS: Final = {
    "tab": "\t",
    "line": "\n",
    "page": "\n",
    "emdash": "\u2014",
    "endash": "\u2013",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "bullet": "\u2022",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "nestcell": "\t",
    "nestrow": "\n",
    "~": "\u00a0",
    "_": "-",
    "\\": "\\",
    "{": "{",
    "}": "}",
    "\t": "\t",
}
CODE_PAGES: Final = {  # by the number of a font's character set
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
DESTINATIONS: Final = {
    "fonttbl": "fonts",
    "stylesheet": "styles",
    "info": "properties",
    "title": "title",
    "footnote": "note",
    "listtext": "item mark",
    "pntext": "item mark",
}
SHOWN: Final = frozenset({"shpinst", "shptxt", *DESTINATIONS})
"""What is read also where it is marked as something to skip for who does not know it."""


@dataclass(slots=True)
class Paragraph:
    """What is known of the paragraph at hand."""

    style: int = 0
    level: int = 0  # of its outline, from 1
    depth: int = 0  # of its list, from 1
    in_table: bool = False
    text: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _reset(paragraph: Paragraph, _: int) -> None:
    paragraph.style = paragraph.level = paragraph.depth = 0
    paragraph.in_table = False


def _into_table(paragraph: Paragraph, _: int) -> None:
    paragraph.in_table = True


def _set_style(paragraph: Paragraph, number: int) -> None:
    paragraph.style = number


def _set_level(paragraph: Paragraph, number: int) -> None:
    paragraph.level = number + 1 if 0 <= number < 9 else 0


def _set_list(paragraph: Paragraph, number: int) -> None:
    paragraph.depth = max(paragraph.depth, 1) if number else 0


def _set_depth(paragraph: Paragraph, number: int) -> None:
    paragraph.depth = max(number, 0) + 1


FORMATS: Final[dict[str, Callable[[Paragraph, int], None]]] = {
    "pard": _reset,
    "intbl": _into_table,
    "s": _set_style,
    "outlinelevel": _set_level,
    "ls": _set_list,
    "ilvl": _set_depth,
}
