"""Files are given to a running server and removed, and whoever sends what is no file is refused."""

import socket
from dataclasses import replace
from urllib.parse import quote

import pytest

from qa import uploads as module
from tests.qa.web.conftest import LEASE

TOWER = "The lighthouse of Skerry Point was built of granite. Its keeper was Agnes Orr."


def put(server, name, body=TOWER, **headers):
    return server.call("PUT", f"/api/uploads/{quote(name, safe='')}", body, headers)


def remove(server, document):
    return server.call("DELETE", f"/api/documents?document={quote(document, safe='')}")


def send(server, name, headers, body=b""):
    """Send what no client would, and return all that is answered until the server closes."""
    text = f"PUT /api/uploads/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(text.encode() + b"\r\n\r\n" + body)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_file_is_uploaded_indexed_asked_and_removed(server, filled):
    reply = put(server, "Tower guide.txt")
    assert reply.status == 201
    assert reply.json == {"name": "Tower guide.txt", "size": len(TOWER), "status": "added"}
    assert server.post("/api/index").json["added"] == 1
    answer = server.post("/api/ask", {"question": "Was Agnes Orr the keeper?"}).json
    assert answer["citations"][0]["document"] == "Tower guide.txt"
    assert put(server, "Tower guide.txt").json["status"] == "unchanged"
    assert put(server, "Tower guide.txt", "Other.").json["status"] == "updated"

    assert remove(server, "Tower guide.txt").json == {"removed": ["Tower guide.txt"]}
    assert filled.uploads.names() == []
    names = [info["document"] for info in server.get("/api/documents").json["documents"]]
    assert names == ["lease.txt", "notes/harbour.md"]


def test_names_are_made_safe_and_any_bytes_are_kept(server, filled):
    body = bytes(range(256)) * 5_000
    for name, kept in [
        ("منارة.bin", "منارة.bin"),
        ("evil\u202etxt.bin", "eviltxt.bin"),
        ("a:b?.bin", "a_b_.bin"),
        ("con.bin", "_con.bin"),
        (".hidden.bin", "hidden.bin"),
        ("100%.bin", "100%.bin"),
    ]:
        assert put(server, name, body).json == {"name": kept, "size": len(body), "status": "added"}
        assert (filled.uploads.folder / kept).read_bytes() == body


def test_a_document_of_another_root_is_removed_and_its_file_stays(server, docs):
    assert remove(server, "lease.txt").json == {"removed": ["lease.txt"]}
    assert (docs / "lease.txt").read_text() == LEASE
    assert remove(server, "lease.txt").status == 404


@pytest.mark.parametrize("document", ["../lease.txt", "/etc/passwd", "", ".", "notes", "x\0y"])
def test_only_documents_are_removed(server, filled, docs, document):
    for name in (document, str(docs), str(filled.folder), str(filled.uploads.folder)):
        reply = remove(server, name)
        assert reply.status == 404
        assert reply.error.startswith("there is no document")
    assert len(filled.documents()) == 2


@pytest.mark.parametrize(
    "name",
    [
        "..%2fescaped.txt",
        "%2e%2e%2fescaped.txt",
        "../escaped.txt",
        "..%5cescaped.txt",
        "%2fetc%2fescaped.txt",
        "/etc/escaped.txt",
        "a%2fb.txt",
        "C:%5cescaped.txt",
        "escaped%00.txt",
        "..",
        "%2e",
        "",
        "%20",
        "x" * 3_000,
        "%ff%fe",
        "..%c0%afescaped.txt",
        "notes.tmp",
    ],
)
def test_nothing_is_written_outside_the_uploads(server, filled, tmp_path, name):
    before = sorted(path for path in tmp_path.rglob("*") if filled.folder not in path.parents)
    answer = send(server, name, "Content-Length: 4", b"mine")
    status = int(answer.split()[1])
    if status == 201:  # what cannot be decoded is a name like any other
        assert name in ("%ff%fe", "..%c0%afescaped.txt")
        assert len(filled.uploads.names()) == 1
    else:
        assert status in (404, 405, 422)
        assert b'{"error":' in answer
        assert filled.uploads.names() == []
    assert before == sorted(p for p in tmp_path.rglob("*") if filled.folder not in p.parents)
    assert not list(tmp_path.rglob("*escaped.txt*")) or status == 201


def test_a_file_that_says_it_is_too_large_is_refused_before_it_comes(server, filled):
    answer = send(server, "a.txt", "Content-Length: 999999999999")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'{"error":"the file is larger than 200 MB; split it"}' in answer
    assert filled.uploads.names() == []


def test_a_file_that_grows_too_large_is_refused_while_it_comes(server, filled):
    filled.uploads.limits = replace(filled.uploads.limits, size=100_000)
    piece = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    answer = send(server, "a.txt", "Transfer-Encoding: chunked", piece * 4)  # and no end
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert list(filled.uploads.folder.iterdir()) == []


def test_an_upload_that_is_broken_off_leaves_nothing(server, filled):
    put(server, "a.txt", "one")
    text = b"PUT /api/uploads/a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf"
    assert server.send(text) == b""
    assert put(server, "b.txt").status == 201  # by now the one before has ended
    assert sorted(path.name for path in filled.uploads.folder.iterdir()) == ["a.txt", "b.txt"]
    assert (filled.uploads.folder / "a.txt").read_text() == "one"


def test_a_full_library_says_so(server, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 1)
    assert put(server, "a.txt").status == 201
    reply = put(server, "b.txt")
    assert reply.status == 507
    assert reply.error == "there are 1 uploads already; remove some first"


def test_another_site_may_neither_give_nor_remove(server, filled):
    assert put(server, "a.txt", Origin="http://evil.example").status == 403
    reply = server.call(
        "DELETE", "/api/documents?document=lease.txt", headers={"Origin": "http://evil.example"}
    )
    assert reply.status == 403
    assert filled.uploads.names() == []
    assert len(filled.documents()) == 2
