"""PDF: pages, their text, titles and bookmarks, on files written by hand."""

import pytest

from corpus.errors import Encrypted, ReadError
from corpus.readers import read


def pdf(pages, title="", bookmarks=(), locked=False):
    """Write a PDF; a page is a list of (size, y, text), a bookmark (title, page, children)."""
    objects = ["", "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]

    def add(body):
        objects.append(body)
        return len(objects)

    kids = []
    for lines in pages:
        stream = "\n".join(f"BT /F {size} Tf 72 {y} Td ({text}) Tj ET" for size, y, text in lines)
        content = add(f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream")
        kids.append(
            add(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]"
                f"/Resources<</Font<</F 3 0 R>>>>/Contents {content} 0 R>>"
            )
        )
    refs = " ".join(f"{kid} 0 R" for kid in kids)
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{refs}]>>"
    root = len(objects) + 1
    add("")

    def outline(parent, entries):
        """Add sibling bookmarks; return the numbers of the first and the last."""
        first = len(objects) + 1
        for _ in entries:
            add("")
        for index, (name, page, children) in enumerate(entries):
            number = first + index
            links = f"/Parent {parent} 0 R/Dest[{kids[page]} 0 R/Fit]"
            links += f"/Prev {number - 1} 0 R" if index else ""
            links += f"/Next {number + 1} 0 R" if index + 1 < len(entries) else ""
            if children:
                low, high = outline(number, children)
                links += f"/First {low} 0 R/Last {high} 0 R/Count {len(children)}"
            objects[number - 1] = f"<</Title({name}){links}>>"
        return first, first + len(entries) - 1

    catalog = "<</Type/Catalog/Pages 2 0 R"
    if bookmarks:
        first, last = outline(root, bookmarks)
        objects[root - 1] = f"<</Type/Outlines/First {first} 0 R/Last {last} 0 R>>"
        catalog += f"/Outlines {root} 0 R"
    objects[0] = f"{catalog}>>"
    info = add(f"<</Title({title})>>")
    trailer = f"/Root 1 0 R/Info {info} 0 R"
    if locked:
        secret = "00" * 32
        lock = add(f"<</Filter/Standard/V 1/R 2/P -4/O<{secret}>/U<{secret}>>>")
        trailer += f"/Encrypt {lock} 0 R/ID[<00><00>]"
    return _written(objects, trailer)


def _written(objects, trailer):
    out = "%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body or 'null'}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Size {size}{trailer}>>\n"
    return f"{out}startxref\n{out.index('xref')}\n%%EOF\n".encode("latin-1")


def lines(*texts, size=12, top=700):
    return [(size, top - 16 * index, text) for index, text in enumerate(texts)]


def test_pages_are_texts_between_form_feeds():
    document = read(pdf([lines("First page,", "second line."), [], lines("Third page.")]), "a.pdf")
    assert document.text == "First page,\nsecond line.\f\fThird page."
    assert [(p.number, document.text[p.start : p.end]) for p in document.pages] == [
        (1, "First page,\nsecond line."),
        (2, ""),
        (3, "Third page."),
    ]
    assert document.page_at(document.text.index("Third")) == document.pages[2]
    assert document.pages[2].location == "page 3"
    assert document.encoding is None
    assert document.headings == ()


def test_a_word_cut_at_a_line_end_keeps_its_hyphen():
    document = read(pdf([lines("the full exploi-", "tation of it")]), "a.pdf")
    assert "exploi-tation" in document.text.replace("\n", "")
    assert "\ufffe" not in document.text
    assert "\x02" not in document.text


def test_marks_and_controls_map_one_to_one():
    from corpus.readers.pdf import clean

    raw = "exploi\ufffetation\x00a\x02b\x0c c\x02\r\nend\x02"
    assert clean(raw) == "exploi-tation a b  c-\nend-"


def test_no_text_at_all_is_an_empty_document_with_its_pages():
    document = read(pdf([[], []]), "a.pdf")
    assert document.text == ""
    assert [page.number for page in document.pages] == [1, 2]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Annual report 2024", "Annual report 2024"),
        ("Handbook", "Handbook"),
        ("Microsoft Word - report final.doc", ""),
        ("untitled", ""),
        ("report v2.indd", ""),
        ("d123456_x", ""),
        ("Slide 1", ""),
        ("", ""),
    ],
)
def test_only_sane_titles_are_taken_from_the_properties(title, expected):
    assert read(pdf([lines("Some text.")], title=title), "a.pdf").title == expected


def test_the_title_may_be_the_one_large_line_near_the_top():
    body = lines("one line of text,", "another line,", "a third,", "and a fourth.", top=600)
    assert read(pdf([[(24, 700, "The Great Title"), *body]]), "a.pdf").title == "The Great Title"
    assert read(pdf([[(24, 700, "1 Introduction"), *body]]), "a.pdf").title == ""
    assert read(pdf([[*body, (24, 300, "Large below")]]), "a.pdf").title == ""
    twice = [(24, 700, "Some heading"), *body, (24, 300, "Other heading")]
    assert read(pdf([twice]), "a.pdf").title == ""


def test_bookmarks_that_are_found_on_their_page_are_headings():
    bookmarks = [
        ("Results", 1, [("Net sales and margins", 1, ()), ("Not on the page", 1, ())]),
        ("Outlook", 2, ()),
    ]
    pages = [
        lines("Contents", "Results 2", "Outlook 3"),
        lines("2 RESULTS", "Results were good.", "Net sales", "and margins", "grew."),
        lines("Outlook", "Good."),
    ]
    document = read(pdf(pages, bookmarks=bookmarks), "a.pdf")
    found = [(h.level, h.title, document.text[h.start : h.end]) for h in document.headings]
    assert found == [
        (1, "Results", "2 RESULTS"),
        (2, "Net sales and margins", "Net sales\nand margins"),
        (1, "Outlook", "Outlook"),
    ]
    assert document.section_at(document.text.index("grew")) == ("Results", "Net sales and margins")


def test_a_locked_file_is_encrypted():
    with pytest.raises(Encrypted, match=r"^needs a password; save a copy without one$"):
        read(pdf([lines("secret")], locked=True), "a.pdf")


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.4\n%%EOF", b"not a PDF at all"])
def test_a_broken_file_is_one_line_and_no_noise(data, capfd):
    with pytest.raises(ReadError, match="not a whole PDF") as raised:
        read(data, "a.pdf")
    assert "\n" not in str(raised.value)
    assert capfd.readouterr() == ("", "")


def test_content_wins_over_the_suffix():
    assert read(pdf([lines("Some text.")]), "a.txt").text == "Some text."
