"""Word documents, on packages zipped by hand."""

import io
import zipfile

import pytest

from corpus.errors import ReadError
from corpus.readers import read

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
STYLES = """
<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
<w:style w:styleId="Mine"><w:name w:val="My own"/><w:basedOn w:val="berschrift2"/></w:style>
<w:style w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Loop"/></w:style>
<w:style w:styleId="Bullet"><w:name w:val="List Bullet"/></w:style>
"""


def docx(body, **parts):
    """Zip a package around the body's XML; other parts by path, `__` for `/`."""
    files = {
        "_rels/.rels": (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Type="x/officeDocument" Target="/word/document.xml"/></Relationships>'
        ),
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {W}>{STYLES}</w:styles>",
    }
    files |= {f"{name.replace('__', '/')}.xml": xml for name, xml in parts.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, xml in files.items():
            package.writestr(name, xml)
    return packed.getvalue()


def p(text, style="", inside="", run=""):
    style = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{style}{inside}</w:pPr><w:r>{run}<w:t>{text}</w:t></w:r></w:p>"


def item(text, depth=0, number=1):
    mark = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
    return p(text, inside=mark)


def table(*rows):
    return "<w:tbl>{}</w:tbl>".format(
        "".join(
            "<w:tr>{}</w:tr>".format("".join(f"<w:tc>{cell}</w:tc>" for cell in row))
            for row in rows
        )
    )


def text_of(body, **parts):
    return read(docx(body, **parts), "a.docx").text


def test_headings_paragraphs_lists_and_tables():
    body = (
        p("Report", "Titel")
        + p("Results", "berschrift1")
        + p("It went well.")
        + item("one")
        + item("deep", depth=1)
        + p("two", "Bullet")
        + p("Details", "Mine")
        + table([p("Year"), p("Sales", run="<w:rPr><w:b/></w:rPr>")], [p("2024"), p("5 *")])
        + p("Done.")
    )
    document = read(docx(body), "a.docx")
    assert document.text == (
        "Report\n\nResults\n\nIt went well.\n\n- one\n  - deep\n- two\n\nDetails\n\n"
        "Year | Sales\n2024 | 5 *\n\nDone."
    )
    assert [(h.level, h.title) for h in document.headings] == [
        (1, "Report"),
        (1, "Results"),
        (2, "Details"),
    ]
    for heading in document.headings:
        assert document.text[heading.start : heading.end] == heading.title
    (rows,) = document.tables
    assert document.text[rows.start : rows.end] == "Year | Sales\n2024 | 5 *"
    assert document.text[rows.rows[1] :].startswith("2024")
    assert rows.headers == 1
    assert document.title == "Report"
    assert document.pages == ()
    assert document.encoding is None


def test_deleted_and_hidden_text_is_left_out_and_inserted_text_kept():
    body = (
        "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t> shown</w:t></w:r>'
        "<w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
    )
    assert text_of(body) == "new shown"


def test_signs_become_characters():
    run = "<w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d\u00ade</w:t>"
    assert text_of(f"<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r>{run}</w:r></w:p>") == (
        "a\tb\nc-de"
    )


def test_content_controls_and_text_boxes_are_read_once():
    control = (
        f"<w:sdt><w:sdtPr><w:t>no</w:t></w:sdtPr><w:sdtContent>{p('in')}</w:sdtContent></w:sdt>"
    )
    box = f"<w:txbxContent>{p('boxed')}</w:txbxContent>"
    drawing = f"<w:Choice>{box}</w:Choice><w:Fallback>{box}</w:Fallback>"
    around = f"<w:p><w:r><w:t>by</w:t>{drawing}</w:r></w:p>"
    assert text_of(control + around) == "in\n\nby\n\nboxed"


def test_a_footnote_stands_after_its_paragraph():
    body = '<w:p><w:r><w:t>Claim</w:t><w:footnoteReference w:id="2"/></w:r></w:p>' + p("Next.")
    notes = f'<w:footnotes {W}><w:footnote w:id="2">{p("Source.")}</w:footnote></w:footnotes>'
    assert text_of(body, word__footnotes=notes) == "Claim\n\nSource.\n\nNext."


def test_nested_and_layout_tables():
    nested = table([p("a") + table([p("b"), p("c")])], [p("d"), p("")])
    assert text_of(nested) == "a\n\nb | c\n\nd |"
    assert text_of(table([p("Head", "berschrift1") + p("Text")])) == "Head\n\nText"


def test_levels_given_to_a_paragraph_win_over_its_style():
    level = '<w:outlineLvl w:val="2"/>'
    body = p("Own", inside=level) + p("Not", "berschrift1", '<w:outlineLvl w:val="9"/>')
    assert [(h.level, h.title) for h in read(docx(body), "a.docx").headings] == [(3, "Own")]
    assert text_of(p("x", "Loop") + item("plain", number=0)) == "x\n\nplain"


def core(title):
    return f'<p xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></p>'


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Annual report", "Annual report"), ("Microsoft Word - x.doc", "Heading"), ("", "Heading")],
)
def test_the_title_is_the_property_else_a_heading(title, expected):
    data = docx(p("Heading", "berschrift1") + p("x"), docProps__core=core(title))
    assert read(data, "a.docx").title == expected


def test_a_package_is_recognised_without_its_suffix():
    assert read(docx(p("Text.")), "download").text == "Text."


WHOLE = docx(p("Text.") * 50)
BOMB = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><x>&b;</x>"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not a package", "not a whole Word file"),
        (WHOLE[: len(WHOLE) // 2], "not a whole Word file"),
        (docx("<w:p>"), "broken XML"),
        (docx(p("x"), word__styles=BOMB), "entities that unfold"),
        (docx("<w:tbl><w:tr><w:tc>" * 2000 + "</w:tc></w:tr></w:tbl>" * 2000), "256 deep"),
    ],
)
def test_broken_packages_are_one_line(data, reason, capfd):
    with pytest.raises(ReadError, match=reason) as raised:
        read(data, "a.docx")
    assert "\n" not in str(raised.value)
    assert capfd.readouterr() == ("", "")


def test_a_package_of_something_else_is_no_word_file():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("hello.txt", "hello")
    with pytest.raises(ReadError, match="no Word document"):
        read(packed.getvalue(), "a.docx")
