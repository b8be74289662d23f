"""Apple Pages documents, packed by hand."""

import io

import pytest

from corpus.errors import UnsupportedFormat
from corpus.readers import read
from tests.corpus.packages import zipped

BODY = """<sl:document xmlns:sl="l" xmlns:sf="f" xmlns:sfa="a">
<sl:section-prototypes><sf:text-storage><sf:text-body><sf:p>prototype</sf:p></sf:text-body>
</sf:text-storage></sl:section-prototypes>
<sl:drawables><sf:text-storage><sf:text-body><sf:p>In a box.</sf:p></sf:text-body></sf:text-storage>
</sl:drawables>
<sf:text-storage sf:kind="body"><sf:attachments><sf:attachment sfa:ID="t1"><sf:grid sf:numcols="2">
<sf:datasource><sf:t><sf:ct sfa:s="Year"/></sf:t><sf:t><sf:ct sfa:s="Sales"/></sf:t>
<sf:t><sf:ct sfa:s="2024"/></sf:t><sf:n sf:v="5"/></sf:datasource></sf:grid></sf:attachment>
</sf:attachments><sf:text-body><sf:section><sf:layout>
<sf:p>First <sf:span>line</sf:span><sf:br/></sf:p>
<sf:p><sf:attachment-ref sfa:IDREF="t1"/></sf:p><sf:p>a<sf:tab/>b</sf:p></sf:layout></sf:section>
</sf:text-body></sf:text-storage></sl:document>"""


def test_an_older_file_is_read_from_its_xml():
    document = read(zipped({"index.xml": BODY}), "a.pages")
    assert document.text == "First line\n\nYear | Sales\n2024 | 5\n\na\tb\n\nIn a box."
    (table,) = document.tables
    assert document.text[table.start : table.end] == "Year | Sales\n2024 | 5"


def test_a_newer_file_is_read_from_its_preview_which_the_note_says():
    from reportlab.pdfgen.canvas import Canvas

    packed = io.BytesIO()
    page = Canvas(packed)
    page.drawString(72, 700, "Shown in the preview.")
    page.save()
    document = read(zipped({"QuickLook/Preview.pdf": packed.getvalue()}), "a.pages")
    assert document.text == "Shown in the preview."
    assert document.pages[0].location == "page 1"
    assert "preview" in document.note


def test_a_newer_file_without_a_preview_is_not_read():
    with pytest.raises(UnsupportedFormat, match="export it as Word or PDF"):
        read(zipped({"Index/Document.iwa": b"x"}), "a.pages")
