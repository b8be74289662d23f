"""Write the sample documents that are not plain text: two DOCX files and one PDF.

The words are kept in small text files in ``sample_sources``, beside this script. Two runs with
the same library versions write the same bytes. Needs ``python-docx`` and ``reportlab``::

    python tests/tools/make_samples.py [--out FOLDER]
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from docx import Document
from docx.document import Document as DocxDocument
from docx.shared import Pt
from reportlab.lib import colors
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle, StyleSheet1
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    ListFlowable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sample_sources"
OUT = HERE.parents[1] / "corpus" / "samples" / "documents"
AUTHOR = "document-qa samples"
STAMP = datetime(2024, 1, 1)
ZIP_STAMP = (2024, 1, 1, 0, 0, 0)

Kind = Literal["title", "subtitle", "heading", "paragraph", "bullets", "table"]
PREFIXES: tuple[tuple[str, Kind], ...] = (
    ("# ", "title"),
    ("> ", "subtitle"),
    ("## ", "heading"),
    ("- ", "bullets"),
    ("|", "table"),
)


@dataclass(frozen=True)
class Block:
    """One piece of a document: its kind, and its rows of cells (one cell for plain text)."""

    kind: Kind
    rows: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """The first cell, which is all there is in a block of plain text."""
        return self.rows[0][0]


def line_kind(line: str) -> tuple[Kind, str]:
    """Return the kind of a source line and the line without its mark."""
    for prefix, kind in PREFIXES:
        if line.startswith(prefix):
            return kind, line.removeprefix(prefix)
    return "paragraph", line


def line_cells(kind: Kind, text: str) -> tuple[str, ...]:
    """Return the cells of a source line whose mark was taken off."""
    if kind == "table":
        return tuple(cell.strip() for cell in text.strip().strip("|").split("|"))
    return (text.strip(),)


def parse(source: str) -> list[Block]:
    """Split a source text into blocks; neighbouring bullets or table rows become one block."""
    blocks: list[Block] = []
    joinable = False
    for line in source.splitlines():
        if not line.strip():
            joinable = False
            continue
        kind, rest = line_kind(line)
        cells = line_cells(kind, rest)
        if joinable and kind in ("bullets", "table") and blocks[-1].kind == kind:
            blocks[-1] = Block(kind, (*blocks[-1].rows, cells))
        else:
            blocks.append(Block(kind, (cells,)))
        joinable = True
    return blocks


def title_of(blocks: list[Block]) -> str:
    """Return the title of a document."""
    return next(block.text for block in blocks if block.kind == "title")


# --- DOCX ---------------------------------------------------------------------------------------


def set_properties(document: DocxDocument, title: str) -> None:
    """Fill in the core properties, with dates that never change."""
    properties = document.core_properties
    properties.title = title
    properties.author = properties.last_modified_by = AUTHOR
    properties.created = properties.modified = STAMP
    properties.comments = ""
    properties.revision = 1


def add_docx_table(document: DocxDocument, rows: tuple[tuple[str, ...], ...]) -> None:
    """Add a table whose first row is a header in bold."""
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for row_number, row in enumerate(rows):
        for column_number, text in enumerate(row):
            paragraph = table.cell(row_number, column_number).paragraphs[0]
            paragraph.add_run(text).bold = row_number == 0
    document.add_paragraph()


def add_docx_block(document: DocxDocument, block: Block) -> None:
    """Add one block to a DOCX document."""
    match block.kind:
        case "title":
            document.add_heading(block.text, level=0)
        case "subtitle":
            document.add_paragraph(block.text, style="Subtitle")
        case "heading":
            document.add_heading(block.text, level=1)
        case "bullets":
            for (item,) in block.rows:
                document.add_paragraph(item, style="List Bullet")
        case "table":
            add_docx_table(document, block.rows)
        case "paragraph":
            document.add_paragraph(block.text)


def normalised_zip(data: bytes) -> bytes:
    """Pack a zip archive again, with sorted names and one fixed date."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        # The list of content types comes first, as Office programs write it.
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, ZIP_STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            new.writestr(entry, old.read(name))
    return packed.getvalue()


def make_docx(blocks: list[Block]) -> bytes:
    """Return the bytes of a DOCX file with these blocks."""
    document = Document()
    document.styles["Normal"].font.size = Pt(11)
    set_properties(document, title_of(blocks))
    for block in blocks:
        add_docx_block(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return normalised_zip(buffer.getvalue())


# --- PDF ----------------------------------------------------------------------------------------


def pdf_styles() -> StyleSheet1:
    """Return the paragraph styles of the PDF."""
    styles = StyleSheet1()
    serif, bold = "Times-Roman", "Helvetica-Bold"
    dark = colors.HexColor("#1f3a5f")
    own = (
        ParagraphStyle("text", fontName=serif, fontSize=10.5, leading=14, spaceAfter=6),
        ParagraphStyle("cell", fontName="Helvetica", fontSize=8.5, leading=11),
        ParagraphStyle("head", fontName=bold, fontSize=8.5, leading=11, textColor=colors.white),
        ParagraphStyle("title", fontName=bold, fontSize=16, leading=21, textColor=dark),
        ParagraphStyle("subtitle", fontName="Times-Italic", fontSize=12, leading=16),
        ParagraphStyle("heading", fontName=bold, fontSize=13, leading=17, textColor=dark),
    )
    for style in own:
        styles.add(style)
    styles["text"].allowWidows = styles["text"].allowOrphans = 0
    styles["title"].spaceAfter = 4
    styles["subtitle"].spaceAfter = 14
    styles["heading"].spaceBefore = 9
    styles["heading"].spaceAfter = 5
    styles["heading"].keepWithNext = 1
    return styles


def column_widths(rows: tuple[tuple[str, ...], ...], width: float) -> list[float]:
    """Share a width out among columns by the length of their longest cells."""
    lengths = [max(len(cell) for cell in column) + 4 for column in zip(*rows, strict=True)]
    return [width * length / sum(lengths) for length in lengths]


def pdf_table(rows: tuple[tuple[str, ...], ...], styles: StyleSheet1, width: float) -> Table:
    """Return a table with a dark header row and thin lines."""
    cells = [
        [Paragraph(escape(text), styles["cell" if number else "head"]) for text in row]
        for number, row in enumerate(rows)
    ]
    table = Table(cells, colWidths=column_widths(rows, width), repeatRows=1)
    look = TableStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#1f3a5f")),
            ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#9aa7b5")),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ]
    )
    table.setStyle(look)
    return table


def pdf_bullets(rows: tuple[tuple[str, ...], ...], styles: StyleSheet1) -> ListFlowable:
    """Return a list with a dot before each item."""
    items = [Paragraph(escape(item), styles["text"]) for (item,) in rows]
    return ListFlowable(items, bulletType="bullet", start="•", leftIndent=12)


def pdf_flowables(blocks: list[Block], width: float) -> Iterator[Flowable]:
    """Yield what the PDF is built of, in order."""
    styles = pdf_styles()
    for block in blocks:
        match block.kind:
            case "table":
                yield pdf_table(block.rows, styles, width)
                yield Spacer(1, 8)
            case "bullets":
                yield pdf_bullets(block.rows, styles)
            case "paragraph":
                yield Paragraph(escape(block.text), styles["text"])
            case kind:
                yield Paragraph(escape(block.text), styles[kind])


def draw_footer(title: str, canvas: Canvas, template: SimpleDocTemplate) -> None:
    """Draw a line, the title and the page number at the foot of a page."""
    left, right = template.leftMargin + 6, A5[0] - template.rightMargin - 6
    canvas.saveState()
    canvas.setStrokeColor(colors.HexColor("#9aa7b5"))
    canvas.line(left, 14 * mm, right, 14 * mm)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(left, 10 * mm, title)
    canvas.drawRightString(right, 10 * mm, f"Page {canvas.getPageNumber()}")
    canvas.restoreState()


def make_pdf(blocks: list[Block]) -> bytes:
    """Return the bytes of a PDF file with these blocks."""
    buffer = io.BytesIO()
    title = title_of(blocks)
    template = SimpleDocTemplate(
        buffer,
        pagesize=A5,
        leftMargin=16 * mm,
        rightMargin=16 * mm,
        topMargin=14 * mm,
        bottomMargin=17 * mm,
        title=title,
        author=AUTHOR,
        invariant=1,
        lang="en",
    )
    footer = partial(draw_footer, title)
    # The frame keeps a margin of 6 points inside the page margin, on both sides.
    flowables = list(pdf_flowables(blocks, template.width - 12))
    template.build(flowables, onFirstPage=footer, onLaterPages=footer)
    return buffer.getvalue()


# --- The files ----------------------------------------------------------------------------------

MAKERS: dict[str, Callable[[list[Block]], bytes]] = {
    "africa-kazakhstan-partnership.docx": make_docx,
    "g-global-initiatives.docx": make_docx,
    "un-office-at-geneva.pdf": make_pdf,
}


def make(name: str) -> bytes:
    """Return the bytes of one sample document, named as in ``MAKERS``."""
    source = SOURCES / Path(name).with_suffix(".txt").name
    return MAKERS[name](parse(source.read_text(encoding="utf-8")))


def main() -> None:
    """Write every sample document into the folder asked for."""
    parser = argparse.ArgumentParser(description="Write the DOCX and PDF sample documents.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write into")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name in MAKERS:
        (folder / name).write_bytes(make(name))
        print(folder / name)


if __name__ == "__main__":
    main()
