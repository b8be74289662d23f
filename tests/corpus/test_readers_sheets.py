"""Spreadsheets: what a person sees in the cells, one page a sheet, one line a row."""

from __future__ import annotations

import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Encrypted, ReadError
from corpus.invariants import faults
from corpus.readers import read

HEADER = ["Name", "Start", "Met", "At", "Lasted", "Share", "Price", "Code", "Paid"]
FORMATS = {2: "dd/mm/yyyy", 3: "m/d/yy h:mm", 4: "h:mm AM/PM", 5: "[h]:mm:ss", 6: "0.0%"}
FORMATS |= {7: '"$"#,##0.00', 8: "00000"}
VALUES = [
    "Ada\nLovelace",
    datetime.date(2024, 3, 1),
    datetime.datetime(2024, 3, 1, 13, 5),
    datetime.time(9, 30),
    datetime.timedelta(hours=30, minutes=5),
    0.125,
    1234.5,
    42,
    True,
]
LINE = "Ada Lovelace | 2024-03-01 | 2024-03-01 13:05 | 09:30 | 30:05:00 | 12.5% | $1,234.50 | 00042"
TEXT = " | ".join(HEADER) + f"\n{LINE} | TRUE"


def xlsx_of(*sheets, **properties):
    """Return a workbook of ``(name, {reference: value})`` sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.title = properties.get("title")
    for name, cells in sheets:
        sheet = book.create_sheet(name)
        for reference, value in cells.items():
            sheet[reference] = value
    return saved(book)


def saved(book):
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def formatted_xlsx():
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(VALUES)
    for column, code in FORMATS.items():
        book.active.cell(2, column).number_format = code
    return saved(book)


def formatted_xls():
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet")
    for column, (name, value) in enumerate(zip(HEADER, VALUES, strict=True)):
        sheet.write(0, column, name)
        style = xlwt.XFStyle()
        style.num_format_str = FORMATS.get(column + 1, "General")
        if isinstance(value, datetime.timedelta):
            value = value / datetime.timedelta(days=1)
        sheet.write(1, column, value, style)
    return saved(book)


ODS_CELLS = """
<t:table-row><t:table-cell><x:p>Name</x:p></t:table-cell><t:table-cell><x:p>Share</x:p>
</t:table-cell><t:table-cell><x:p>Start</x:p></t:table-cell>
<t:table-cell t:number-columns-repeated="16381"/></t:table-row>
<t:table-row><t:table-cell><x:p>Ada<x:s/>Love</x:p><x:p>lace</x:p>
<o:annotation><x:p>a comment</x:p></o:annotation></t:table-cell>
<t:table-cell o:value-type="percentage" o:value="0.125"><x:p>12.5%</x:p></t:table-cell>
<t:table-cell o:value-type="date" o:date-value="2024-03-01T00:00:00"><x:p>01.03.24</x:p>
</t:table-cell></t:table-row>
<t:table-row t:number-rows-repeated="2"><t:table-cell><x:p>Bob</x:p></t:table-cell>
<t:table-cell t:number-columns-repeated="2"><x:p>x</x:p></t:table-cell></t:table-row>
<t:table-row t:number-rows-repeated="1048500"><t:table-cell t:number-columns-repeated="16384"/>
</t:table-row>
"""


def content_of(rows):
    return (
        '<o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><o:body><o:spreadsheet>'
        f'<t:table t:name="Q3">{rows}</t:table></o:spreadsheet></o:body></o:document-content>'
    )


def ods_of(rows, **parts):
    declared = "application/vnd.oasis.opendocument.spreadsheet"
    return zip_of({"mimetype": declared, "content.xml": content_of(rows), **parts})


def zip_of(parts):
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return stream.getvalue()


def raw_xlsx(sheet, shared="<sst/>"):
    """Return a workbook of one sheet with that XML, whatever it is."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = '<Relationship Id="{}" Type="' + kind + '/{}" Target="{}"/>'
    links = link.format("a", "worksheet", "sheet.xml")
    links += link.format("b", "sharedStrings", "shared.xml")
    main = link.format("m", "officeDocument", "xl/workbook.xml")
    sheets = f'<sheets><sheet name="S" r:id="a" xmlns:r="{kind}"/></sheets>'
    return zip_of(
        {
            "_rels/.rels": f"<Relationships>{main}</Relationships>",
            "xl/workbook.xml": f"<workbook>{sheets}</workbook>",
            "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
            "xl/sheet.xml": sheet,
            "xl/shared.xml": shared,
        }
    )


def rows_of(document):
    """Return each table as its lines, and how many of them are header."""
    return [
        ([document.text[row:].partition("\n")[0] for row in table.rows], table.headers)
        for table in document.tables
    ]


# What is read


@pytest.mark.parametrize(
    ("make", "name"),
    [(formatted_xlsx, "a.xlsx"), (formatted_xlsx, "a.xlsm"), (formatted_xls, "a.xls")],
)
def test_values_are_as_a_person_sees_them(make, name):
    document = read(make(), name)
    assert document.text == TEXT
    assert [page.location for page in document.pages] == ["sheet Sheet"]
    assert [(mark.start, mark.label) for mark in document.marks] == [
        (0, "row 1"),
        (TEXT.index("\n") + 1, "row 2"),
    ]
    assert rows_of(document) == [(TEXT.split("\n"), 1)]
    assert not list(faults(document))


@pytest.mark.parametrize("name", ["a.ods", "a.fods"])
def test_opendocument_cells_are_as_a_person_sees_them(name):
    data = ods_of(ODS_CELLS) if name == "a.ods" else content_of(ODS_CELLS).encode()
    document = read(data, name)
    assert document.text == (
        "Name | Share | Start\nAda Love lace | 12.5% | 2024-03-01\nBob | x | x\nBob | x | x"
    )
    assert [page.location for page in document.pages] == ["sheet Q3"]
    assert [mark.label for mark in document.marks] == ["row 1", "row 2", "row 3", "row 4"]
    assert [table.headers for table in document.tables] == [1]


def test_sheets_are_pages_in_the_order_of_their_tabs():
    book = openpyxl.Workbook()
    book.active.title = "Zeta & co"
    book.active["B2"] = "first"
    book.create_sheet("Empty")
    book.create_chartsheet("Chart")
    hidden = book.create_sheet("Alpha")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "last"
    document = read(saved(book), "a.xlsx")
    assert [(p.number, p.kind, p.label) for p in document.pages] == [
        (1, "sheet", "Zeta & co"),
        (2, "sheet", "Empty"),
        (3, "sheet", "Chart"),
        (4, "sheet", "Alpha"),
    ]
    assert [document.text[p.start : p.end] for p in document.pages] == ["first", "", "", "last"]
    assert not list(faults(document))


def test_a_workbook_without_any_text_keeps_its_sheets():
    document = read(xlsx_of(("One", {}), ("Two", {})), "a.xlsx")
    assert (document.text, [page.label for page in document.pages]) == ("", ["One", "Two"])


def test_the_title_among_the_properties_is_the_title():
    sheet = ("S", {"A1": "x"})
    assert read(xlsx_of(sheet, title="Annual Budget"), "a.xlsx").title == "Annual Budget"
    assert read(xlsx_of(sheet, title="Book1"), "a.xlsx").title == ""
    meta = "<m><meta><title>Annual Budget</title></meta></m>"
    assert read(ods_of(ODS_CELLS, **{"meta.xml": meta}), "a.ods").title == "Annual Budget"


def test_a_formula_is_its_stored_value_and_counted_when_it_has_none():
    cells = "<c t='str'><f>A&amp;B</f><v>both</v></c><c><f>1+1</f><v>2</v></c><c><f>2+2</f></c>"
    document = read(raw_xlsx(f"<w><row>{cells}</row></w>"), "a.xlsx")
    assert document.text == "both | 2"
    assert document.note.startswith("formulas without a stored value left out: 1;")


def test_strings_are_joined_from_their_runs_without_readings_and_escapes():
    shared = "<sst><si><r><t>To</t></r><r><t>kyo_x000D_!</t></r><rPh><t>TOKYO</t></rPh></si></sst>"
    sheet = "<w><row><c t='s'><v>0</v></c><c t='s'><v>7</v></c><c t='e'><v>#N/A</v></c></row></w>"
    assert read(raw_xlsx(sheet, shared), "a.xlsx").text == "Tokyo ! | #N/A"


def test_cells_without_names_and_rows_out_of_order_find_their_places():
    rows = "<row r='2'><c><v>3</v></c><c r='C2'><v>4</v></c></row><row r='1'><c><v>1</v></c></row>"
    document = read(raw_xlsx(f"<w>{rows}</w>"), "a.xlsx")
    assert (document.text, [m.label for m in document.marks]) == ("1\n3 | 4", ["row 1", "row 2"])


def test_columns_without_content_leave_no_trace_and_gaps_keep_theirs():
    cells = {"C3": "Name", "E3": "City", "G3": "Age", "C4": "Ada", "G4": 36, "E5": "Rome", "G5": 7}
    assert read(xlsx_of(("S", cells)), "a.xlsx").text == (
        "Name | City | Age\nAda |  | 36\n| Rome | 7"
    )


def test_one_cell_in_the_last_corner_gives_one_line():
    document = read(xlsx_of(("S", {"A1": "near", "XFD1048576": "far"})), "a.xlsx")
    assert document.text == "near\n\nfar"
    assert [mark.label for mark in document.marks] == ["row 1", "row 1048576"]


def test_a_region_of_scattered_cells_is_written_without_its_gaps():
    cells = {openpyxl.utils.get_column_letter(n) + str(n): f"c{n}" for n in range(1, 500)}
    document = read(xlsx_of(("S", cells)), "a.xlsx")
    assert document.text.split("\n") == [f"c{n}" for n in range(1, 500)]


# Tables


def sheet_rows(*rows):
    cells = {
        f"{openpyxl.utils.get_column_letter(column)}{number}": value
        for number, row in enumerate(rows, 1)
        for column, value in enumerate(row, 1)
        if value is not None
    }
    return read(xlsx_of(("S", cells)), "a.xlsx")


@pytest.mark.parametrize(
    ("rows", "headers"),
    [
        ([["Name", "Age"], ["Ada", 36]], 1),
        ([["Name", "City"], ["Ada", "London"]], 1),
        ([["Ages of people", None], ["Name", "Age"], ["Ada", 36]], 2),
        ([["People", "Age", None], [None, "from", "to"], ["Ada", 3, 6]], 2),
        ([["Country", 2021, 2022], ["Kenya", 5, 6]], 1),
        ([[None, "2021/22", "2022/23"], ["Kenya", 5, 6]], 1),
        ([["Ada", 36], ["Bob", 40]], 0),
        ([[1, "a"], [2, "b"]], 0),
        ([["Totals"], [3], [4]], 1),
        ([["One line"], ["Another line"]], 0),
        ([["Name", "Age"]], 0),
    ],
)
def test_header_rows_are_told_from_what_is_below_them(rows, headers):
    ((_, found),) = rows_of(sheet_rows(*rows))
    assert found == headers


def test_a_blank_row_does_not_part_rows_from_their_header():
    rows = [
        ["Name", "Age"],
        ["Ada", 36],
        [None],
        ["Bob", 40],
        [None],
        ["Town", "Size"],
        ["Rome", 3],
    ]
    assert rows_of(sheet_rows(*rows)) == [
        (["Name | Age", "Ada | 36", "Bob | 40"], 1),
        (["Town | Size", "Rome | 3"], 1),
    ]


# Hostile files


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (raw_xlsx("<w><row>"), "broken XML"),
        (raw_xlsx("<!DOCTYPE a [<!ENTITY b 'x'>]><w/>"), "document type"),
        (raw_xlsx("<w>" * 300 + "</w>" * 300), "deep"),
        (formatted_xlsx()[:2000], "not a whole"),
    ],
)
def test_broken_and_hostile_workbooks_are_refused(data, reason):
    with pytest.raises(ReadError, match=reason) as raised:
        read(data, "a.xlsx")
    assert "\n" not in str(raised.value)


def test_a_string_shown_in_very_many_cells_is_too_much():
    row = "<row>" + "<c t='s'><v>0</v></c>" * 100 + "</row>"
    shared = f"<sst><si><t>{'long ' * 20_000}</t></si></sst>"
    with pytest.raises(ReadError, match="split it"):
        read(raw_xlsx(f"<w>{row * 10}</w>", shared), "a.xlsx")


def test_a_cell_that_fills_all_of_a_sheet_is_too_much():
    row = "<t:table-row t:number-rows-repeated='1048576'>{}</t:table-row>"
    cell = "<t:table-cell t:number-columns-repeated='16384'><x:p>x</x:p></t:table-cell>"
    with pytest.raises(ReadError, match="split it"):
        read(ods_of(row.format(cell)), "a.ods")


def test_locked_spreadsheets_are_told():
    manifest = {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}
    with pytest.raises(Encrypted):
        read(ods_of(ODS_CELLS, **manifest), "a.ods")


@pytest.mark.parametrize("size", [600, 2_000, 4_000])
def test_an_old_workbook_cut_short_is_refused(size):
    with pytest.raises(ReadError, match="not a whole"):
        read(formatted_xls()[:size], "a.xls")


cells = st.dictionaries(
    st.tuples(st.integers(1, 12), st.integers(1, 6)),
    st.one_of(
        st.integers(-(10**6), 10**6),
        st.booleans(),
        st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=12),
    ),
    max_size=30,
)


@settings(deadline=None, max_examples=40)
@given(st.lists(cells, min_size=1, max_size=3))
def test_every_filled_cell_is_in_its_row(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, filled in enumerate(sheets):
        sheet = book.create_sheet(f"S{number}")
        for (row, column), value in filled.items():
            cell = sheet.cell(row, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # also what looks like a formula
    document = read(saved(book), "a.xlsx")
    assert not list(faults(document))
    assert len(document.pages) == len(sheets)
    for page, filled in zip(document.pages, sheets, strict=True):
        lines = {
            document.mark_at(mark.start): document.text[mark.start :].partition("\n")[0]
            for mark in document.marks
            if page.start <= mark.start < page.end
        }
        for (row, _), value in filled.items():
            shown = " ".join(str(value).split())
            shown = shown.upper() if isinstance(value, bool) else shown
            assert not shown or shown in lines[f"row {row}"]
