"""E-books, packed by hand."""

import pytest

from corpus.errors import Encrypted, ReadError
from corpus.readers import read
from tests.corpus.packages import zipped

CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/b.opf"/></rootfiles></container>'
PAGE = "application/xhtml+xml"


def epub(chapters, extra="", order=None, **files):
    """Pack chapters, a page's body by its name; ``extra`` goes into the manifest."""
    manifest = "".join(
        f'<item id="{name}" href="text/{name}.xhtml" media-type="{PAGE}"/>' for name in chapters
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in order or chapters)
    book = (
        '<package xmlns="o" xmlns:dc="d"><metadata><dc:title>The Book</dc:title></metadata>'
        f"<manifest>{manifest}{extra}</manifest><spine>{spine}</spine></package>"
    )
    pages = {
        f"OEBPS/text/{name}.xhtml": f"<html><title>no</title><body>{body}</body></html>"
        for name, body in chapters.items()
    }
    parts = {"META-INF/container.xml": CONTAINER, "OEBPS/b.opf": book, **pages}
    return zipped(parts | files)


def test_chapters_follow_the_spine_with_their_headings():
    data = epub(
        {"b": "<h1>Two</h1><p>second</p>", "a": "<h1>One</h1><p>first</p><h2>Sub</h2><p>more</p>"},
        order=["a", "b", "gone"],
    )
    document = read(data, "a.epub")
    assert document.text == "One\n\nfirst\n\nSub\n\nmore\n\nTwo\n\nsecond"
    assert [(h.level, h.title) for h in document.headings] == [(1, "One"), (2, "Sub"), (1, "Two")]
    assert document.title == "The Book"
    assert read(data, "download").text == document.text


NCX = (
    "<ncx><navMap><navPoint><navLabel><text>I. Begin</text></navLabel>"
    '<content src="text/a.xhtml#x"/></navPoint></navMap></ncx>'
)
NAV = '<html><body><nav><ol><li><a href="text/a.xhtml">I. Begin</a></li></ol></nav></body></html>'


@pytest.mark.parametrize(
    ("item", "contents"),
    [
        ('<item id="n" href="toc.x" media-type="application/x-dtbncx+xml"/>', NCX),
        (f'<item id="n" href="toc.x" media-type="{PAGE}" properties="nav"/>', NAV),
    ],
)
def test_a_chapter_that_opens_with_its_name_has_it_as_heading(item, contents):
    data = epub(
        {"a": "<p>I — BEGIN</p><p>text</p>", "b": "<p>Other</p>"},
        extra=item,
        order=["n", "a", "b"],
        **{"OEBPS/toc.x": contents},
    )
    document = read(data, "a.epub")
    assert document.text == "I — BEGIN\n\ntext\n\nOther"
    assert [h.title for h in document.headings] == ["I — BEGIN"]


def locked(path):
    reference = f'<CipherData><CipherReference URI="{path}"/></CipherData>'
    return f"<encryption><EncryptedData>{reference}</EncryptedData></encryption>"


def test_a_seller_s_lock_is_named_and_a_hidden_font_is_none():
    chapter = {"a": "<p>text</p>"}
    with pytest.raises(Encrypted, match="locked by its seller"):
        read(epub(chapter, **{"META-INF/encryption.xml": locked("OEBPS/text/a.xhtml")}), "a.epub")
    font = epub(chapter, **{"META-INF/encryption.xml": locked("OEBPS/font.otf")})
    assert read(font, "a.epub").text == "text"


def test_a_book_without_its_list_of_parts_is_refused():
    with pytest.raises(ReadError, match="holds no book"):
        read(zipped({"META-INF/container.xml": CONTAINER}), "a.epub")
