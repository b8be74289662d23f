"""The viewer over a real library: pages with their boxes, turning, finding, and links."""

from io import BytesIO
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from corpus import read

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 400, 500  # points
LEFT = [
    "The tower at Skerry Point is of granite.",
    "It stands 38 metres above the sea.",
    "Its lamp was first lit in February 1844.",
]
RIGHT = [
    "The keeper kept a garden of herbs.",
    "It grew beans, kale and barley.",
    "Goats ate most of it every winter.",
]
TURNED = ["Ferries call on Saturdays.", "They carry eleven goats each.", "Dogs travel free."]
TOP, LEADING, SIZE = 440, 18, 8  # points: the first baseline, between two, and of the type
TURNED_TOP = 340


def page(canvas, *columns, top=TOP, rotation=0, footer=""):
    canvas.setPageRotation(rotation)  # what is written is as high then as the page is wide
    canvas.setFont("Helvetica", SIZE)
    for column, lines in enumerate(columns):
        for number, line in enumerate(lines):
            canvas.drawString(30 + 190 * column, top - LEADING * number, line)
    canvas.drawString(30, 20, footer)
    canvas.showPage()


def guide():
    """Return a PDF: an introduction, two columns, a rotated page, all with a footer."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT))
    canvas.setTitle("A Guide to Skerry Point")
    page(canvas, ["This guide tells of the goats of an island."], footer="A guide, page 1")
    page(canvas, LEFT, RIGHT, footer="A guide, page 2")
    page(canvas, TURNED, top=TURNED_TOP, rotation=90, footer="A guide, page 3")
    canvas.save()
    return out.getvalue()


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    (folder / "guide.pdf").write_bytes(guide())
    (folder / "changing.pdf").write_bytes(guide().replace(b"Skerry Point)", b"Skerry Bank.)"))
    diary = "\n".join(f"Entry {n}. Wind south-west, the glass steady." for n in range(1_000))
    (folder / "diary.txt").write_text(diary)
    return folder


@pytest.fixture(scope="module")
def served(chat, docs, tmp_path_factory):
    return chat("--docs", docs, "--library", tmp_path_factory.mktemp("library"))


@pytest.fixture
def look(window, served):
    """Open a window at a link to the library, and wait until the document is shown."""

    def make(width=1280, height=800, scheme="light", **link):
        opened = window(width, height, scheme, url=served.url)
        opened.page.goto(f"{served.url}?{urlencode(link)}")
        opened.source().locator(".qa-opened").wait_for()
        return opened

    return make


def span_of(quote):
    text = read(guide(), "guide.pdf").text
    start = text.index(quote)
    return {"start": start, "end": start + len(quote)}


def shown_page(opened, number):
    """Wait for the picture of a page."""
    opened.page.wait_for_function(
        "number => JSON.parse(document.querySelector('.qa-opened').dataset.place)"
        ".shown.page === number",
        arg=number,
    )
    field = opened.source().get_by_role("textbox", name="Page", exact=True)
    assert field.input_value() == str(number)
    opened.source().locator(".qa-opened[data-drawn]").wait_for()


def tinted(opened):
    """Return which pixels of the page's picture, as it is on the screen, have a tint."""
    opened.page.locator(".qa-sheet path").first.wait_for(state="attached")
    picture = Image.open(BytesIO(opened.page.locator(".qa-sheet").screenshot())).convert("RGB")
    red, _, blue = np.moveaxis(np.asarray(picture).astype(int), 2, 0)
    return red - blue > 60


def part(pixels, left, top, right, bottom):
    """Return the pixels of a part of the page that is given in points."""
    across, down = pixels.shape[1] / WIDTH, pixels.shape[0] / HEIGHT
    return pixels[
        round(top * down) : round(bottom * down), round(left * across) : round(right * across)
    ]


def line(pixels, number, column=0):
    """Return the pixels of a line of an upright page, but for its last words."""
    left, baseline = 30 + 190 * column, TOP - LEADING * number
    return part(pixels, left, HEIGHT - baseline - 6, left + 100, HEIGHT - baseline + 1)


def turned_line(pixels, number):
    """Return the pixels of a line of the turned page: what was above is right of it now."""
    baseline = TURNED_TOP - LEADING * number
    return part(pixels, baseline - 1, 30, baseline + 6, 110)


def test_a_link_shows_the_page_with_a_box_over_its_words_and_no_others(look):
    opened = look(document="guide.pdf", **span_of(LEFT[1]))
    shown_page(opened, 2)
    pixels = tinted(opened)
    opened.screenshot("source-page")
    assert line(pixels, 1).mean() > 0.6
    for number, column in ((0, 0), (2, 0), (0, 1), (1, 1), (2, 1)):
        assert line(pixels, number, column).mean() == 0, f"line {number} of column {column}"
    assert pixels.mean() < 0.05


def test_a_box_is_over_its_words_on_a_rotated_page(look):
    opened = look(document="guide.pdf", **span_of(TURNED[1]))
    shown_page(opened, 3)
    pixels = tinted(opened)
    opened.screenshot("source-rotated")
    assert turned_line(pixels, 1).mean() > 0.6
    assert turned_line(pixels, 0).mean() == turned_line(pixels, 2).mean() == 0


def test_a_person_asks_and_sees_the_evidence_on_the_page(window, served):
    opened = window(url=served.url).open()
    turn = opened.ask("How many metres above the sea does the tower stand?")
    turn.locator(".qa-card").filter(has_text="guide.pdf").first.locator(".qa-open").click()
    shown_page(opened, 2)
    pixels = tinted(opened)
    opened.screenshot("source-asked")
    opened.source().get_by_role("button", name="Text", exact=True).click()
    marks = " ".join(opened.source().locator(".qa-text mark").all_inner_texts())
    assert LEFT[1] in marks
    for column, lines in enumerate((LEFT, RIGHT)):
        for number, words in enumerate(lines):
            assert (line(pixels, number, column).mean() > 0.6) == (words in marks), words
    opened.screenshot("source-text")


def test_pages_are_turned_with_buttons_numbers_and_keys(look):
    opened = look(document="guide.pdf")
    source, keyboard = opened.source(), opened.page.keyboard
    shown_page(opened, 1)
    assert source.get_by_role("button", name="Previous page").is_disabled()
    source.get_by_role("button", name="Next page").click()
    shown_page(opened, 2)
    keyboard.press("Enter")  # the button has the focus still
    shown_page(opened, 3)
    source.get_by_role("textbox", name="Page", exact=True).fill("1")
    keyboard.press("Enter")
    shown_page(opened, 1)
    source.get_by_role("region", name="Page").focus()
    keyboard.press("ArrowRight")
    shown_page(opened, 2)
    keyboard.press("ArrowLeft")
    shown_page(opened, 1)
    source.get_by_role("textbox", name="Page", exact=True).fill("77")
    keyboard.press("Enter")
    source.get_by_text("guide.pdf has no page 77; its last is 3").wait_for()


def test_the_passage_is_one_click_away_from_another_page(look):
    opened = look(document="guide.pdf", **span_of(LEFT[1]))
    shown_page(opened, 2)
    opened.source().get_by_role("button", name="Next page").click()
    shown_page(opened, 3)
    opened.source().get_by_role("button", name="To the passage").click()
    shown_page(opened, 2)


def test_words_are_found_through_all_pages(look):
    opened = look(document="guide.pdf")
    source, keyboard = opened.source(), opened.page.keyboard
    shown_page(opened, 1)
    source.get_by_role("searchbox", name="Find in document").fill("GOATS")
    keyboard.press("Enter")
    source.get_by_text("1 of 3", exact=True).wait_for()
    keyboard.press("Enter")  # the field has the focus still
    source.get_by_text("2 of 3", exact=True).wait_for()
    shown_page(opened, 2)
    assert line(tinted(opened), 2, 1)[:, :40].mean() > 0.6
    opened.screenshot("source-found")
    source.get_by_role("button", name="Next match").click()
    shown_page(opened, 3)
    source.get_by_role("button", name="Previous match").click()
    shown_page(opened, 2)
    source.get_by_role("searchbox").fill("zebras")
    keyboard.press("Enter")
    source.get_by_text("Not found").wait_for()


def test_a_long_text_is_read_from_end_to_end(look):
    opened = look(document="diary.txt", start=20_000, end=20_100)
    source = opened.source()
    assert source.locator(".qa-text img, .qa-views").count() == 0
    seen = source.locator(".qa-text").inner_text()
    for name, far in (("Earlier text", "Entry 0."), ("Later text", "Entry 999.")):
        button = source.get_by_role("button", name=name)
        while button.count():
            before = source.locator(".qa-opened").get_attribute("data-place")
            button.click()
            opened.page.wait_for_function(
                "before => document.querySelector('.qa-opened').dataset.place !== before",
                arg=before,
            )
            seen += source.locator(".qa-text").inner_text()
        assert far in seen
    assert all(f"Entry {n}." in seen for n in range(1_000))


def test_a_file_that_has_changed_is_shown_as_text_with_a_note(look, docs):
    (docs / "changing.pdf").write_bytes(b"%PDF-1.7 something else")
    opened = look(document="changing.pdf", p=2)
    source = opened.source()
    source.get_by_text("changing.pdf has changed since it was indexed").wait_for()
    assert LEFT[1] in source.locator(".qa-text").inner_text()
    assert not source.locator(".qa-view").is_visible()
    opened.screenshot("source-changed")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"document": "../../etc/passwd"}, "there is no document '../../etc/passwd'"),
        ({"document": "<img src=x onerror=alert(1)>"}, "there is no document '<img src=x"),
        ({"document": "guide.pdf", "start": "x"}, "start is no whole number"),
        ({"document": "guide.pdf", "p": 99}, "guide.pdf has no page 99; its last is 3"),
        ({"document": "guide.pdf", "start": 5, "end": 99_999}, "may have changed since"),
    ],
)
def test_a_link_to_nowhere_is_said_to_be_one(window, served, link, said):
    opened = window(url=served.url)
    opened.page.goto(f"{served.url}?{urlencode(link)}")
    opened.source().get_by_text(said).wait_for()


def test_a_link_opens_on_a_phone_where_it_is_seen(look):
    opened = look(390, 844, "dark", document="guide.pdf", **span_of(LEFT[1]))
    shown_page(opened, 2)
    opened.page.wait_for_function(
        "document.querySelector('#qa-source').getBoundingClientRect().top < innerHeight / 4"
    )
    assert line(tinted(opened), 1).mean() > 0.6
    opened.screenshot("source-phone-dark")
    assert opened.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
