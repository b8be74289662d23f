"""OpenDocument texts and presentations, packed by hand."""

import pytest

from corpus.errors import Encrypted, ReadError
from corpus.readers import read
from tests.corpus.packages import zipped

NAMES = " ".join(
    f'xmlns:{name}="urn:{name}"'
    for name in "office text table draw style presentation meta dc manifest svg".split()
)
STYLES = (
    '<office:automatic-styles><style:style style:name="P1" style:parent-style-name="Title"/>'
    '<style:style style:name="P2" style:parent-style-name="Heading_20_2"/>'
    '<style:style style:name="P3" style:parent-style-name="P3"/></office:automatic-styles>'
)


def content(body, kind="text"):
    return (
        f"<office:document-content {NAMES}>{STYLES}"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )


def odf(body, kind="text", **parts):
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": content(body, kind),
            **{f"{name.replace('__', '/')}.xml": xml for name, xml in parts.items()},
        }
    )


def p(text, style="Standard"):
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def table(*rows):
    cells = (
        "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in row) for row in rows
    )
    lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    return f"<table:table>{lines}</table:table>"


def items(*paragraphs):
    inside = "".join(f"<text:list-item>{paragraph}</text:list-item>" for paragraph in paragraphs)
    return f"<text:list>{inside}</text:list>"


def test_headings_lists_and_tables():
    body = (
        p("The report", "P1")
        + '<text:h text:outline-level="1">Part</text:h>'
        + p("By style", "P2")
        + p("Loop.", "P3")
        + items(p("one"), p("two") + items(p("deep")))
        + items(p("three") + p("more"))
        + table([p("Year"), p("Sales")], [p("2024"), p("5") + p("6")])
    )
    document = read(odf(body), "a.odt")
    assert document.text == (
        "The report\n\nPart\n\nBy style\n\nLoop.\n\n- one\n- two\n  - deep\n- three\n  more\n\n"
        "Year | Sales\n2024 | 5 6"
    )
    assert [(h.level, h.title) for h in document.headings] == [
        (1, "The report"),
        (1, "Part"),
        (2, "By style"),
    ]
    (found,) = document.tables
    assert document.text[found.start : found.end] == "Year | Sales\n2024 | 5 6"
    assert document.title == "The report"


def test_white_space_notes_boxes_and_what_is_left_out():
    note = (
        "<text:note><text:note-citation>1</text:note-citation>"
        f"<text:note-body>{p('The note.')}</text:note-body></text:note>"
    )
    body = (
        f"<text:tracked-changes>{p('deleted')}</text:tracked-changes>"
        f"<text:table-of-content>{p('Contents')}</text:table-of-content>"
        + p(f"a <text:s text:c='2'/>b\n   c<text:tab/>d<text:line-break/>e{note} f")
        + p(
            f"<office:annotation>{p('comment')}</office:annotation><draw:frame><draw:text-box>"
            f"{p('boxed')}</draw:text-box></draw:frame>around"
        )
        + f"<text:section>{p('inside')}</text:section>"
    )
    assert read(odf(body), "a.odt").text == (
        "a   b c\td\ne f\n\nThe note.\n\naround\n\nboxed\n\ninside"
    )


def frame(kind, body):
    box = f"<draw:text-box>{body}</draw:text-box>"
    return f'<draw:frame presentation:class="{kind}">{box}</draw:frame>'


def slide(*shapes, notes=""):
    frames = "".join(frame(kind, body) for kind, body in shapes)
    return f"<draw:page>{frames}<presentation:notes>{notes}</presentation:notes></draw:page>"


def test_slides_are_pages_with_their_title_first_and_their_notes_last():
    notes = frame("notes", p("Say it."))
    shapes = f"<draw:g><draw:custom-shape>{p('shape')}</draw:custom-shape></draw:g>"
    body = (
        slide(("outline", items(p("one"), p("two"))), ("title", p("First")), notes=notes)
        + slide(("page-number", p("2")))
        + f"<draw:page>{shapes}</draw:page>"
    )
    document = read(odf(body, "presentation"), "a.odp")
    texts = [document.text[page.start : page.end] for page in document.pages]
    assert texts == ["First\n\n- one\n- two\n\nSay it.", "", "shape"]
    assert document.pages[2].location == "slide 3"
    assert [(h.level, h.title) for h in document.headings] == [(1, "First")]


def test_the_title_is_the_property_and_one_flat_file_is_read_alike():
    title = "<office:meta><dc:title>Annual report</dc:title></office:meta>"
    meta = f"<office:document-meta {NAMES}>{title}</office:document-meta>"
    assert read(odf(p("x"), meta=meta), "a.odt").title == "Annual report"
    flat = content(p("Flat."))
    assert read(flat.encode(), "a.fodt").text == "Flat."


def test_a_locked_document_needs_a_password():
    manifest = (
        f"<manifest:manifest {NAMES}><manifest:file-entry><manifest:encryption-data/>"
        "</manifest:file-entry></manifest:manifest>"
    )
    with pytest.raises(Encrypted, match="password"):
        read(odf(p("x"), **{"META-INF__manifest": manifest}), "a.odt")


def test_counts_that_ask_for_gigabytes_are_bounded():
    body = p("a<text:s text:c='999999999'/>b")
    assert len(read(odf(body), "a.odt").text) < 200


def test_a_broken_document_is_refused():
    with pytest.raises(ReadError, match="broken XML"):
        read(zipped({"content.xml": "<a><b></a>"}), "a.odt")
