"""Outlook messages, on compound files written by hand."""

import re
import struct

import pytest

from corpus.errors import ReadError
from corpus.readers import read

NONE = 0xFFFFFFFF
END = 0xFFFFFFFE
SECTOR = 512
HTML_PAGE = b"<h1>Hi</h1><p>Gr\xc3\xb6\xc3\x9fe"


def compound(tree):
    """Write a compound file: streams are bytes, storages are dictionaries."""
    entries: list[bytes] = []
    table: list[int] = []
    body: list[bytes] = []

    def chain(data):
        data += bytes(-len(data) % SECTOR)
        start, count = len(table), len(data) // SECTOR
        table.extend([*range(start + 1, start + count), END] if count else [])
        body.append(data)
        return start if count else END

    def add(name, content, right=NONE):
        wide = name.encode("utf-16-le") + b"\0\0"
        place = len(entries)
        entries.append(b"")
        is_stream = isinstance(content, bytes)
        child = NONE
        if not is_stream:
            for inner, data in content.items():
                child = add(inner, data, child)
        start, size = (chain(content), len(content)) if is_stream else (END, 0)
        kind = 2 if is_stream else 1 if place else 5
        entries[place] = struct.pack(
            "<64sHBxIII36xIQ", wide, len(wide), kind, NONE, right, child, start, size
        )
        return place

    add("Root Entry", tree)
    directory = chain(b"".join(entries))
    count = -(-(len(table) + 8) * 4 // SECTOR)
    first = len(table)
    table.extend([0xFFFFFFFD] * count)
    table.extend([NONE] * (-len(table) % (SECTOR // 4)))
    header = bytearray(SECTOR)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HH", header, 30, 9, 6)
    struct.pack_into("<I4xIIII", header, 48, directory, 0, END, 0, END)
    struct.pack_into("<109I", header, 76, *range(first, first + count), *[NONE] * (109 - count))
    return bytes(header) + b"".join(body) + struct.pack(f"<{len(table)}I", *table)


def wide(**properties):
    """Return text properties by the numbers after their ``p``."""
    return {
        f"__substg1.0_{name[1:]}001F": text.encode("utf-16-le") for name, text in properties.items()
    }


def fixed(size, *entries):
    packed = (struct.pack("<HHIQ", kind, number, 6, value) for kind, number, value in entries)
    return {"__properties_version1.0": bytes(size) + b"".join(packed)}


def attachment(name, data, **more):
    return {**fixed(8), **wide(p3707=name, **more), "__substg1.0_37010102": data}


SENT = (0x40, 0x0039, 133_547_094_000_000_000)  # in tenths of microseconds since 1601
LETTER = {
    **fixed(32, SENT),
    **wide(p0037="Minutes", p0C1A="Ann Lee", p0C1F="ann@example.org", p0E04="Bob; Zoë"),
    **wide(p1000="Dear Bob,\r\n\r\n\r\n\r\nsee you.\r\n"),
}


def msg(*attached, **changes):
    parts = {f"__attach_version1.0_#{n:08X}": part for n, part in enumerate(attached)}
    return compound({**LETTER, **parts, **changes})


def test_a_message_is_its_subject_its_fields_and_its_body():
    document = read(msg(), "a.msg")
    assert document.text == (
        "Minutes\n\nFrom: Ann Lee <ann@example.org>\nTo: Bob; Zoë\n"
        "Date: Tue, 12 Mar 2024 09:30:00 +0000\n\nDear Bob,\n\nsee you."
    )
    assert (document.title, document.members, document.note) == ("Minutes", (), "")
    assert [heading.title for heading in document.headings] == ["Minutes"]


def test_the_header_it_came_with_counts_first():
    header = wide(p007D="From: Ann <a@b.c>\r\nCc: =?utf-8?Q?Zo=C3=AB?=\r\nDate: Monday\r\n\r\n")
    text = read(msg(**header), "a.msg").text
    assert "From: Ann <a@b.c>\nTo: Bob; Zoë\nCc: Zoë\nDate: Monday\n\n" in text


def test_a_page_is_read_where_there_is_no_plain_body():
    page = {"__substg1.0_1000001F": b"", "__substg1.0_10130102": HTML_PAGE}
    document = read(msg(**page), "a.msg")
    assert document.text.endswith("Hi\n\nGröße")
    assert [(h.level, h.title) for h in document.headings] == [(1, "Minutes"), (2, "Hi")]


def test_text_of_older_versions_is_decoded():
    old = {"__substg1.0_0037001F": b"", "__substg1.0_0037001E": "Größe\0".encode("cp1252")}
    assert read(msg(**old), "a.msg").title == "Größe"


def test_a_body_in_rich_text_alone_is_said():
    rtf = {"__substg1.0_1000001F": b"", "__substg1.0_10090102": b"LZFu"}
    document = read(msg(**rtf), "a.msg")
    assert document.text.endswith("+0000")
    assert "rich text" in document.note


def test_attachments_are_members_and_shown_images_are_not():
    shown = attachment("logo.png", b"PNG", p370E="image/png")
    shown |= fixed(8, (3, 0x3714, 4))
    document = read(
        msg(attachment("../x.pdf", b"%PDF" * 999), shown, attachment("p.png", b"PNG")), "a.msg"
    )
    assert [(m.name, m.data) for m in document.members] == [
        ("x.pdf", b"%PDF" * 999),
        ("p.png", b"PNG"),
    ]


def test_a_message_inside_is_a_member_with_its_own_attachments():
    inner = {
        **fixed(24, SENT),
        **wide(p0037="Zoë:\nan 'answer'", p0C1A="Bob", p1000="Fine — by me."),
        "__attach_version1.0_#00000000": attachment('a"b.txt', b"\0\xff"),
    }
    document = read(msg({**fixed(8), "__substg1.0_3701000D": inner}), "a.msg")
    (member,) = document.members
    assert member.name == "Zoë:an 'answer'.eml"
    answer = read(member.data, member.name)
    assert answer.text == (
        "Zoë: an 'answer'\n\nFrom: Bob\nDate: Tue, 12 Mar 2024 09:30:00 +0000\n\nFine — by me."
    )
    assert [(m.name, m.data) for m in answer.members] == [("a'b.txt", b"\0\xff")]


def test_messages_nested_without_end_are_read_to_some_depth():
    inner = {**fixed(24), **wide(p0037="Deepest")}
    for _ in range(40):
        attached = {**fixed(8), "__substg1.0_3701000D": inner}
        inner = {**fixed(24), **wide(p0037="x"), "__attach_version1.0_#00000000": attached}
    document = read(msg({**fixed(8), "__substg1.0_3701000D": inner}), "a.msg")
    assert len(document.members) == 1


@pytest.mark.parametrize("size", [8, 300, 512, 600, 1200])
def test_messages_that_are_cut_off_are_refused(size):
    with pytest.raises(ReadError, match="not a whole Office file"):
        read(msg(attachment("x.pdf", b"%PDF"))[:size], "a.msg")


def test_parts_that_are_one_and_the_same_are_not_read_again_and_again():
    data = msg(*(attachment(f"{n}.bin", b"x" * 100_000 if n == 0 else b"x") for n in range(9)))
    assert len(read(data, "a.msg").members) == 9
    name = "__substg1.0_37010102".encode("utf-16-le")
    first, *others = (match.start() for match in re.finditer(re.escape(name), data))
    place = data[first + 116 : first + 128]  # where its bytes begin, and how many they are
    for other in others:
        data = data[: other + 116] + place + data[other + 128 :]
    with pytest.raises(ReadError, match="overlap"):
        read(data, "a.msg")


def test_a_date_out_of_range_is_left_out():
    document = read(msg(**fixed(32, (0x40, 0x0039, 2**63))), "a.msg")
    assert "Date" not in document.text
