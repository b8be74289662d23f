"""Pages drawn in other processes: what hangs, crashes or swells there harms no other."""

import hashlib
import sys
import threading
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from corpus.errors import (
    DocumentQAError,
    Encrypted,
    OverLimit,
    ReadError,
    Unavailable,
    UnsupportedFormat,
)
from corpus.limits import Limits
from corpus.readers import read
from corpus.workers.drawer import Busy, Drawer
from corpus.workers.orders import Drawing, Order, Rectangle, receive_drawing, send_drawing

SHORT = Limits(seconds=0.5)


def pdf(*lines):
    """Return a PDF of 200 by 100 points with one line on each page."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(200, 100))
    for line in lines:
        canvas.drawString(20, 40, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def zipped(**files):
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


@pytest.fixture
def drawer():
    drawer = Drawer()
    yield drawer
    drawer.close()


@pytest.fixture
def hostile(monkeypatch):
    monkeypatch.setattr("corpus.workers.process.ENTRY", "tests.corpus.hostile")


@pytest.fixture
def order(tmp_path):
    """Write a file and return an order for its first page, or that of a document inside it."""

    def make(name, data, inside="", member=b"", **options):
        path = tmp_path / name
        path.write_bytes(data)
        sha256 = hashlib.sha256(member or data).hexdigest()
        return Order(str(path), name, name + inside, sha256, **{"page": 1, **options})

    return make


def test_a_page_is_drawn_as_large_as_asked_for(drawer, order):
    drawn = drawer.draw(order("a.pdf", pdf("one", "two"), page=2, scale=1.5))
    picture = Image.open(BytesIO(drawn.picture))
    assert (picture.format, picture.size) == ("JPEG", (300, 150))
    assert (drawn.width, drawn.height, drawn.spans) == (200, 100, ())


def test_words_are_placed_in_shares_of_the_page(drawer, order):
    data = pdf("where it is")
    text = read(data, "a.pdf").text
    start = text.index("it")
    drawn = drawer.draw(order("a.pdf", data, text=text, spans=((start, start + 2), (0, 0))))
    ((box,), nowhere) = drawn.spans
    assert nowhere == ()
    assert drawn.picture == b""
    canvas = Canvas(BytesIO())
    left = 20 + canvas.stringWidth("where ")
    assert box.left == pytest.approx(left / 200, abs=0.01)
    assert box.right == pytest.approx((left + canvas.stringWidth("it")) / 200, abs=0.01)
    assert box.top < 0.6 < box.bottom < 0.7


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "gif", "webp", "bmp"])
def test_an_image_is_drawn_anew_and_never_larger_than_it_is(drawer, order, suffix):
    out = BytesIO()
    image = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 150, 200), fill="black")
    image.save(out, {"jpg": "JPEG"}.get(suffix, suffix))
    for scale, size in ((1.0, (150, 100)), (2.0, (300, 200)), (4.0, (300, 200))):
        drawn = drawer.draw(order(f"a.{suffix}", out.getvalue(), scale=scale, spans=((0, 3),)))
        picture = Image.open(BytesIO(drawn.picture))
        assert (picture.format, picture.size) == ("JPEG", size)
        assert (drawn.width, drawn.height, drawn.spans) == (150, 100, ((),))
    with pytest.raises(ReadError, match="has no page 2; it has 1"):
        drawer.draw(order(f"a.{suffix}", out.getvalue(), page=2, scale=1.0))


def test_each_page_of_a_tiff_is_drawn(drawer, order):
    out = BytesIO()
    pages = [Image.new("L", (40, 40), grey) for grey in (0, 255)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    for number, grey in ((1, 0), (2, 255)):
        drawn = drawer.draw(order("a.tif", out.getvalue(), page=number, scale=2.0))
        assert Image.open(BytesIO(drawn.picture)).getpixel((20, 20)) == (grey, grey, grey)


def test_a_document_inside_others_is_drawn(drawer, order):
    inner = pdf("inside")
    box = zipped(b_zip=zipped(a_txt=b"no", c_pdf=inner), c_pdf=pdf("outside"))
    drawn = drawer.draw(order("a.zip", box, "!b.zip!c.pdf", inner, scale=1.0))
    assert drawn.picture == drawer.draw(order("c.pdf", inner, scale=1.0)).picture
    with pytest.raises(Unavailable, match="has changed"):
        drawer.draw(order("a.zip", box, "!b.zip!d.pdf", inner, scale=1.0))


def test_a_file_that_changed_is_not_drawn(drawer, order):
    before = order("a.pdf", pdf("before"), scale=1.0)
    drawer.draw(before)
    order("a.pdf", pdf("after, and longer"))
    with pytest.raises(Unavailable, match="has changed since it was indexed"):
        drawer.draw(before)
    Path(before.path).unlink()
    with pytest.raises(Unavailable, match="cannot be opened"):
        drawer.draw(before)


@pytest.mark.parametrize(
    ("name", "data", "kind", "said"),
    [
        ("a.pdf", b"%PDF-1.7 broken", ReadError, "not a whole PDF"),
        ("a.pdf", pdf("one"), ReadError, "has no page 7; it has 1"),
        ("a.png", b"\x89PNG broken", ReadError, "not a whole image"),
        ("a.txt", b"text", UnsupportedFormat, "has no picture"),
        ("a.bin", b"\0\1", UnsupportedFormat, "is not read"),
    ],
)
def test_what_cannot_be_drawn_is_an_error_and_the_next_is_drawn(
    drawer, order, name, data, kind, said
):
    page = 7 if said.startswith("has no page") else 1
    with pytest.raises(kind, match=said):
        drawer.draw(order(name, data, page=page, scale=1.0))
    assert drawer.draw(order("b.pdf", pdf("two"), scale=1.0)).picture
    assert len(drawer._processes) == 1, "an error costs no process"


@pytest.mark.parametrize(
    ("deed", "kind", "said"),
    [
        ("hang", OverLimit, "took longer than 0.5 s; see its text"),
        ("hang_hard", OverLimit, "took longer than 0.5 s"),
        ("crash", ReadError, "crashed"),
        ("vanish", ReadError, "crashed"),
        ("leave", ReadError, "crashed"),
        ("lock", Encrypted, "needs a password"),
    ],
)
def test_a_page_that_fails_costs_no_other(hostile, drawer, order, deed, kind, said):
    bad = order("bad.pdf", deed.encode(), scale=1.0, limits=SHORT)
    for _ in range(2):  # from new, and after another page
        with pytest.raises(kind, match=said):
            drawer.draw(bad)
        assert drawer.draw(order("b.pdf", pdf("two"), scale=1.0)).picture


@pytest.mark.skipif(sys.platform != "linux", reason="this system holds no process to its memory")
def test_a_page_that_swells_is_stopped(hostile, drawer, order):
    limits = Limits(memory=300_000_000)
    with pytest.raises(OverLimit, match="needs more than 300 MB of memory to be drawn"):
        drawer.draw(order("bad.pdf", b"swell", scale=1.0, limits=limits))
    assert drawer.draw(order("b.pdf", pdf("two"), scale=1.0)).picture


def test_a_page_that_hangs_holds_up_nobody(hostile, drawer, order):
    slow = order("bad.pdf", b"hang", scale=1.0, limits=Limits(seconds=30.0))
    waiting = threading.Thread(target=pytest.raises, args=(ReadError, drawer.draw, slow))
    waiting.start()
    assert drawer.draw(order("b.pdf", pdf("two"), scale=1.0)).picture
    assert waiting.is_alive()
    drawer.close()
    waiting.join(30)
    assert not waiting.is_alive()
    assert drawer._processes == set()


def test_more_than_can_wait_are_sent_away(drawer, order, monkeypatch):
    wanted = order("b.pdf", pdf("two"), scale=1.0, limits=Limits(seconds=0.2))
    taken = [drawer._slots.get() for _ in range(2)]
    with pytest.raises(Busy, match="try again"):
        drawer.draw(wanted)
    while drawer._waiting.acquire(blocking=False):
        pass
    with pytest.raises(Busy, match="try again"):
        drawer.draw(wanted)
    for _ in taken:
        drawer._slots.put(None)
    drawer._waiting.release()
    assert drawer.draw(order("b.pdf", pdf("two"), scale=1.0)).picture


def test_processes_are_started_by_the_first_page_and_kept(drawer, order):
    assert drawer._processes == set()
    for _ in range(3):
        drawer.draw(order("b.pdf", pdf("two"), scale=1.0))
    assert len(drawer._processes) == 1


def test_nothing_is_drawn_once_all_is_closed(drawer, order):
    wanted = order("b.pdf", pdf("two"), scale=1.0)
    drawer.draw(wanted)
    drawer.close()
    assert drawer._processes == set()
    with pytest.raises(Unavailable, match="closed"):
        drawer.draw(wanted)


def test_where_no_process_can_be_started_that_is_said(drawer, order, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    for _ in range(3):
        with pytest.raises(DocumentQAError, match="no process can be started"):
            drawer.draw(order("b.pdf", pdf("two"), scale=1.0))


def test_a_drawing_comes_over_the_wire_as_it_is():
    box = Rectangle(0.1, 0.2, 0.3, 0.4)
    drawing = Drawing(200.0, 100.0, b"\0\xff", ((box, box), ()))
    pipe = BytesIO()
    send_drawing(pipe, drawing)
    pipe.seek(0)
    assert receive_drawing(pipe) == (drawing, False)
    with pytest.raises(EOFError):
        receive_drawing(pipe)


def test_boxes_that_leave_the_page_are_cut_and_sizes_are_numbers():
    pipe = BytesIO()
    nan = float("nan")
    send_drawing(pipe, Drawing(nan, 2.0, spans=((Rectangle(-1.0, 0.5, 7.0, nan),),)))
    pipe.seek(0)
    drawing, _ = receive_drawing(pipe)
    assert drawing == Drawing(0.0, 2.0, spans=((Rectangle(0.0, 0.5, 1.0, 0.0),),))
