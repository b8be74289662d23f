"""Word and PowerPoint files of before 2007, put together byte by byte."""

import struct

import pytest

from corpus.errors import Encrypted, ReadError, UnsupportedFormat
from corpus.readers import read
from corpus.readers.ole import CompoundFile
from tests.corpus.packages import compound

HEADING, TITLE, BULLET = 1, 62, 48
IN_TABLE = struct.pack("<HB", 0x2416, 1)
ROW_END = IN_TABLE + struct.pack("<HB", 0x2417, 1)
IN_LIST = struct.pack("<HBHH", 0x260A, 1, 0x460B, 3)


def u32(*numbers):
    return struct.pack(f"<{len(numbers)}I", *numbers)


def doc(*paragraphs, notes="", references=(), flags=0, version=0x00C1):
    """Pack paragraphs: pairs of text, its mark included, and (style, properties).

    The first half of the text is stored with one byte a character, the rest with two.
    """
    body = "".join(text for text, _ in paragraphs)
    text = body + notes
    half = len(text) // 2
    start = 0x600
    stored = text[:half].encode("cp1252") + text[half:].encode("utf-16-le")

    def place(index):
        return start + index if index < half else start + half + 2 * (index - half)

    page = bytearray(512)
    ends = [sum(len(text) for text, _ in paragraphs[: n + 1]) for n in range(len(paragraphs))]
    page[: 4 * (len(ends) + 1)] = u32(start, *map(place, ends))
    free = 510
    for number, (_, (style, said)) in enumerate(paragraphs):
        said += b"\0" * (len(said) % 2 == 0)
        content = struct.pack("<BH", (len(said) + 3) // 2, style) + said
        free = (free - len(content)) & ~1
        page[free : free + len(content)] = content
        page[4 * (len(ends) + 1) + 13 * number] = free // 2
    page[511] = len(ends)

    names = {0: 0, 1: HEADING, 2: TITLE, 3: BULLET, 4: 0x0FFE}
    styles = struct.pack("<HHH", 4, len(names), 10)
    for number, built_in in names.items():
        base = 1 if number == 4 else 0x0FFF
        definition = struct.pack("<HHHHHHH", built_in, 1 | base << 4, 0, 0, 0, 1, ord("x")) + u32(0)
        styles += struct.pack("<H", len(definition)) + definition
    piece = struct.pack("<HIH", 0, start * 2 | 1 << 30, 0)
    wide = struct.pack("<HIH", 0, start + half, 0)
    pieces = u32(0, half, len(text)) + piece + wide
    structures = {
        1: styles,
        2: u32(*references, len(body)) + b"\0\0" * len(references),
        3: u32(*(len(notes) * n for n in range(len(references) + 2))) if references else b"",
        13: u32(start, place(len(text)), 2),
        33: b"\1\2\0ab\2" + u32(len(pieces)) + pieces,
    }
    main = bytearray(start)
    struct.pack_into("<HH", main, 0, 0xA5EC, version)
    struct.pack_into("<H", main, 10, flags)
    struct.pack_into("<2I", main, 0x4C, len(body), len(notes))
    table = b""
    for index, data in structures.items():
        struct.pack_into("<II", main, 0x9A + 8 * index, len(table), len(data))
        table += data
    main[0x400:0x600] = page
    return compound({"WordDocument": bytes(main) + stored, "0Table": table})


PLAIN = (0, b"")


def test_a_word_file_is_read_with_headings_lists_tables_and_notes():
    data = doc(
        ("Report\r", (2, b"")),
        ("Part\r", (1, b"")),
        ("By base\r", (4, b"")),
        ("Claim\x02 and “more”.\r", PLAIN),
        ("one\r", (3, b"")),
        ("deep\r", (0, IN_LIST)),
        ("Year\x07", (0, IN_TABLE)),
        ("Sales\x07", (0, IN_TABLE)),
        ("\x07", (0, ROW_END)),
        ("2024\x07", (0, IN_TABLE)),
        ("5\x07", (0, IN_TABLE)),
        ("\x07", (0, ROW_END)),
        ('See \x13 HYPERLINK "x" \x14the page\x15 — 日本 😀.\x0bNext line\r', PLAIN),
        notes="\x02 The note.\r",
        references=[25],
    )
    document = read(data, "a.doc")
    assert document.text == (
        "Report\n\nPart\n\nBy base\n\nClaim and “more”.\n\nThe note.\n\n- one\n  - deep\n\n"
        "Year | Sales\n2024 | 5\n\nSee the page — 日本 😀.\nNext line"
    )
    assert [(h.level, h.title) for h in document.headings] == [
        (1, "Report"),
        (1, "Part"),
        (1, "By base"),
    ]
    (table,) = document.tables
    assert document.text[table.start : table.end] == "Year | Sales\n2024 | 5"
    assert document.title == "Report"
    assert read(data, "download").text == document.text


def test_locked_and_older_word_files_are_named():
    with pytest.raises(Encrypted, match="password"):
        read(doc(("x\r", PLAIN), flags=0x0100), "a.doc")
    with pytest.raises(UnsupportedFormat, match="older than 1997"):
        read(doc(("x\r", PLAIN), version=0x0068), "a.doc")


def record(kind, content, instance=0, container=False):
    return struct.pack("<HHI", instance << 4 | 0xF * container, kind, len(content)) + content


def holder(kind, *parts, instance=0):
    return record(kind, b"".join(parts), instance, container=True)


def text_box(kind, text):
    return holder(0xF00D, record(3999, u32(kind)) + record(4000, text.encode("utf-16-le")))


def placeholder(kind):
    return holder(0xF011, record(3011, struct.pack("<IBBH", 0, kind, 0, 0)))


def cell(left, top, text):
    return holder(0xF004, record(0xF00F, struct.pack("<4i", left, top, 0, 0)), text_box(4, text))


def drawing(*shapes):
    return holder(1036, holder(0xF002, holder(0xF003, *shapes)))


def slide(*shapes, notes=0):
    return holder(1006, record(1007, bytes(16) + u32(notes) + bytes(4)), drawing(*shapes))


def ppt(slides, notes=(), token=0xE391C05F, edits=1):
    """Pack slides, each a record and the texts of its outline, and pages of notes."""
    stream = b""
    places = []

    def put(data):
        nonlocal stream
        places.append(len(stream))
        stream += data

    lists = []
    for kind, entries in ((0, slides), (2, [(page, b"") for page in notes])):
        listed = b""
        for number, (page, outline) in enumerate(entries, 1):
            put(page)
            listed += record(1011, u32(len(places), 0, 0, 100 * kind + number, 0)) + outline
        lists.append(holder(4080, listed, instance=kind))
    put(holder(1000, *lists))
    directory = len(stream)
    count = len(places)
    stream += record(6002, u32(1 | count << 20, *places))
    for number in range(edits):
        last = len(stream)
        before = 0 if not number else last - 36
        stream += record(4085, u32(0, 0, before, directory, count, 0, 0))
    user = record(4086, u32(20, token, last))
    return compound({"PowerPoint Document": stream, "Current User": user})


def test_a_presentation_is_read_slide_by_slide():
    outline = record(3999, u32(0)) + record(4008, b"From the outline")
    grid = holder(
        0xF003,
        holder(0xF004, record(0xF122, struct.pack("<HI", 0x039F, 1), instance=1)),
        *(cell(9, 0, "Sales"), cell(0, 0, "Year"), cell(0, 5, "2024"), cell(9, 5, "5")),
    )
    data = ppt(
        [
            (
                slide(
                    holder(0xF004, text_box(1, "one\rtwo\x0bmore")),
                    holder(0xF004, text_box(0, "First")),
                    holder(0xF004, placeholder(8), text_box(4, "17")),
                    notes=201,
                ),
                b"",
            ),
            (slide(holder(0xF004, holder(0xF00D, record(3998, u32(0)))), grid), outline),
            (slide(), b""),
        ],
        notes=[
            holder(
                1008,
                drawing(
                    holder(0xF004, placeholder(11), text_box(4, "picture")),
                    holder(0xF004, placeholder(12), text_box(2, "Say\rthis.")),
                ),
            )
        ],
        edits=3,
    )
    document = read(data, "a.ppt")
    assert [document.text[page.start : page.end] for page in document.pages] == [
        "First\n\n- one\n- two\nmore\n\nSay\n\nthis.",
        "From the outline\n\nYear | Sales\n2024 | 5",
        "",
    ]
    assert [page.location for page in document.pages] == ["slide 1", "slide 2", "slide 3"]
    assert [(h.level, h.title) for h in document.headings] == [
        (1, "First"),
        (1, "From the outline"),
    ]
    (table,) = document.tables
    assert document.text[table.start : table.end] == "Year | Sales\n2024 | 5"
    assert document.title == "First"


def test_a_locked_presentation_needs_a_password():
    with pytest.raises(Encrypted, match="password"):
        read(ppt([(slide(), b"")], token=0xF3D1C4DF), "a.ppt")


def test_records_nested_deep_end():
    deep = b""
    for _ in range(2000):
        deep = holder(0xF003, deep)
    assert read(ppt([(holder(1006, deep), b"")]), "a.ppt").text == ""


DOC, PPT = doc(*[("Some text.\r", PLAIN)] * 9), ppt([(slide(), b"")])


def reason(data, name):
    """Return why a file cannot be read, nothing when it can."""
    try:
        read(data, name)
    except ReadError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("data", "name"), [(DOC, "a.doc"), (PPT, "a.ppt")])
def test_damaged_files_fail_in_one_line_or_give_what_is_there(data, name):
    for cut in range(8, len(data), 701):
        for broken in (data[:cut], data[:cut] + b"\xff" * 64 + data[cut + 64 :]):
            assert "\n" not in reason(broken, name)
    assert "not a whole" in reason(data[:1000], name)


def summary(title, code_page):
    encoded = title.encode(code_page) + b"\0"
    section = u32(0, 2, 1, 24, 2, 32) + u32(2, int(code_page[2:])) + u32(30, len(encoded)) + encoded
    return bytes(44) + u32(48) + section


def test_the_title_is_the_property():
    streams = {"\5SummaryInformation": summary("Годовой отчёт", "cp1251"), "x": b"y"}
    file = CompoundFile(compound(streams))
    assert file.title() == "Годовой отчёт"
    assert CompoundFile(compound({"x": b"y"})).title() == ""
    assert (file.stream("x") or b"").rstrip(b"\0") == b"y"
    assert file.stream("none") is None


def test_chains_of_sectors_in_circles_end():
    data = bytearray(compound({"WordDocument": b"x" * 5000, "Other": b"y" * 5000}))
    for place in range(data.rindex(u32(1, 2, 3)), len(data), 4):
        data[place : place + 4] = u32(0)
    assert reason(bytes(data), "a.doc")
