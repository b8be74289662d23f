import json
import threading
import time
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from corpus.errors import LibraryError
from qa.cli import main
from qa.library import Library
from qa.progress import Progress
from qa.web.access import Access
from qa.web.application import create_application
from tests.qa.web.conftest import LEASE, running

QUESTION = {"question": "Who signed the lease?"}


def printed(capsys, *arguments):
    """Return what a command prints as JSON."""
    main([*arguments, "--json"])
    return json.loads(capsys.readouterr().out)


def without_time(result):
    return {key: value for key, value in result.items() if key != "seconds"}


# The contract: the same as the commands print


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, []),
        ({"k": 1, "method": "sparse"}, ["-k", "1", "--method", "sparse"]),
        (
            {"k": 1, "method": "dense", "explain": True},
            ["-k", "1", "--method", "dense", "--explain"],
        ),
        ({"within": ["notes"], "types": ["md"]}, ["--in", "notes", "--type", "md"]),
        (
            {"since": "2020-01-01", "until": "2100-01-01", "min_relevance": 0.01},
            ["--since", "2020-01-01", "--until", "2100-01-01", "--min-relevance", "0.01"],
        ),
    ],
)
def test_an_answer_is_what_qa_ask_prints(server, filled, capsys, options, arguments):
    given = {**QUESTION, **options}
    reply = server.post("/api/ask", given)
    assert reply.status == 200
    library = ["--library", str(filled.folder)]
    asked = printed(capsys, "ask", QUESTION["question"], *arguments, *library)
    assert without_time(reply.json) == without_time(asked)
    assert list(reply.json) == list(asked)
    by_query = server.get("/api/ask?" + urlencode(given, doseq=True))
    assert without_time(by_query.json) == without_time(asked)


def test_the_documents_are_what_qa_list_prints(server, filled, capsys):
    reply = server.get("/api/documents")
    assert reply.status == 200
    assert reply.json == printed(capsys, "list", "--library", str(filled.folder))
    assert [d["document"] for d in reply.json["documents"]] == ["lease.txt", "notes/harbour.md"]


def test_a_text_is_what_qa_show_prints(server, filled, capsys):
    reply = server.get("/api/show?document=lease.txt")
    assert reply.json == printed(capsys, "show", "lease.txt", "--library", str(filled.folder))
    assert reply.json["text"] == LEASE
    (citation,) = server.post("/api/ask", {**QUESTION, "k": 1}).json["citations"]
    assert reply.json["text"][citation["start"] : citation["end"]] == citation["text"]


def test_a_receipt_is_what_qa_index_prints(server, filled, docs, capsys):
    (docs / "new.txt").write_text("A new file about foxes.")
    (docs / "lease.txt").unlink()
    reply = server.post("/api/index")
    assert reply.status == 200
    assert (reply.json["added"], reply.json["removed"], reply.json["unchanged"]) == (1, 1, 1)
    assert server.get("/api/show?document=new.txt").status == 200
    again = server.call("POST", "/api/index")  # without a body
    indexed = printed(capsys, "index", "--library", str(filled.folder))
    assert without_time(again.json) == without_time(indexed)
    assert list(again.json) == list(indexed)


def test_findings_are_what_qa_verify_prints(server, filled, docs, capsys):
    library = ["--library", str(filled.folder)]
    assert server.get("/api/verify").json == {"ok": True, "findings": []}
    (citation,) = server.post("/api/ask", {**QUESTION, "k": 1}).json["citations"]
    path = f"/api/verify?citation={citation['id']}"
    assert server.get(path).json["status"] == "stands"
    (docs / "lease.txt").write_text("Nobody signed anything.")
    assert server.get(path).json["status"] == "changed"
    assert server.get(path).json == printed(
        capsys, "verify", "--citation", citation["id"], *library
    )
    found = server.get("/api/verify").json
    assert not found["ok"]
    assert found == printed(capsys, "verify", *library)


def test_health_is_told(server):
    assert server.get("/api/health").json["ok"] is True


def test_the_least_relevance_of_the_server_counts_unless_a_question_says(filled):
    with running(create_application(filled, Access(), min_relevance=1.0)) as strict:
        assert strict.post("/api/ask", QUESTION).json["answered"] is False
        lenient = strict.post("/api/ask", {**QUESTION, "min_relevance": 0.0})
        assert lenient.json["answered"] is True


# Errors are sentences


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "question: Field required"),
        ({"question": ""}, "question: "),
        ({"question": "   "}, "question"),
        ({"question": "x" * 10_001}, "question: "),
        ({"question": None}, "question: "),
        ({"question": ["a"]}, "question: "),
        ({**QUESTION, "k": 0}, "k: "),
        ({**QUESTION, "k": 101}, "k: "),
        ({**QUESTION, "k": "5"}, "k: "),
        ({**QUESTION, "k": True}, "k: "),
        ({**QUESTION, "method": "magic"}, "method: "),
        ({**QUESTION, "within": "notes"}, "within: "),
        ({**QUESTION, "within": ["a"] * 101}, "within: "),
        ({**QUESTION, "within": ["no/such"]}, "no document is within no/such"),
        ({**QUESTION, "within": ["a\x00b", "~nobody-at-all/x"]}, "no document is within"),
        ({**QUESTION, "within": ["[z-a", "!"]}, ""),
        (
            {**QUESTION, "since": "yesterday"},
            "since: 'yesterday' is no date; write it as 2024-12-31",
        ),
        ({**QUESTION, "since": "2024-13-45"}, "'2024-13-45' is no date"),
        ({**QUESTION, "until": 1700000000}, "until: "),
        ({**QUESTION, "min_relevance": 1.5}, "min_relevance: "),
        ({**QUESTION, "rerank": "/etc"}, "rerank: Extra inputs are not permitted"),
        ({**QUESTION, "library": "/etc"}, "library: "),
        ([], "the request is no JSON object; send one, with Content-Type: application/json"),
        ({str(n): n for n in range(50)}, "and 46 more"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(server, body, part):
    reply = server.post("/api/ask", body)
    assert reply.status == 422
    assert part in reply.error
    assert "Traceback" not in reply.error
    assert "\n" not in reply.error


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"question": "\\ud800"}', b"[" * 100_000, b'{"k": 1e999}']
)
def test_what_is_no_json_is_refused(server, body):
    headers = {"Content-Type": "application/json"}
    reply = server.call("POST", "/api/ask", body, headers)
    assert reply.status in (400, 422)
    assert reply.error


def test_json_that_is_broken_is_told_where(server):
    headers = {"Content-Type": "application/json"}
    reply = server.call("POST", "/api/ask", b'{"question": "who"', headers)
    assert (reply.status, reply.error) == (
        422,
        "the request is no JSON: Expecting ',' delimiter, at character 18",
    )


def test_json_that_is_not_said_to_be_json_is_told_how(server):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = server.call("POST", "/api/ask", b'{"question": "who"}', headers)
    assert reply.status == 422
    assert "with Content-Type: application/json" in reply.error


def test_what_is_not_there_is_said(server):
    reply = server.get("/api/show?document=nothing.txt")
    assert (reply.status, reply.error) == (
        404,
        "there is no document 'nothing.txt'; qa list shows what there is",
    )
    assert server.get("/api/show?document=lease.txt&page=3").status == 404
    assert server.get("/api/verify?citation=x").status == 422
    assert server.get("/api/nothing").status == 404
    assert server.get("/api/nothing").error == "Not Found"


@pytest.mark.parametrize(
    "document",
    [
        "/etc/passwd",
        "../../../../etc/passwd",
        "..\\..\\etc",
        "file:///etc/passwd",
        "a\0b",
        "!",
        "~",
    ],
)
def test_no_file_but_those_of_the_library_is_shown(server, document):
    assert server.get(f"/api/show?document={quote(document, safe='')}").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/static-offline-docs/../../../../etc/passwd",
        "/static-offline-docs/..%2f..%2f..%2fetc%2fpasswd",
        "/static-offline-docs/%2e%2e/%2e%2e/METADATA",
        "/static-offline-docs//etc/passwd",
        "/api/../../etc/passwd",
        "/docs/../../etc/passwd",
        "//etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_server(server, path):
    assert server.get(path).status in (404, 405)


def test_a_library_that_cannot_be_used_is_said(server, monkeypatch):
    def broken(self, *arguments, **options):
        raise LibraryError("the library is gone; bring it back")

    monkeypatch.setattr(Library, "ask", broken)
    reply = server.post("/api/ask", QUESTION)
    assert (reply.status, reply.error) == (503, "the library is gone; bring it back")


def test_a_fault_of_ours_is_a_sentence_without_its_details(server, monkeypatch, caplog):
    def faulty(self, *arguments, **options):
        raise ZeroDivisionError("secret /etc/path")

    monkeypatch.setattr(Library, "ask", faulty)
    reply = server.post("/api/ask", QUESTION)
    assert reply.status == 500
    assert reply.error == "unexpected ZeroDivisionError; please report it"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "secret /etc/path" in caplog.text
    assert "Traceback" not in caplog.text


# Indexing from afar


def test_only_what_lies_under_the_roots_is_indexed(server, docs, tmp_path):
    outside = tmp_path / "docs-and-more"
    outside.mkdir()
    (outside / "secret.txt").write_text("A secret.")
    (docs / "link").symlink_to(outside)
    for path in (
        outside,
        outside / "no-such-file",
        docs.parent,
        docs / ".." / outside.name,
        docs / "link",
        Path("/etc"),
        "relative",
        "~",
        "a\0b",
        "x" * 4096,
    ):
        reply = server.post("/api/index", {"paths": [str(docs), str(path)]})
        assert reply.status == 403, path
        assert "roots" in reply.error
    (docs / "notes" / "new.txt").write_text("A new file about foxes.")
    (docs / "later.txt").write_text("To be indexed later.")
    reply = server.post("/api/index", {"paths": [str(docs / "notes")]})
    assert reply.status == 200
    assert (reply.json["added"], reply.json["unchanged"]) == (1, 1)
    reply = server.post("/api/index", {"paths": [str(docs / "nothing")]})
    assert reply.status == 422


def test_one_sync_runs_at_a_time_and_ends_with_the_server(filled, docs, monkeypatch):
    begun = threading.Event()

    def endless(self, paths, *, limits, on_progress):
        begun.set()
        while True:
            on_progress(Progress("reading", 1, 2, "files"))
            time.sleep(0.01)

    monkeypatch.setattr(Library, "index", endless)
    replies = []
    with running(create_application(filled, Access())) as served:
        first = threading.Thread(target=lambda: replies.append(served.post("/api/index")))
        first.start()
        assert begun.wait(30)
        second = served.post("/api/index")
        assert (second.status, second.error) == (
            409,
            "the library is being indexed; try again when that is done",
        )
        assert served.post("/api/ask", QUESTION).status == 200
    first.join(30)
    assert replies[0].status == 503
    assert replies[0].error == "the server ends; what was indexed is kept"


# The description


def test_the_description_names_our_routes_and_no_other(server):
    described = server.get("/openapi.json").json
    paths = set(described["paths"])
    assert {f"/api/{name}" for name in ("ask", "documents", "show", "index", "verify")} < paths
    assert all(path.startswith("/api/") for path in paths)
    for path, methods in described["paths"].items():
        for route in methods.values():
            assert route.get("description"), path
            for status, response in route["responses"].items():
                if status.startswith(("4", "5")) and path not in ("/api/picture",):
                    assert "HTTPValidationError" not in json.dumps(response), (path, status)


def test_the_page_that_describes_loads_nothing_from_elsewhere(server):
    page = server.get("/docs")
    assert page.status == 200
    text = page.body.decode()
    assert "http://" not in text
    assert "https://" not in text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/static-offline-docs/{name}" in text
        assert server.get(f"/static-offline-docs/{name}").status == 200


def test_answers_fit_their_description(server):
    jsonschema = pytest.importorskip("jsonschema")
    described = server.get("/openapi.json").json
    for method, path, body in (
        ("post", "/api/ask", {**QUESTION, "explain": True}),
        ("get", "/api/documents", None),
        ("get", "/api/show?document=lease.txt", None),
        ("post", "/api/index", None),
        ("get", "/api/verify", None),
        ("get", "/api/health", None),
    ):
        route = described["paths"][path.partition("?")[0]][method]
        schema = route["responses"]["200"]["content"]["application/json"]["schema"]
        reply = server.call(method.upper(), path, body)
        jsonschema.validate(reply.json, {**schema, "components": described["components"]})


def test_a_document_in_the_list_is_the_librarys_own(server, filled):
    assert server.get("/api/documents").json["documents"] == [
        asdict(info) for info in filled.documents()
    ]


@pytest.mark.slow
def test_whatever_the_description_allows_or_forbids_no_request_breaks_the_server(server):
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    refusals = [schemathesis.checks.positive_data_acceptance]  # such as for dates of no document
    routes = [found.ok() for found in schema.get_all_operations()]
    assert len(routes) > 6
    for route in routes:

        @given(route.as_strategy())
        @settings(
            max_examples=50,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def check(case):
            case.call_and_validate(excluded_checks=refusals)

        check()
