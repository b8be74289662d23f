"""Notebooks: sources and text outputs of the cells, in their order."""

import json

import pytest

from corpus.errors import ReadError
from corpus.invariants import faults
from corpus.readers import read


def notebook(*cells, **more):
    return json.dumps({"cells": cells, "nbformat": 4, **more}).encode()


def cell(kind, source, *outputs):
    return {"cell_type": kind, "source": source, "outputs": list(outputs)}


def test_cells_are_marked_and_markdown_cells_have_headings():
    data = notebook(
        cell("markdown", ["# Ducks\n", "\n", "About *ducks*."]),
        cell("code", "# no heading\ncount()", {"output_type": "stream", "text": ["1\n", "2\n"]}),
        cell("code", ""),
        cell("markdown", "Ponds\n-----\r\nWet.  \n"),
        cell("raw", "as it is"),
    )
    document = read(data, "a.ipynb")
    assert document.text == (
        "# Ducks\n\nAbout *ducks*.\n\n# no heading\ncount()\n\n1\n2\n\n"
        "Ponds\n-----\nWet.\n\nas it is"
    )
    assert [(document.text[m.start :].split()[0], m.label) for m in document.marks] == [
        ("#", "cell 1"),
        ("#", "cell 2"),
        ("Ponds", "cell 4"),
        ("as", "cell 5"),
    ]
    assert [(document.text[h.start : h.end], h.level) for h in document.headings] == [
        ("# Ducks", 1),
        ("Ponds\n-----", 2),
    ]
    assert document.title == "Ducks"
    assert not list(faults(document))


def test_outputs_are_the_text_among_them():
    data = notebook(
        cell(
            "code",
            "run()",
            {"data": {"text/plain": ["a  b\n", "1  2"], "text/html": "<table>"}},
            {"data": {"text/plain": "<Figure size 640x480>", "image/png": "iVBORw0KGgo="}},
            {"data": {"image/png": "iVBORw0KGgo="}},
            {"data": {"text/markdown": "**Bold**", "text/plain": "<Markdown object>"}},
            {"ename": "ValueError", "evalue": "no duck", "traceback": ["\x1b[0;31mlong\x1b[0m"]},
            {"output_type": "stream", "text": "\x1b[32mgreen\x1b[0m"},
        )
    )
    assert read(data, "a.ipynb").text == (
        "run()\n\na  b\n1  2\n\n**Bold**\n\nValueError: no duck\n\ngreen"
    )


def test_the_title_among_the_properties_comes_first():
    data = notebook(cell("markdown", "# Heading"), metadata={"title": "All about ducks"})
    assert read(data, "a.ipynb").title == "All about ducks"


def test_old_notebooks_keep_their_cells_in_worksheets():
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": "1 + 1", "outputs": []}]}]}
    assert read(json.dumps(old).encode(), "a.ipynb").text == "1 + 1"


@pytest.mark.parametrize(
    "data", [b"{", b"not json", b"[]", b'{"a": 1}', b'{"cells":' + b"[" * 200_000, b"\xff\xfe\0"]
)
def test_what_is_no_notebook_is_refused(data):
    with pytest.raises(ReadError, match=r"notebook|binary"):
        read(data, "a.ipynb")


@pytest.mark.parametrize(
    "cells",
    ["x", [None, 1, "a"], [{"source": 5}], [{"source": [1, None]}], [{"outputs": [{"data": []}]}]],
)
def test_cells_of_another_shape_say_nothing(cells):
    assert read(json.dumps({"cells": cells}).encode(), "a.ipynb").text == ""


def test_characters_that_are_none_are_replaced():
    data = b'{"cells": [{"cell_type": "markdown", "source": "# a\\ud800b\\u0000c"}]}'
    document = read(data, "a.ipynb")
    assert document.text == "# a\ufffdbc"
    assert [heading.title for heading in document.headings] == ["a\ufffdbc"]
