"""E-mail: who wrote to whom and when, the body, and what is attached."""

import base64
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ReadError, UnsupportedFormat
from corpus.readers import mail, read
from corpus.readers.mime import MOST_PARTS, Part, decode_words
from corpus.readers.source import Source

HEAD = "From: Ann Lee <ann@example.org>\nTo: bob@example.org\nSubject: Minutes\n"


def message(body="Dear Bob,\n\nSee you.\n", **fields):
    made = EmailMessage()
    made["Subject"] = "Minutes of March"
    made["From"] = "Ann Lee <ann@example.org>"
    made["To"] = "Bob <bob@example.org>, Zoë <zoe@example.org>"
    made["Date"] = "Tue, 12 Mar 2024 10:30:00 +0100"
    for name, value in fields.items():
        made[name] = value
    made.set_content(body)
    return made


def names(document):
    return [member.name for member in document.members]


def test_a_message_is_its_subject_its_fields_and_its_body():
    document = read(message(Cc="Cy <cy@example.org>", Bcc="Eve").as_bytes(), "a.eml")
    assert document.text == (
        "Minutes of March\n\nFrom: Ann Lee <ann@example.org>\n"
        "To: Bob <bob@example.org>, Zoë <zoe@example.org>\nCc: Cy <cy@example.org>\n"
        "Date: Tue, 12 Mar 2024 10:30:00 +0100\n\nDear Bob,\n\nSee you."
    )
    assert document.title == "Minutes of March"
    assert [(h.level, h.title) for h in document.headings] == [(1, "Minutes of March")]
    assert (document.members, document.note) == ((), "")


def test_the_plain_version_is_preferred_unless_it_is_a_stub():
    page = "<h1>News</h1><p>" + "All of the news is here. " * 5
    full = message("All of the news is here. " * 4)
    full.add_alternative(page, subtype="html")
    assert "News" not in read(full.as_bytes(), "a.eml").text
    stub = message("No HTML?")
    stub.add_alternative(page, subtype="html")
    document = read(stub.as_bytes(), "a.eml")
    assert "No HTML?" not in document.text
    assert [(h.level, h.title) for h in document.headings][1:] == [(2, "News")]


def test_attachments_are_members_and_shown_images_are_not():
    letter = message()
    letter.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Größe.pdf")
    letter.add_attachment("a,b\n", subtype="csv", filename="../../x.csv")
    letter.add_attachment(b"GIF89a", maintype="image", subtype="gif", filename="plan.gif")
    letter.add_attachment(b"\0\1", maintype="application", subtype="octet-stream")
    letter.add_attachment(
        b"GIF", maintype="image", subtype="gif", disposition="inline", cid="<logo@example.org>"
    )
    document = read(letter.as_bytes(), "a.eml")
    assert names(document) == ["Größe.pdf", "x.csv", "plan.gif", "attachment.bin"]
    assert document.members[0].data == b"%PDF-1.7"
    assert document.text.endswith("See you.")


def test_messages_and_invitations_inside_are_members():
    outer = message()
    outer.add_attachment(message("Deeper."))
    outer.add_attachment("BEGIN:VCALENDAR\nEND:VCALENDAR\n", subtype="calendar")
    document = read(outer.as_bytes(), "a.eml")
    assert names(document) == ["Minutes of March.eml", "invite.ics"]
    inner = read(document.members[0].data, document.members[0].name)
    assert inner.text.endswith("Deeper.")
    assert read(document.members[1].data, "invite.ics").text.startswith("BEGIN:VCALENDAR")


def test_a_digest_holds_messages():
    digest = b"Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: One\n\n1\n--x\n\n"
    document = read(digest + b"Subject: Two\n\n2\n--x--\n", "a.eml")
    assert names(document) == ["One.eml", "Two.eml"]


def test_a_signed_message_is_read_and_its_signature_is_no_member():
    signed = MIMEMultipart("signed", protocol="application/pkcs7-signature")
    signed.attach(MIMEText("Signed words."))
    signature = EmailMessage()
    signature.set_content(b"0\x82", maintype="application", subtype="pkcs7-signature")
    signed.attach(signature)
    for name in ("a.eml", "a.p7s"):
        document = read(signed.as_bytes(), name)
        assert (document.text, document.members) == ("Signed words.", ())
    with pytest.raises(UnsupportedFormat, match="signature"):
        read(b"0\x82\x01\x00", "smime.p7s")


@pytest.mark.parametrize("kind", ["multipart/encrypted; boundary=x", "application/pkcs7-mime"])
def test_a_sealed_message_says_so(kind):
    document = read(f"{HEAD}Content-Type: {kind}\n\n--x\n\nsecret\n--x--".encode(), "a.eml")
    assert "encrypted" in document.note
    assert "secret" not in document.text
    assert document.text.startswith("Minutes\n\nFrom: Ann Lee")


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        ("text/plain; charset=iso-8859-1", "Gr\u00f6\u00dfe".encode("latin-1"), "Größe"),
        ("text/plain; charset=iso-8859-1", "\u201equoted\u201c".encode("cp1252"), "„quoted“"),
        ("text/plain; charset=x-unknown", "Gr\u00f6\u00dfe".encode(), "Größe"),
        ("text/plain; charset=us-ascii", "Gr\u00f6\u00dfe".encode(), "Größe"),
        ("text/plain; charset=utf-16", "Größe".encode("utf-16"), "Größe"),
        ("text/plain; charset=iso-2022-jp", "日本語".encode("iso2022_jp"), "日本語"),
        ("text/plain; charset=punycode", b"plain", "plain"),
        ("text/plain; charset=rot13", b"plain", "plain"),
        ("text/plain; charset=\0", b"plain", "plain"),
        ("text/plain; charset*=x'y'%ff", b"plain", "plain"),
        ("nonsense", b"plain", "plain"),
        ("text/plain", b"\x00\x01\x02\xff" * 99, ""),
        ("text/html", b"<meta charset=cp1252><p>Gr\xf6\xdfe", "Größe"),
        ("text/html; charset=cp1252", b"<meta charset=utf-8><p>Gr\xf6\xdfe", "Größe"),
        ("multipart/mixed; boundary=absent", b"plain", "plain"),
        ("multipart/mixed", b"plain", "plain"),
    ],
)
def test_charsets_that_lie_and_kinds_that_fail(head, body, text):
    data = f"Subject: S\nContent-Type: {head}\n\n".encode() + body
    document = read(data, "a.eml")
    assert document.text == f"S\n\n{text}".strip()


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", b"SGVs bG8=\n", "Hello"),
        ("base64", b"SGVsbG8", "Hello"),
        ("base64", b"SGVs*bG8=", "Hello"),
        ("base64", b"SGVsbG8hx", "Hello!"),
        ("BASE64", "SGVsöbG8=".encode(), "Hello"),
        ("quoted-printable", b"caf=C3=A9 =\nx=", "café x"),
        ("x-uuencode", b"begin 644 a\n%2&5L;&\\ \nbr\xffken\n`\nend\n", "Hello"),
        ("nonsense", b"Hello", "Hello"),
    ],
)
def test_transfer_encodings_are_undone_as_far_as_they_go(encoding, body, text):
    data = f"Content-Transfer-Encoding: {encoding}\n\n".encode() + body
    assert read(data, "a.eml").text == text


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("=?utf-8?B?R3LDtsOfZQ==?=", "Größe"),
        ("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=B6=C3=9Fe?= x", "Größe x"),
        ("=?x-unknown?Q?plain?=", "plain"),
        ("=?utf-8?B?****?=", ""),
        ("=?utf-8?Q?a=0D=0AFrom:_the_boss?=", "a From: the boss"),
        ("=?utf-8?Q?x?= \\ud800 y", "x ? y"),
        ("two\n\tlines", "two lines"),
    ],
)
def test_header_words(raw, line):
    assert decode_words(raw) == line


def test_raw_letters_in_header_fields_are_decoded():
    for encoding in ("utf-8", "cp1252"):
        data = "Subject: Überraschung für Müller\n\nx".encode(encoding)
        assert read(data, "a.eml").title == "Überraschung für Müller"


def test_fields_cannot_be_slipped_in():
    injected = "Subject: =?utf-8?Q?Hi=0A=0AFrom:_boss?=\nFrom: a@b.c\nFrom: d@e.f\n\nBody"
    assert read(injected.encode(), "a.eml").text == "Hi From: boss\n\nFrom: a@b.c\n\nBody"


def test_messages_without_header_or_body():
    assert read(b"Just words here\nand more", "a.eml").text == "Just words here\nand more"
    assert read(b"Subject: Alone", "a.eml").text == "Alone"
    assert read(b"From ann Tue Mar 12\nSubject: S\n\nB", "a.eml").text == "S\n\nB"
    assert read("\ufeffSubject: S\r\n\r\nB".encode(), "a.eml").text == "S\n\nB"
    assert read("Subject: S\r\n\r\nB".encode("utf-16-le"), "a.eml").text == "S\n\nB"


def test_parts_nested_without_end_are_said():
    depth = 10_000
    opened = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth)
    )
    document = read(f"Subject: S\n{opened}\nwords".encode(), "a.eml")
    assert document.text == "S"
    assert "nested too deep" in document.note


def test_parts_without_number_are_said():
    data = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (MOST_PARTS + 100)
    document = read(data, "a.eml")
    assert "too many" in document.note
    assert len(document.text) < 4 * MOST_PARTS


@pytest.mark.parametrize(
    "head",
    [
        "Subject: " + "x" * 5_000_000,
        "Subject: " + "=?utf-8?Q?x?= " * 300_000,
        "To: " + "ann@example.org, " * 300_000,
        "Content-Type: multipart/mixed" + '; a="' * 500_000,
        "Content-Disposition: attachment" + "; filename*0*=x" * 300_000,
        "X: y\n" * 500_000,
        "X:\n" + " \n" * 1_000_000,
        "Content-Type: text/html",
    ],
)
def test_huge_headers_are_read(head):
    document = read(f"{head}\n\n{'word ' * 100_000}".encode(), "a.eml")
    assert len(document.text) < 6_000_000


def test_a_line_of_twenty_megabytes_is_read():
    data = b"Subject: S\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(
        b"x" * 20_000_000
    )
    assert len(read(data, "a.eml").text) == 20_000_003


def test_a_mailbox_holds_its_messages_by_number():
    box = (
        b"From ann@example.org Tue Mar 12 10:30:00 2024\nSubject: One/first\n\nHello\n"
        b">From the start\n\nFrom bob Tue Mar 12 10:31:00 2024\r\n\r\nFrom here on, no subject\r\n"
    )
    document = read(box, "old.mbox")
    assert names(document) == ["00001 One-first.eml", "00002 message.eml"]
    assert read(document.members[0].data, "1.eml").text == "One/first\n\nHello\nFrom the start"
    assert "no subject" in read(document.members[1].data, "2.eml").text
    with pytest.raises(ReadError, match="no mailbox"):
        read(b"Subject: S\n\nB", "a.mbox")


@given(st.binary(max_size=500))
def test_any_bytes_are_a_message_or_refused(data):
    try:
        document = mail.read(Source(data, "a.eml"))
    except ReadError:
        return
    assert document.text.encode().decode() == document.text


@given(
    st.text(alphabet="MIME-Version:\n\r\t =?;\"/*%'boundary--x0", max_size=300).map(str.encode),
)
def test_odd_parts_answer_every_question(data):
    part = Part(b"Content-Type: " + data)
    answers = part.kind, part.disposition, part.filename, part.charset, part.text()
    assert all(isinstance(answer, str) for answer in answers)
    assert isinstance(part.parts(), list)
