"""PDF: pictures of pages, and boxes on them that hold the ink of the words asked for."""

from io import BytesIO

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from corpus.errors import ReadError
from corpus.readers import read
from corpus.readers.pdf import boxes, render

SCALE = 3.0
PLAIN = [
    (60, 300, "The ferry leaves the"),
    (60, 284, "old harbour at seven."),
    (60, 268, "It comes back late."),
]
COLUMNS = [
    (60, 300, "left is one"),
    (60, 284, "left is two"),
    (200, 300, "right is one"),
    (200, 284, "right is two"),
]
CUT = [(60, 300, "Here is the govern-"), (60, 284, "ment at last."), (60, 268, "Nothing else.")]
LEADERS = [(60, 300, "Cash ............. 876 (all)"), (60, 284, "Debt ............. 12 (some)")]
BLANKS = [(60, 300, "  Two  blanks   here "), (60, 284, "and none")]


def pdf(pages, rotation=0, turned=False, crop=None, inked=None):
    """Write a PDF; where ``inked`` is given, only those words leave ink, in order.

    What is ``turned`` is upright on the page as it is shown, rotated.
    """
    left = list(inked or ())
    data = BytesIO()
    canvas = Canvas(data, pagesize=(400, 400))
    for page in pages:
        canvas.setPageRotation(rotation)
        if crop:
            canvas.setCropBox(crop)
        if turned:
            canvas.translate(*{90: (400, 0), 180: (400, 400), 270: (0, 400)}[rotation])
            canvas.rotate(rotation)
        for x, y, text in page:
            for word in text.split(" "):
                is_next = left[:1] == [word]
                canvas.setFillGray(0 if inked is None or is_next else 1)
                canvas.drawString(x, y, word)
                left = left[is_next:]
                x += canvas.stringWidth(word + " ")
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def ink(data, number=1):
    picture = render(data, number, SCALE)
    assert picture.scale == SCALE
    return np.asarray(picture.image.convert("L")) < 128


def covered(shape, found):
    """Return the pixels of a picture that boxes hold."""
    mask = np.zeros(shape, dtype=bool)
    for box in found:
        left, top = int(box.left * SCALE), int(box.top * SCALE)
        mask[top : int(box.bottom * SCALE) + 1, left : int(box.right * SCALE) + 1] = True
    return mask


def boxes_of(data, quote, number=1):
    document = read(data, "a.pdf")
    page = document.pages[number - 1]
    text = document.text[page.start : page.end]
    start = text.index(quote)
    return boxes(data, number, text, [(start, start + len(quote))])


@pytest.mark.parametrize(
    ("page", "quote", "words"),
    [
        (PLAIN, "ferry leaves", "ferry leaves"),
        (PLAIN, "leaves the\nold harbour", "leaves the old harbour"),
        (PLAIN, "late.", "late."),
        (COLUMNS, "two", "two"),
        (COLUMNS, "is one\nleft is two", "is one left is two"),
        (CUT, "government at", "govern- ment at"),
        (LEADERS, "876 (all)", "876 (all)"),
        (BLANKS, "blanks here", "blanks here"),
    ],
)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rotation": 90},
        {"rotation": 270},
        {"rotation": 90, "turned": True},
        {"rotation": 180, "turned": True},
        {"rotation": 270, "turned": True},
        {"crop": (40, 200, 390, 350)},
        {"crop": (40, 200, 390, 350), "rotation": 90},
    ],
    ids=str,
)
def test_boxes_hold_the_ink_of_these_words_and_of_no_others(page, quote, words, options):
    data = pdf([page], **options)
    everything = ink(data)
    theirs = ink(pdf([page], inked=words.split(), **options))
    inside = covered(everything.shape, boxes_of(data, quote))
    assert theirs.sum() > 100
    hyphen = 60 if "- " in words else 0  # pixels of the one that is not in the text
    assert (theirs & ~inside).sum() <= hyphen
    assert not (everything & ~theirs & inside).any()


def test_there_is_one_box_a_line():
    data = pdf([PLAIN])
    first, second = boxes_of(data, "leaves the\nold harbour")
    assert first.bottom <= second.top + 2
    assert first.left > second.left
    assert (second.left, second.right) == pytest.approx((60, 121), abs=1)


def test_furniture_is_known_to_be_left_out():
    pages = [
        [(60, 380, "Running head"), *PLAIN, (60, 100, f"Only here {n}{n}"), (200, 20, f"{n + 1}")]
        for n in range(5)
    ]
    data = pdf(pages)
    assert "Running" not in read(data, "a.pdf").text[50:]
    everything = ink(data, 4)
    inside = covered(everything.shape, boxes_of(data, "Only here 33", 4))
    theirs = ink(pdf([pages[3]], inked=["Only", "here", "33"]))
    assert (theirs & inside).sum() == theirs.sum()
    assert not (everything & ~theirs & inside).any()


def test_a_text_that_is_not_the_pages_has_no_boxes():
    data = pdf([PLAIN])
    assert boxes(data, 1, "Something that was recognised.", [(0, 9)]) == []
    assert boxes(data, 1, "", [(0, 0)]) == []


def test_every_character_but_blanks_has_its_box():
    data = pdf([PLAIN])
    text = read(data, "a.pdf").text
    for index, character in enumerate(text):
        assert len(boxes(data, 1, text, [(index, index + 1)])) == (not character.isspace())


@pytest.mark.parametrize("number", [0, 3])
def test_a_page_that_is_not_there_is_named(number):
    data = pdf([PLAIN, PLAIN])
    with pytest.raises(ReadError, match=f"has no page {number}; it has 2"):
        render(data, number)
    with pytest.raises(ReadError, match=f"has no page {number}; it has 2"):
        boxes(data, number, "", [])


def test_a_picture_is_as_large_as_the_page_is_shown():
    assert render(pdf([PLAIN], crop=(40, 200, 390, 350)), 1, 2.0).image.size == (700, 300)
    turned = pdf([PLAIN], crop=(40, 200, 390, 350), rotation=90)
    assert render(turned, 1, 2.0).image.size == (300, 700)


def test_a_picture_of_a_huge_page_is_smaller_than_asked_for():
    data = BytesIO()
    canvas = Canvas(data, pagesize=(14_400, 14_400))
    canvas.drawString(100, 100, "far away")
    canvas.save()
    picture = render(data.getvalue(), 1, 2.0)
    assert picture.scale < 0.4
    assert max(picture.image.size) == pytest.approx(14_400 * picture.scale, abs=1)
