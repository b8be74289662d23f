"""Scanned pages and images: what is said of them, and their text where tesseract is installed."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from corpus.errors import ReadError, UnsupportedFormat
from corpus.readers import ocr, read
from corpus.readers.pdf import boxes

needs_tesseract = pytest.mark.skipif(not ocr.is_available(), reason="tesseract is not installed")


def drawn(*lines):
    """Return an image of lines of text."""
    image = Image.new("RGB", (1000, 120 + 60 * len(lines)), "white")
    font = ImageFont.load_default(size=40)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 60 + 60 * number), line, "black", font)
    return image


def saved(image, kind, **options):
    data = BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def pdf(*pages):
    """Write a PDF of pages that are a text, an image, or empty."""
    data = BytesIO()
    canvas = Canvas(data, pagesize=(500, 400))
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(50, 300, page)
        elif page is not None:
            canvas.drawImage(ImageReader(page), 20, 100, 460, 460 * page.height / page.width)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


SCAN = drawn("The ferry leaves at seven.", "Tickets are sold on board.")


@pytest.mark.parametrize(
    ("pages", "note"),
    [
        ([SCAN], "no text, looks scanned; try --ocr"),
        ([SCAN, SCAN], "no text, looks scanned; try --ocr"),
        (["Text", SCAN], "page 2 has no text, looks scanned; try --ocr"),
        ([SCAN, SCAN, "Text"], "pages 1–2 have no text, look scanned; try --ocr"),
        (
            [SCAN, "Text", SCAN, SCAN, None, SCAN],
            "pages 1, 3–4 and 6 have no text, look scanned; try --ocr",
        ),
        (["Text", None], ""),
        ([None], ""),
    ],
)
def test_pages_that_look_scanned_are_named(pages, note):
    document = read(pdf(*pages), "a.pdf")
    assert document.note == note
    assert [page.number for page in document.pages] == list(range(1, len(pages) + 1))
    assert document.text.split() == [page for page in pages if page == "Text"]


def test_a_scan_with_nothing_but_a_page_number_looks_scanned():
    data = BytesIO()
    canvas = Canvas(data, pagesize=(500, 400))
    for number in range(1, 4):
        canvas.drawImage(ImageReader(SCAN), 20, 100, 460, 100)
        canvas.drawString(250, 20, str(number))
        canvas.showPage()
    canvas.save()
    assert read(data.getvalue(), "a.pdf").note == "no text, looks scanned; try --ocr"


def test_without_tesseract_the_note_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    note = read(pdf("Text", SCAN), "a.pdf", ocr=True).note
    assert note.startswith("page 2 has no text, looks scanned; to read it, install tesseract")
    with pytest.raises(ReadError, match="install tesseract"):
        read(saved(SCAN, "PNG"), "a.png", ocr=True)


@needs_tesseract
def test_scanned_pages_are_recognised_when_asked_for():
    data = pdf("Typed text", SCAN, None)
    document = read(data, "a.pdf", ocr=True)
    scanned = document.pages[1]
    text = document.text[scanned.start : scanned.end]
    assert text == "The ferry leaves at seven.\nTickets are sold on board."
    assert document.text.startswith("Typed text\f")
    assert document.note == ""
    assert boxes(data, 2, text, [(0, 9)]) == []


@needs_tesseract
def test_a_scan_of_nothing_is_said_to_have_nothing():
    document = read(pdf(Image.new("RGB", (600, 400), "white")), "a.pdf", ocr=True)
    assert (document.text, document.note) == ("", "no text, looks scanned; nothing was recognised")


@pytest.mark.parametrize("suffix", "png jpg jpeg tif tiff bmp webp gif".split())
def test_an_image_is_accounted_for_without_ocr(suffix):
    with pytest.raises(UnsupportedFormat, match=r"^an image; its text is read with --ocr$"):
        read(b"any bytes", f"a.{suffix}")


@needs_tesseract
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF"])
def test_an_image_is_recognised_when_asked_for(kind):
    document = read(saved(SCAN, kind), f"a.{kind.lower()}", ocr=True)
    assert document.text == "The ferry leaves at seven.\nTickets are sold on board."
    assert [page.location for page in document.pages] == ["page 1"]


@needs_tesseract
def test_a_tiff_has_pages():
    others = [drawn("Second page"), drawn("Third page")]
    data = saved(drawn("First page"), "TIFF", save_all=True, append_images=others)
    document = read(data, "a.tiff", ocr=True)
    assert document.text == "First page\fSecond page\fThird page"
    assert [page.number for page in document.pages] == [1, 2, 3]


@needs_tesseract
def test_transparent_and_turned_images_are_set_on_white_and_upright():
    clear = Image.new("RGBA", SCAN.size, (0, 0, 0, 0))
    clear.paste(SCAN, mask=SCAN.convert("L").point(lambda grey: 255 - grey))
    assert "Tickets are sold" in read(saved(clear, "PNG"), "a.png", ocr=True).text
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn it clockwise to see it upright
    turned = SCAN.transpose(Image.Transpose.ROTATE_90)
    assert "Tickets are sold" in read(saved(turned, "JPEG", exif=exif), "a.jpg", ocr=True).text


@pytest.mark.parametrize("data", [b"no image", saved(SCAN, "PNG")[:200], saved(SCAN, "TIFF")[:99]])
def test_a_broken_image_is_one_line(data):
    with pytest.raises(ReadError, match="not a whole image"):
        read(data, "a.png", ocr=True)


def test_an_image_of_too_many_pixels_is_refused_before_it_is_unpacked():
    data = saved(Image.new("1", (16_000, 16_000)), "PNG")
    with pytest.raises(ReadError, match="too many pixels"):
        read(data, "a.png", ocr=True)
    with pytest.raises(ReadError, match="too many pixels"):
        read(saved(Image.new("1", (12_000, 9_000)), "PNG"), "a.png", ocr=True)
