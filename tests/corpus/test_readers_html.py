"""HTML becomes readable blocks without furniture."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers import read


def text_of(markup):
    return read(markup.encode(), "a.html").text


def test_blocks_lists_and_tables():
    document = read(
        b"""<!DOCTYPE html><html><head><title>The &amp; Page</title><style>p{}</style></head><body>
        <h1>Main   <em>heading</em></h1><p>First <b>par</b>agraph,<br>two lines.<p>Second.
        <ul><li>one<li>two<ol><li>deep</ol></ul>
        <table><tr><th>Year</th><th>Sales</th></tr><tr><td>2024<td>1&nbsp;000</table>
        <h2>Sub</h2><pre>  a\n    b\n</pre><dl><dt>Term<dd>Meaning</dl></body></html>""",
        "a.html",
    )
    assert document.text == (
        "Main heading\n\nFirst paragraph,\ntwo lines.\n\nSecond.\n\n"
        "- one\n- two\n  - deep\n\n"
        "Year | Sales\n2024 | 1 000\n\n"
        "Sub\n\n  a\n    b\n\nTerm\nMeaning"
    )
    assert document.title == "The & Page"
    assert [(h.level, h.title) for h in document.headings] == [(1, "Main heading"), (2, "Sub")]
    for heading in document.headings:
        assert document.text[heading.start : heading.end] == heading.title
    assert document.pages == ()


@pytest.mark.parametrize(
    "furniture",
    [
        "<script>x < y</script>",
        "<style>x{}</style>",
        "<template>x</template>",
        "<noscript>x</noscript>",
        "<nav>x<nav>y</nav>z</nav>",
        "<footer>x</footer>",
        "<aside>x</aside>",
        "<button>x</button>",
        "<select><option>x</select>",
        "<svg><title>x</title></svg>",
        "<div hidden>x<div>y</div></div>",
        "<div aria-hidden='true'>x</div>",
        "<p style='color: red; DISPLAY : none'>x</p>",
        "<div role='navigation'>x</div>",
        "<p hidden>x<p>",
        "<!-- x -->",
        "<![if gte mso 9]>",
        "<![foo]>",
        "<?x y?>",
    ],
)
def test_furniture_is_left_out(furniture):
    assert text_of(f"<p>before</p>{furniture}<p>after</p>") == "before\n\nafter"


def test_footers_and_asides_of_an_article_are_content():
    article = "<article><p>text</p><aside>note</aside><footer>sources</footer></article>"
    assert text_of(f"{article}<footer>imprint</footer>") == "text\n\nnote\n\nsources"


def test_a_page_with_a_long_main_part_is_that_part():
    menu = "<ul><li>Home</ul>"
    assert text_of(f"{menu}<main><p>{'word ' * 9}</main><p>menu") == ("word " * 9).strip()
    assert text_of(f"<main>x</main><p>{'word ' * 9}") == "x\n\n" + ("word " * 9).strip()


def test_a_page_that_is_all_furniture_is_kept():
    assert text_of("<nav><p>only this") == "only this"


def test_layout_tables_keep_their_blocks():
    markup = "<table><tr><td><h1>Title</h1><p>One</p><p>Two</p></table>"
    document = read(markup.encode(), "a.html")
    assert document.text == "Title\n\nOne\n\nTwo"
    assert document.headings[0].title == "Title"
    nested = "<table><tr><td>menu<td><table><tr><td>a<td>b<tr><td>c<td>d</table></table>end"
    assert text_of(nested) == "menu\n\na | b\nc | d\n\nend"


def test_cells_stand_on_one_line():
    assert text_of("<table><tr><td><p>a</p><p>b<br>c</p><td><td>d</table>") == "a b c |  | d"


def test_the_title_falls_back_to_the_first_main_heading():
    assert read(b"<h2>a</h2><h1>b <i>c</i></h1>", "a.html").title == "b c"
    assert read(b"<h2>a</h2>", "a.html").title == ""


def test_an_unclosed_heading_does_not_swallow_the_page():
    document = read(("<h1>Short<p>" + "long " * 200).encode(), "a.html")
    assert document.headings == ()


@pytest.mark.parametrize(
    ("head", "written", "reported"),
    [
        ("<meta charset=iso-8859-1>", "cp1252", "cp1252"),
        ("<meta http-equiv=x content='text/html; charset=Shift_JIS'>", "cp932", "cp932"),
        ("<?xml version='1.0' encoding='windows-1251'?>", "cp1251", "cp1251"),
        ("<meta charset=utf-8>", "utf-8", "utf-8"),
        ("<meta charset=utf-16>", "utf-8", "utf-8"),
        ("<meta charset=utf-8>", "utf-16", "utf-16"),
        ("<meta charset=no-such-thing>", "utf-8", "utf-8"),
        ("<meta charset=unicode_escape>", "utf-8", "utf-8"),
        ("<meta charset=rot13>", "utf-8", "utf-8"),
        ("<meta charset=utf-8>", "cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_marked_declared_or_guessed(head, written, reported):
    words = {"cp932": "日本語", "cp1251": "Москва", "cp1252": "déjà “vu”"}.get(written, "déjà 日")
    document = read(f"{head}<p>{words}".encode(written), "a.html")
    assert (document.text, document.encoding) == (words, reported)


def test_references_are_decoded_and_invisible_marks_dropped():
    assert text_of("<p>a&shy;b &lt;c&gt; &#x41;&#xD800; d&zwnj;") == "ab <c> A\ufffd d\u200c"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_no_text_makes_it_fail(text):
    read(text.encode("utf-8", "replace"), "a.html")


NAMES = ["h1", "table", "tr", "td", "ul", "li", "main", "nav", "pre", "article", "title", "p"]
ODDITIES = ["<br>", "<p hidden>", "<![x", "<!--", "-->", "&", "&#x", "<"]
tags = st.sampled_from([f"<{slash}{name}>" for name in NAMES for slash in ("", "/")] + ODDITIES)


@given(st.lists(st.one_of(tags, st.text("ab \n", max_size=3)), max_size=40))
def test_no_order_of_tags_makes_it_fail(parts):
    document = read("".join(parts).encode(), "a.html")
    for heading in document.headings:
        assert document.text[heading.start : heading.end] == heading.title


@pytest.mark.parametrize(
    "tag", ["<div>", "<ul><li>x", "<table><tr><td>x", "<b>", "<nav>", "<h1>x", "<!--", "<a b='"]
)
def test_hostile_repetition_is_survived_in_linear_time(tag):
    started = time.perf_counter()
    document = read((tag * 10_000 + "end").encode(), "a.html")
    assert time.perf_counter() - started < 3
    assert len(document.text) < 40 * 10_000


def test_a_hundred_thousand_nested_blocks():
    assert text_of("<div>" * 100_000 + "deep" + "</div>" * 100_000) == "deep"


def test_a_table_is_the_span_of_its_rows_and_one_row_is_none():
    row = "<tr><td>{}</td><td>{}</td></tr>"
    two = f"<table><tr><th>Year</th><th>Sales</th></tr>{row.format(2024, 5)}</table>"
    nested = f"<table><tr><td>around</td><td>{two}</td></tr></table>"
    document = read(
        f"{two}<p>x</p>{two}{nested}<table>{row.format(1, 2)}</table>".encode(), "a.html"
    )
    spans = [document.text[table.start : table.end] for table in document.tables]
    assert spans == ["Year | Sales\n2024 | 5"] * 3
    assert [[document.text[row] for row in table.rows] for table in document.tables] == [
        ["Y", "2"]
    ] * 3
