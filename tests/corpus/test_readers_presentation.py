"""PowerPoint presentations, written by python-pptx and by hand."""

import io

import pytest

from corpus.errors import ReadError
from corpus.readers import read
from tests.corpus.packages import zipped

R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
P = f'xmlns:p="p" xmlns:a="a" xmlns:dgm="d" {R}'


def relations(**targets):
    links = "".join(
        f'<Relationship Id="{name}" Type="x/{target.partition(":")[0]}" '
        f'Target="{target.partition(":")[2]}"/>'
        for name, target in targets.items()
    )
    return f"<Relationships>{links}</Relationships>"


def pptx(*slides, links=(), **parts):
    """Pack slides, each given as the XML of its shapes, in that order."""
    count = len(slides)
    identities = "".join(
        f'<p:sldId id="{256 + number}" r:id="r{number}"/>' for number in range(count)
    )
    files = {
        "ppt/presentation.xml": f"<p:presentation {P}><p:sldIdLst>{identities}</p:sldIdLst>"
        "</p:presentation>",
        # A slide's number is its place in the list, whatever its file is called.
        "ppt/_rels/presentation.xml.rels": relations(
            **{f"r{number}": f"slide:slides/slide{count - number}.xml" for number in range(count)}
        ),
    }
    for number, shapes in enumerate(slides):
        name = f"slide{count - number}.xml"
        files[f"ppt/slides/{name}"] = slide(shapes)
        if number < len(links):
            files[f"ppt/slides/_rels/{name}.rels"] = relations(**links[number])
    files |= {f"ppt/{name}.xml": part for name, part in parts.items()}
    return zipped(files)


def slide(shapes):
    return f"<p:sld {P}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"


def shape(*paragraphs, kind=None):
    ph = "" if kind is None else f'<p:ph type="{kind}"/>' if kind else '<p:ph idx="1"/>'
    texts = "".join(
        paragraph if paragraph.startswith("<") else f"<a:p><a:r><a:t>{paragraph}</a:t></a:r></a:p>"
        for paragraph in paragraphs
    )
    return f"<p:sp><p:nvSpPr><p:nvPr>{ph}</p:nvPr></p:nvSpPr><p:txBody>{texts}</p:txBody></p:sp>"


def pages(data):
    document = read(data, "a.pptx")
    assert all(page.kind == "slide" for page in document.pages)
    return [document.text[page.start : page.end] for page in document.pages]


def test_slides_are_pages_in_the_order_of_the_list_with_the_title_first():
    document = read(
        pptx(
            shape("Body.", kind="body") + shape("First", kind="ctrTitle"),
            "<p:pic/>",
            shape("Last", "slide", kind="title") + shape("3", kind="sldNum"),
        ),
        "a.pptx",
    )
    assert [page.location for page in document.pages] == ["slide 1", "slide 2", "slide 3"]
    assert document.text == "First\n\nBody.\n\nLast slide"
    assert [(page.start, page.end) for page in document.pages] == [(0, 12), (12, 12), (14, 24)]
    assert [(h.level, h.title, h.start) for h in document.headings] == [
        (1, "First", 0),
        (1, "Last slide", 14),
    ]
    assert document.title == "First"


def test_lists_line_breaks_groups_and_alternatives():
    deep = '<a:p><a:pPr lvl="1"/><a:r><a:t>deep</a:t></a:r></a:p>'
    plain = (
        "<a:p><a:pPr><a:buNone/></a:pPr><a:r><a:t>a</a:t></a:r><a:br/><a:r><a:t>b</a:t></a:r></a:p>"
    )
    group = f"<p:grpSp>{shape('in a group')}<p:grpSp>{shape('in two')}</p:grpSp></p:grpSp>"
    choice = (
        f'<mc:AlternateContent xmlns:mc="m"><mc:Choice>{shape("new")}</mc:Choice>'
        f"<mc:Fallback>{shape('old')}</mc:Fallback></mc:AlternateContent>"
    )
    assert pages(pptx(shape("one", deep, plain, "two", kind="") + group + choice)) == [
        "- one\n  - deep\n\na\nb\n\n- two\n\nin a group\n\nin two\n\nnew"
    ]


def test_notes_follow_their_slide_without_its_picture_and_number():
    notes = (
        shape("picture", kind="sldImg")
        + shape("Say this.", kind="body")
        + shape("1", kind="sldNum")
    )
    data = pptx(
        shape("One", kind="title"),
        shape("Two", kind="title"),
        links=[{"n": "notesSlide:../n1.xml"}],
        n1=slide(notes),
    )
    assert pages(data) == ["One\n\nSay this.", "Two"]


def test_the_text_of_diagrams_is_read():
    frame = (
        '<p:graphicFrame><a:graphic><a:graphicData><dgm:relIds r:dm="d"/></a:graphicData>'
        "</a:graphic></p:graphicFrame>"
    )
    point = "<dgm:pt><dgm:t><a:p><a:r><a:t>{}</a:t></a:r></a:p></dgm:t></dgm:pt>"
    points = f"{point.format('Plan')}<dgm:pt/>{point.format('Do')}"
    diagram = f"<dgm:dataModel {P}><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>"
    data = pptx(frame, links=[{"d": "diagramData:../d1.xml"}], d1=diagram)
    assert pages(data) == ["Plan\n\nDo"]


def test_a_deck_as_a_program_writes_it():
    from pptx import Presentation
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    deck = Presentation()
    deck.core_properties.title = "Yearly review"
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Sales"
    first.placeholders[1].text = "Up\nAgain"
    table = first.shapes.add_table(2, 2, 0, 0, 99, 99).table
    for row, texts in enumerate([("Year", "Sales"), ("2024", "5")]):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    first.notes_slide.notes_text_frame.text = "Pause here."
    second = deck.slides.add_slide(deck.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["North", "South"]
    data.add_series("2023", (1.5, 2))
    data.add_series("2024", (3, 4))
    chart = second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 99, 99, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "By region"
    saved = io.BytesIO()
    deck.save(saved)

    document = read(saved.getvalue(), "deck.pptx")
    assert [document.text[page.start : page.end] for page in document.pages] == [
        "Sales\n\n- Up\n- Again\n\nYear | Sales\n2024 | 5\n\nPause here.",
        "By region\n\n| 2023 | 2024\nNorth | 1.5 | 3\nSouth | 2 | 4",
    ]
    assert [document.text[table.start : table.end].count("\n") for table in document.tables] == [
        1,
        2,
    ]
    assert document.title == "Yearly review"


@pytest.mark.parametrize(
    "data",
    [
        zipped({"ppt/presentation.xml": "<p:presentation xmlns:p='p'>"}),
        zipped({"ppt/other.xml": "<x/>"}),
        pptx(shape("x"))[:-30],
    ],
)
def test_broken_decks_are_refused(data):
    with pytest.raises(ReadError):
        read(data, "a.pptx")


def test_a_slide_that_is_missing_is_an_empty_page():
    data = zipped(
        {
            "ppt/presentation.xml": f"<p:presentation {P}><p:sldIdLst><p:sldId r:id='no'/>"
            "</p:sldIdLst></p:presentation>"
        }
    )
    assert pages(data) == [""]
