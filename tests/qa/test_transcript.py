"""A conversation as Markdown: what it says, and that no text in it becomes markup."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa.history import Turn
from qa.transcript import evidence, markdown, plain_text, reference
from qa.types import StatedValue
from tests.showing import HOSTILE, answer, cite

PAGE = "http://127.0.0.1:7860/"
TEXT = "Before. The first keeper was Agnes Orr. After. She kept a diary."


def test_it_tells_questions_quotes_references_and_links():
    citation = cite(TEXT, highlights=[(8, 39), (47, 64)])
    turns = [
        Turn("And who?", answer(citation), asked="Who kept it?"),
        Turn("Where?", answer(citation, answered=False)),
        Turn("Why?", answer(answered=False)),
        Turn("When?", error="the library is broken"),
    ]
    assert markdown(turns, PAGE) == (
        "# Questions and passages\n"
        "\n## And who?\n"
        "\nAsked as: Who kept it?\n"
        "\nPassages, best first:\n"
        "\n**1.** A guide, guide.txt, page 3, relevance 87% "
        f"([open]({PAGE}?document=guide.txt&start=0&end=64))\n"
        "\n> The first keeper was Agnes Orr. … She kept a diary.\n"
        "\n## Where?\n"
        "\n**No passage answers this.**\n"
        "\nNearest passages, best first:\n"
        "\n**1.** A guide, guide.txt, page 3, relevance 87% "
        f"([open]({PAGE}?document=guide.txt&start=0&end=64))\n"
        "\n> The first keeper was Agnes Orr. … She kept a diary.\n"
        "\n## Why?\n"
        "\n**No passage answers this.**\n"
        "\n## When?\n"
        "\nFailed: the library is broken\n"
    )


@pytest.mark.parametrize(
    "page",
    [
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "http://x/?a=b",
        "http://x/\n",
        "http://x/" + "y" * 3_000,
    ],
)
def test_without_an_address_there_are_no_links(page):
    assert "[open]" not in markdown([Turn("Why?", answer(cite("x")))], page)


def test_a_link_cannot_be_left():
    citation = cite("x", document="a) [b](javascript:alert(1)) <c>.txt")
    link = markdown([Turn("Why?", answer(citation))], "http://x/a)b/").split("([open](")[1]
    assert link.split("))")[0] == (
        "http://x/a%29b/?document=a%29+%5Bb%5D%28javascript%3Aalert%281%29%29+%3Cc%3E.txt"
        "&start=0&end=1"
    )


def test_a_path_that_several_roots_have_is_given_whole():
    turns = [Turn("Why?", answer(cite("x")))]
    assert "?document=%2Flibrary%2Fguide.txt&" in markdown(turns, PAGE, {"guide.txt"})


def test_without_evidence_the_passage_is_quoted():
    assert evidence(cite(TEXT)) == TEXT
    assert reference(cite(TEXT, title="")) == "guide.txt, page 3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A plain sentence, with 3 numbers (and 1.5).", None),
        ("# heading", r"\# heading"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("1. item", r"1\. item"),
        ("23) item", r"23\) item"),
        ("a - b + 1. c", None),
        ("*a* _b_ `c` ~~d~~", r"\*a\* \_b\_ \`c\` \~\~d\~\~"),
        ("![i](u)", r"!\[i\](u)"),
        ("<b>&lt;", r"\<b\>\&lt;"),
        ("$x$ a|b [^1]", r"\$x\$ a\|b \[\^1\]"),
        ("https://x.org www.x.org a@b.c", r"https\://x.org www\.x.org a\@b.c"),
        ("    code\n\n\n---", r"code ---"),
        ("===", r"\=\=\="),
        ("a\\", "a\\\\"),
        ("a\x00\x1b[31mb", r"a\[31mb"),
    ],
)
def test_text_stays_text(text, expected):
    assert plain_text(text) == (text if expected is None else expected)


def test_every_line_of_a_quote_stays_in_it():
    text = "one\n\n# two\r\n> three\x0bfour\u2028five"
    lines = markdown([Turn("Why?", answer(cite(text)))]).splitlines()
    assert lines[-5:] == ["> one", r"> \# two", r"> \> three", "> four", "> five"]


def test_hostile_text_is_nowhere_markup():
    citation = cite(HOSTILE, title=HOSTILE, document=HOSTILE)
    stated = (StatedValue(HOSTILE, (1,)),)
    turns = [
        Turn(HOSTILE, replace(answer(citation), disagreement=stated), asked=HOSTILE),
        Turn(HOSTILE, error=HOSTILE),
    ]
    said = markdown(turns, PAGE)
    for opening in ("<", "{", "$", "&amp"):
        assert f"\\{opening}" in said
        assert opening not in said.replace(f"\\{opening}", "")


@given(st.text(st.sampled_from("ab1 \n\t#>-+*_`~[]()!<&;:=|.\\/@{}$^\"'"), max_size=40))
@example("[a]: /b")
@example("1) a")
@example("\\<b>")
def test_a_reader_of_markdown_finds_nothing_but_text(text):
    tokens = (
        MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(plain_text(text))
    )
    inner = [token for block in tokens for token in block.children or ()]
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    assert {token.type for token in inner} <= {"text", "text_special"}
    assert "".join(token.content for token in inner) == " ".join(text.split())
