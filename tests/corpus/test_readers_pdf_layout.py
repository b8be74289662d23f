"""PDF: what stands on a page but is no text of it, and what line ends do to words and rows."""

from io import BytesIO

import pytest
from reportlab.pdfgen.canvas import Canvas

from corpus.readers import read

PROSE = (
    "The ferry leaves the old harbour at seven in the morning and",
    "comes back before the evening tide, unless the wind is strong.",
    "Tickets are sold on board, and bicycles travel without charge.",
)


def pdf(pages, size=(400, 600)):
    """Write a PDF; a page is a list of (x, y, text) or (x, y, text, font, size)."""
    data = BytesIO()
    canvas = Canvas(data, pagesize=size)
    for page in pages:
        for x, y, text, *style in page:
            canvas.setFont(*(style or ("Helvetica", 10)))
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def prose(top=500, number=0):
    """Return lines of body text, the last of which tells pages apart."""
    return [(50, top - 12 * index, text) for index, text in enumerate(body(number).split("\n"))]


def texts(pages, **options):
    document = read(pdf(pages, **options), "a.pdf")
    return [document.text[page.start : page.end] for page in document.pages]


def body(number):
    """Return body text that no other page has."""
    return "\n".join(f"{line} {chr(97 + number) * 3}" for line in PROSE)


def test_page_numbers_leave_no_trace():
    pages = [[*prose(number=n), (200, 20, str(n + 1))] for n in range(3)]
    assert texts(pages) == [body(0), body(1), body(2)]


@pytest.mark.parametrize("label", ["- {} -", "Page {} of 6", "Seite {}", "F-{}", "{}.", "[{}]"])
def test_page_numbers_are_known_in_their_usual_dress(label):
    pages = [[*prose(number=n), (200, 20, label.format(n + 7))] for n in range(3)]
    assert texts(pages) == [body(0), body(1), body(2)]


def test_roman_page_numbers_and_numbers_on_top_go_as_well():
    roman = [
        [(200, 570, numeral), *prose(number=n)] for n, numeral in enumerate(["iii", "iv", "v"])
    ]
    assert texts(roman) == [body(0), body(1), body(2)]


def test_a_number_that_does_not_count_the_pages_stays():
    pages = [[*prose(number=n), (50, 20, number)] for n, number in enumerate(["12", "40", "7"])]
    assert [text.rsplit("\n", 1)[-1] for text in texts(pages)] == ["12", "40", "7"]


def test_numbers_of_sections_that_each_have_a_page_stay():
    pages = [
        [(50, 570, f"{n + 1}."), (80, 570, f"The tale of boat {chr(97 + n)}"), *prose(number=n)]
        for n in range(4)
    ]
    assert texts(pages)[2].startswith("3. The tale of boat c")


def test_the_number_on_a_single_page_stays():
    assert texts([[*prose(), (200, 20, "1")]])[0].endswith("1")


def test_a_running_header_stays_where_it_first_appears():
    pages = [[(50, 570, "Harbour Board, Annual Report"), *prose(number=n)] for n in range(5)]
    found = texts(pages)
    assert found[0] == "Harbour Board, Annual Report\n\n" + body(0)
    assert found[1:] == [body(1), body(2), body(3), body(4)]


def test_headers_of_left_and_right_pages_are_known_apart():
    sides = ("Harbour Board", "Part One: The Boats")
    pages = [[(50, 570, sides[n % 2]), *prose(number=n), (200, 20, f"{n + 1}")] for n in range(8)]
    assert texts(pages)[2:] == [body(n) for n in range(2, 8)]


def test_words_with_the_page_number_are_one_footer():
    pages = [[*prose(number=n), (50, 20, f"Harbour Board | Page {n + 3}")] for n in range(5)]
    assert texts(pages)[1:] == [body(n) for n in range(1, 5)]


def test_a_header_over_a_few_pages_goes_only_where_no_page_has_body_text():
    covers = [prose(number=n, top=570) for n in range(20)]
    form = [[(50, 570, "Power of attorney"), *prose(number=n)] for n in range(4)]
    assert all(text.startswith("Power of attorney") for text in texts(covers + form)[20:])


def test_body_text_that_comes_again_stays():
    lease = [*PROSE, "The keys are returned on the last day,", "and so is the parking card."]
    page = [(50, 570 - 12 * index, text) for index, text in enumerate(lease)]
    found = texts([[*page, (50, 300, f"Tenant {chr(97 + n)}")] for n in range(8)])
    assert found[5] == "\n".join(lease) + "\n\nTenant f"


def test_a_line_as_close_to_the_body_as_its_own_lines_stays():
    pages = [[(50, 512, "Item | Cost | Date"), *prose(number=n)] for n in range(20)]
    assert all(text.startswith("Item | Cost | Date") for text in texts(pages))


def test_a_large_title_that_comes_again_stays():
    title = (50, 570, "Results", "Helvetica-Bold", 24)
    found = texts([[title, *prose(number=n)] for n in range(5)])
    assert all(text.startswith("Results") for text in found)


def test_numbered_labels_of_sheets_keep_their_first():
    pages = [[*prose(number=n), (50, 20, "Draft of 3 May 2024")] for n in range(4)]
    assert "".join(texts(pages)).count("Draft of 3 May 2024") == 1


def cut(before, after, *others):
    """Return the text of a page with a word cut between two lines, and other lines below."""
    rows = [f"Here is {before}-", f"{after} at last", *others]
    return texts([[(50, 500 - 12 * i, row) for i, row in enumerate(rows)]])[0]


def test_a_cut_word_is_joined():
    assert "Here is government at last" in cut("govern", "ment")


def test_a_word_cut_at_the_end_of_a_page_keeps_its_hyphen():
    pages = [
        [*prose(number=n), (50, 300, f"{chr(97 + n)} govern-"), (50, 20, f"Page {n}")]
        for n in range(4)
    ]
    assert texts(pages)[2].endswith("\nc govern-")


def test_the_hyphen_stays_where_the_document_writes_it():
    assert "long-term at last" in cut("long", "term", "Other long-term debt is small.")
    assert "longterm at last" in cut("long", "term", "Other longterm debt is small.")


def test_the_hyphen_stays_between_words_and_in_longer_compounds():
    assert "snow-white at last" in cut("snow", "white", "The snow is not white.")
    assert "over-the-counter at last" in cut("over-the", "counter")


def test_the_hyphen_stays_before_a_capital_or_a_digit():
    assert "non-GAAP at last" in cut("non", "GAAP")
    assert "type-2 at last" in cut("type", "2").replace("\n", "")


def test_a_hyphen_that_PDFium_leaves_is_joined_when_the_pair_is_known():  # noqa: N802
    assert "Form 10-K at last" in cut("Form 10", "K", "Another Form 10-K was filed.")


def test_leaders_and_doubled_blanks_are_left_out():
    rows = [
        (50, 500, "Cash ............................ 876"),
        (50, 488, "Debt . . . . . . . . 12"),
    ]
    assert texts([rows]) == ["Cash 876\nDebt 12"]


def test_what_stands_in_one_row_is_one_line():
    row = [(50, 500, "Net"), (100, 500, "sales"), (250, 500, "1,204"), (300, 502, "(a)")]
    assert texts([[*row, (50, 488, "Costs"), (250, 488, "900")]]) == [
        "Net sales 1,204 (a)\nCosts 900"
    ]


def test_a_blank_line_stands_between_paragraphs_but_not_inside_a_sentence():
    gap = [(50, 500 - 12 * i, text) for i, text in enumerate(PROSE)]
    after = [(50, 446 - 12 * i, text) for i, text in enumerate(PROSE)]
    assert texts([gap + after]) == ["\n".join(PROSE) + "\n\n" + "\n".join(PROSE)]
    torn = [(50, 500, PROSE[0]), (50, 476, PROSE[1]), (50, 464, PROSE[2]), (50, 452, "It is so.")]
    assert texts([torn]) == ["\n".join([*PROSE, "It is so."])]


def test_two_columns_are_read_one_after_the_other():
    left = [(50, 500 - 12 * i, f"left {word}") for i, word in enumerate("one two three".split())]
    right = [(250, 500 - 12 * i, f"right {word}") for i, word in enumerate("one two".split())]
    assert texts([left + right]) == ["left one\nleft two\nleft three\nright one\nright two"]


def test_large_or_bold_lines_before_text_are_headings():
    page = [
        (50, 560, "Part I", "Helvetica-Bold", 16),
        (50, 530, "The Boats", "Helvetica-Bold", 10),
        *prose(top=515),
        (50, 450, "Fares and Tickets", "Helvetica-Bold", 10),
        *prose(top=435),
        (50, 370, "Total 12.5 13.5", "Helvetica-Bold", 10),
        (50, 355, "Cash 1.5 2.5"),
    ]
    document = read(pdf([page]), "a.pdf")
    assert [(h.level, h.title, document.text[h.start : h.end]) for h in document.headings] == [
        (1, "Part I", "Part I"),
        (2, "The Boats", "The Boats"),
        (2, "Fares and Tickets", "Fares and Tickets"),
    ]


def test_a_heading_may_take_two_lines():
    page = [
        (50, 560, "How the boats of the old", "Helvetica-Bold", 14),
        (50, 545, "harbour are run", "Helvetica-Bold", 14),
        *prose(top=515),
    ]
    document = read(pdf([prose(), page]), "a.pdf")
    (heading,) = document.headings
    assert heading.title == "How the boats of the old harbour are run"
    assert document.text[heading.start : heading.end].endswith("harbour are run")
