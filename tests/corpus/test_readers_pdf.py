"""PDF: pages, their text, titles and bookmarks, on files written by hand."""

import pytest

from corpus.errors import Encrypted, ReadError
from corpus.readers import read
from corpus.readers.pdf import boxes, reader, render


def pdf(
    pages,
    title="",
    bookmarks=(),
    locked=False,
    mapping="",
    box="0 0 600 800",
    count=None,
    repeat=1,
):
    """Write a PDF; a page is a list of (size, y, text), a bookmark (title, page, children).

    ``mapping`` says which characters the font's codes are, and ``count`` how many pages there are.
    """
    objects = ["", "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]

    def add(body):
        objects.append(body)
        return len(objects)

    if mapping:
        objects[2] = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 4 0 R>>"
        add(f"<</Length {len(mapping)}>>\nstream\n{mapping}\nendstream")
    kids = []
    for lines in pages:
        stream = "\n".join(f"BT /F {size} Tf 72 {y} Td ({text}) Tj ET" for size, y, text in lines)
        content = add(f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream")
        kids.append(
            add(
                f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]"
                f"/Resources<</Font<</F 3 0 R>>>>/Contents {content} 0 R>>"
            )
        )
    refs = " ".join(f"{kid} 0 R" for kid in kids * repeat)
    count = len(kids) * repeat if count is None else count
    objects[1] = f"<</Type/Pages/Count {count}/Kids[{refs}]>>"
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


def test_letters_beyond_the_basic_plane_and_ligatures_keep_boxes_in_step():
    mapping = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
        "/CMapType 2 def 1 begincodespacerange <00> <FF> endcodespacerange 3 beginbfchar "
        "<41> <D835DC00> <42> <00660069> <43> <0043> endbfchar endcmap end end"
    )
    data = pdf([[(12, 700, "CACBC C"), (12, 680, "ABA")]], mapping=mapping)
    text = read(data, "a.pdf").text
    assert text == "C𝐀CfiC C\n𝐀fi𝐀"
    lefts = [boxes(data, 1, text, [(index, index + 1)])[0].left for index in (0, 1, 2, 5, 7)]
    assert lefts == sorted(set(lefts))
    (last,) = boxes(data, 1, text, [(len(text) - 1, len(text))])
    (line,) = boxes(data, 1, text, [(text.index("\n") + 1, len(text))])
    assert (last.top, last.right) == (line.top, line.right)
    assert last.left > line.left


@pytest.mark.parametrize("box", ["0 0 0 0", "0 0 1e30 1e30", "0 0 -5 -9", "0 0 100000 1"])
def test_a_page_of_absurd_size_is_read_and_shown_all_the_same(box):
    data = pdf([lines("Some text.")], box=box)
    assert read(data, "a.pdf").text == "Some text."
    width, height = render(data, 1, 2.0).image.size
    assert 1 <= width * height <= 25_200_000


@pytest.mark.parametrize("count", [-5, 0, 2_000_000_000])
def test_a_lie_about_the_number_of_pages_does_no_harm(count):
    assert read(pdf([lines("Some text.")], count=count), "a.pdf").text in ("", "Some text.")


def test_of_too_many_pages_the_first_are_read(monkeypatch):
    monkeypatch.setattr(reader, "_MOST_PAGES", 5)
    document = read(pdf([lines("Same.")], repeat=1_200), "a.pdf")
    assert len(document.pages) == 5
    assert document.note == "only the first 5 of 1,200 pages are read"


def test_content_wins_over_the_suffix():
    assert read(pdf([lines("Some text.")]), "a.txt").text == "Some text."
