"""Markup that is read verbatim: reStructuredText, AsciiDoc, Org, LaTeX and BibTeX."""

import pytest

from corpus.readers import read


def headings(document):
    """Check that each heading's title stands in its span, and return levels and titles."""
    for heading in document.headings:
        assert heading.title.split()[0] in document.text[heading.start : heading.end]
    return [(heading.level, heading.title) for heading in document.headings]


def verbatim(text, name):
    document = read(text.encode(), name)
    assert document.text == text
    assert document.encoding == "utf-8"
    return document


RST = """\
=====
Title
=====

Intro with a transition.

----

Part *one*
----------

Literal::

    Not a title
    -----------

====== ======
A      table
====== ======

Deep ``code``
~~~~~~~~~~~~~
Part two
--------
"""


def test_rst_sections_take_their_level_from_their_manner():
    document = verbatim(RST, "a.rst")
    assert headings(document) == [
        (1, "Title"),
        (2, "Part one"),
        (3, "Deep code"),
        (2, "Part two"),
    ]
    first = document.headings[0]
    assert document.text[first.start : first.end] == "=====\nTitle\n====="
    assert document.title == "Title"


ADOC = """\
= Guide
:author: Me

== Part `one`

----
== not a heading
----

=== Deep ===

Old manner
----------

Text
with a listing
--
"""


def test_asciidoc_sections():
    document = verbatim(ADOC, "a.adoc")
    assert headings(document) == [(1, "Guide"), (2, "Part one"), (3, "Deep"), (2, "Old manner")]
    assert document.title == "Guide"


ORG = """\
#+TITLE: Notes on /frogs/
* TODO [#A] Part one :tag:other:
text with * star
** [[http://x][Deep]] =code=
*bold* is no headline
"""


def test_org_headlines():
    document = verbatim(ORG, "a.org")
    assert headings(document) == [(1, "Part one"), (2, "Deep code")]
    assert document.title == "Notes on frogs"


TEX = r"""
\documentclass{article}
\title{On \emph{frogs}\thanks{Me} and P\'olya's \textbf{urn}}
\begin{document}
\begin{abstract}They leap.\end{abstract}
\section[Short]{A long {nested} title} % \section{commented out}
50\% \subsection*{Ends \& starts}\label{s}
\begin{verbatim}
\section{not one}
\end{verbatim}
\sectionmark{no} \paragraph{Last.} text
\section{never closed
"""


def test_latex_sections():
    document = verbatim(TEX, "a.tex")
    assert [(h.level, h.title) for h in document.headings] == [
        (3, "Abstract"),
        (3, "A long nested title"),
        (4, "Ends & starts"),
        (6, "Last."),
    ]
    long = document.headings[1]
    assert document.text[long.start : long.end] == r"\section[Short]{A long {nested} title}"
    assert document.title == "On frogs and Pólya's urn"


def test_bibtex_entries_are_marked_by_their_keys():
    text = "@string{x = 1}\n@article{moss2001,\n title={Frogs}}\n  @Book(lee, title=1)\n"
    document = verbatim(text, "a.bib")
    assert [mark.label for mark in document.marks] == ["entry moss2001", "entry lee"]
    assert document.mark_at(text.index("Frogs")) == "entry moss2001"


@pytest.mark.parametrize("name", ["a.rst", "a.adoc", "a.org", "a.tex", "a.bib"])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_stay_as_they_are(name, end):
    for text in (RST, ADOC, ORG, TEX):
        foreign = text.replace("\n", end)
        document = read(foreign.encode(), name)
        assert document.text == foreign
        found = read(text.encode(), name).headings
        assert [h.title for h in document.headings] == [h.title for h in found]


@pytest.mark.parametrize("name", ["a.rst", "a.adoc", "a.org", "a.tex", "a.bib"])
@pytest.mark.parametrize(
    "text",
    [
        "`" + " " * 200_000 + "\n" + "=" * 200_001,
        "= a" + " " * 200_000 + "b\n",
        "* " + " " * 200_000 + "\n",
        "====\n" * 20_000,
        "a\n====\n" * 20_000,
        "\\begin{verbatim}" * 50_000,
        "\\section{" * 5_000,
        "\\section" + " " * 200_000,
        "@a{" + "\n" * 50_000,
        "[[" * 100_000,
    ],
)
def test_hostile_markup_ends(text, name):
    assert read(text.encode(), name).text == text
