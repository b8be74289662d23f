"""Pages as pictures over HTTP: what is shown, what is kept, and what is refused."""

import zipfile
from io import BytesIO

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from qa.web import pictures
from qa.web.api import answer_errors_in_sentences

LINES = ["The ferry leaves at seven.", "The tower is of granite.", "It comes back late."]


def pdf(*pages):
    """Return a PDF of 300 by 200 points whose pages hold lines of text."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(300, 200))
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.drawString(30, 150 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture
def client(library, docs):
    """Serve a library of a PDF, a PDF in an archive, and a text."""
    (docs / "a.pdf").write_bytes(pdf(LINES, ["Another page."]))
    (docs / "b.txt").write_text("A text about a lighthouse.")
    with zipfile.ZipFile(docs / "c.zip", "w") as archive:
        archive.writestr("sub/d.pdf", pdf(["Inside an archive there is a page."]))
    library.index(docs)
    web = FastAPI()
    answer_errors_in_sentences(web)
    web.include_router(pictures.router(library))
    with TestClient(web) as client:
        yield client


def get(client, path="", **query):
    return client.get(f"/api/picture{path}", params={"document": "a.pdf", "page": 1, **query})


def grey(response):
    assert response.status_code == 200, response.text
    return np.asarray(Image.open(BytesIO(response.content)).convert("L"))


def test_a_page_is_a_picture_with_its_words_where_the_boxes_say(client, library):
    text = library.document("a.pdf").text
    start = text.index("tower is")
    picture = grey(get(client, scale=3))
    assert picture.shape == (600, 900)
    found = get(client, "/boxes", span=[f"{start}-{start + 8}", "0-3"]).json()
    assert (found["width"], found["height"]) == (300, 200)
    ((left, top, right, bottom),) = found["spans"][0]["boxes"]
    assert (found["spans"][0]["start"], found["spans"][0]["end"]) == (start, start + 8)
    rows, columns = (
        slice(int(top * 600), int(bottom * 600)),
        slice(int(left * 900), int(right * 900)),
    )
    assert (picture[rows, columns] < 128).sum() > 100
    picture = picture.copy()
    picture[rows, columns] = 255
    assert (picture[rows] < 128).any(), "other words of the line are not in the box"


def test_a_span_that_crosses_pages_has_boxes_on_each(client, library):
    text = library.document("a.pdf").text
    span = f"{text.index('comes')}-{text.index('page.')}"
    for page in (1, 2):
        (found,) = get(client, "/boxes", page=page, span=span).json()["spans"]
        assert len(found["boxes"]) == 1


def test_a_document_is_named_by_its_full_path_too(client, docs):
    assert grey(get(client, document=str(docs / "a.pdf"))).shape == (400, 600)


def test_a_page_inside_an_archive_is_shown(client):
    assert (grey(get(client, document="c.zip!sub/d.pdf")) < 128).any()


def test_what_the_browser_has_is_not_sent_again(client):
    first = get(client)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(
        "/api/picture", params={"document": "a.pdf", "page": 1}, headers={"If-None-Match": tag}
    )
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert get(client, page=2).headers["etag"] != tag
    assert get(client, scale=1).headers["etag"] != tag


def test_pictures_are_kept_up_to_a_size(client, library, docs, monkeypatch):
    first = get(client).content
    library.drawings.close()  # what comes now was kept
    assert get(client).content == first
    assert get(client, page=2).status_code == 404
    monkeypatch.setattr(pictures, "_MOST_BYTES", 0)
    kept = pictures._Pictures(library)
    kept._keep("a", b"123")
    assert (kept._get("a"), kept._size) == (None, 0)


def test_a_file_that_has_changed_is_not_shown(client, docs):
    (docs / "a.pdf").write_bytes(pdf(["Something else."]))
    for path, query in (("", {}), ("/boxes", {"span": "0-3"})):
        response = get(client, path, **query)
        assert response.status_code == 404
        assert "a.pdf has changed since it was indexed; index again" in response.json()["error"]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"document": "../../etc/passwd"}, 404, "there is no document"),
        ({"document": "/etc/passwd"}, 404, "there is no document"),
        ({"document": "c.zip!../../x.pdf"}, 404, "there is no document"),
        ({"document": "b.txt"}, 404, "b.txt has no page 1"),
        ({"page": 3}, 404, "a.pdf has no page 3; it has 2"),
        ({"page": 0}, 422, "page"),
        ({"page": "x"}, 422, "page"),
        ({"page": 10**30}, 422, "page"),
        ({"scale": 99}, 422, "scale"),
        ({"scale": "nan"}, 422, "scale"),
        ({"scale": 0.7}, 422, "scale"),
        ({"document": ""}, 422, "document"),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_said(client, query, status, said):
    response = get(client, **query)
    assert response.status_code == status
    assert said in response.json()["error"]


@pytest.mark.parametrize("span", ["", "x", "5", "-1-2", "1-" + "9" * 99, ["0-1"] * 999])
def test_spans_that_are_none_are_refused(client, span):
    response = get(client, "/boxes", span=span)
    assert response.status_code == 422
    assert "span" in response.json()["error"]


@pytest.mark.parametrize("span", ["0-0", "9-3", "99999-999999"])
def test_spans_that_are_nowhere_have_no_boxes(client, span):
    response = get(client, "/boxes", span=span)
    assert (response.status_code, response.json()["spans"][0]["boxes"]) == (200, [])
