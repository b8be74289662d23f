"""XML: articles, feeds, records and files that break off."""

import pytest

from corpus.errors import ReadError
from corpus.readers import read


def xml(text, name="a.xml"):
    return read(text.encode(), name)


ARTICLE = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.3//EN" "JATS.dtd">
<article xmlns:mml="m"><front><article-meta>
<title-group><article-title>On <italic>frogs</italic></article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Moss</surname>
<given-names>Ann</given-names></name></contrib>
<contrib contrib-type="editor"><name><surname>Not</surname></name></contrib></contrib-group>
<permissions><license><p>licence</p></license></permissions>
<abstract><p>They leap.</p></abstract></article-meta></front>
<body><sec><label>1</label><title>Leaps</title><p>A leap is
<inline-formula><alternatives><tex-math>\\documentclass x</tex-math><mml:math><mml:mi>v</mml:mi>
<mml:mn>2</mml:mn></mml:math></alternatives></inline-formula> long [<xref>1</xref>].
<fig><label>Fig. 1</label><caption><p>A frog.</p></caption></fig></p>
<sec><title>Far</title><list><list-item><p>one</p></list-item><list-item><p>two</p></list-item></list>
<table-wrap><table><thead><tr><th>Frog</th><th>cm</th></tr></thead>
<tbody><tr><td>Big</td><td>9</td></tr></tbody></table></table-wrap></sec></sec></body>
<back><ref-list><title>References</title><ref><element-citation><name><surname>Lee</surname></name>
<year>2001</year></element-citation></ref></ref-list></back>
<sub-article><front-stub><title-group><article-title>Reply</article-title></title-group></front-stub>
<body><p>Thanks.</p></body></sub-article></article>"""


@pytest.mark.parametrize("name", ["a.xml", "a.nxml"])
def test_an_article_is_read_by_its_structure(name):
    document = xml(ARTICLE, name)
    assert document.text == (
        "On frogs\n\nAnn Moss\n\nAbstract\n\nThey leap.\n\n1 Leaps\n\nA leap is v 2 long [1].\n\n"
        "Fig. 1\n\nA frog.\n\nFar\n- one\n- two\n\nFrog | cm\nBig | 9\n\n"
        "References\nLee 2001\n\nReply\n\nThanks."
    )
    assert [(h.level, h.title) for h in document.headings] == [
        (1, "On frogs"),
        (2, "Abstract"),
        (2, "1 Leaps"),
        (3, "Far"),
        (2, "References"),
        (1, "Reply"),
    ]
    (table,) = document.tables
    assert document.text[table.start : table.end] == "Frog | cm\nBig | 9"
    assert document.title == "On frogs"


def test_a_feed_has_its_items_as_sections_and_their_pages_as_text():
    document = xml(
        "<rss><channel><title>News</title><link>http://x</link><item><title>One</title>"
        "<pubDate>today</pubDate><creator>Ann</creator>"
        "<description>&lt;p&gt;Some &lt;b&gt;bold&lt;/b&gt; news.&lt;/p&gt;&lt;p&gt;More."
        "</description></item></channel></rss>"
    )
    assert document.text == (
        "News\n\nlink: http://x\n\nOne\n\npubDate: today\ncreator: Ann\n\nSome bold news.\n\nMore."
    )
    assert [(h.level, h.title) for h in document.headings] == [(1, "News"), (2, "One")]
    assert document.title == "News"


def test_values_are_led_by_their_names_and_prose_is_not():
    document = xml(
        "<shop><book><name>Frogs</name><price>9</price></book>"
        "<note>Closed on <b>Monday</b>\n and later.\n\n  Open then.</note></shop>"
    )
    assert document.text == "name: Frogs\nprice: 9\n\nClosed on Monday and later.\n\nOpen then."
    assert document.text[document.text.index("9")] == "9"


def test_rows_are_tables():
    document = xml("<t><row><entry>a</entry><entry>b</entry></row><row><entry>1</entry></row></t>")
    assert document.text == "a | b\n1"
    assert len(document.tables) == 1


def test_text_in_attributes_alone_leaves_the_file_as_it_is():
    assert xml('<settings size="9" name="frog"/>').text == '<settings size="9" name="frog"/>'


def test_a_declared_encoding_is_followed():
    data = '<?xml version="1.0" encoding="EUC-JP"?><a>日本語の文書</a>'.encode("euc_jp")
    document = read(data, "a.xml")
    assert document.text == "日本語の文書"
    assert document.encoding == "euc_jp"


def test_a_file_that_breaks_off_is_read_up_to_there():
    document = xml("<a><b>one</b><b>two & more</b></a>")
    assert document.text == "one\n\ntwo"
    assert document.note.startswith("broken XML (not well-formed")
    assert xml("<a>one</a><b/>").note


def test_a_web_page_in_xml_is_read_as_one():
    page = '<?xml version="1.0"?><html xmlns="h"><body><nav>menu</nav><p>text</p></body></html>'
    assert xml(page).text == "text"


@pytest.mark.parametrize("text", ["no markup", "<", "<?xml version='1.0'?>"])
def test_what_holds_no_element_is_refused(text):
    with pytest.raises(ReadError, match="holds no XML"):
        xml(text)
