import base64
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from corpus.errors import UsageError
from qa.web.access import Access, is_loopback, is_same_origin, split_host
from qa.web.guard import MOST_OF_A_CALL
from qa.web.login import (
    LIFETIME,
    LONGEST_DELAY,
    MOST_SESSIONS,
    MOST_WAITING,
    Attempts,
    Login,
    Sessions,
    basic_credentials,
)

AUTH = "ann:se:cret"  # a password may hold a colon
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.fixture
def guarded(serving):
    return serving(Access.of("127.0.0.1", auth=AUTH))


def log_in(guarded, body="user=ann&password=se%3Acret", **headers):
    return guarded.call("POST", "/login", body, {**FORM, **headers})


def cookie_of(reply):
    return reply.headers["set-cookie"].partition(";")[0]


# Hosts


@pytest.mark.parametrize(
    ("header", "name", "port"),
    [
        ("localhost", "localhost", None),
        ("LOCALHOST:7860", "localhost", 7860),
        ("[::1]:7860", "::1", 7860),
        ("127.0.0.1", "127.0.0.1", None),
        ("", None, None),
        ("a b", None, None),
        ("user@localhost", None, None),
        ("localhost:x", None, None),
        ("localhost/x", None, None),
        ("::1", None, None),
    ],
)
def test_a_host_is_a_name_and_perhaps_a_port(header, name, port):
    assert split_host(header) == (name, port)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("localhost:7860", True),
        ("127.0.0.1:7860", True),
        ("127.8.8.8", True),
        ("[::1]:7860", True),
        ("192.0.2.7:7860", True),  # where the connection arrived
        ("[::ffff:192.0.2.7]", True),
        ("192.0.2.8", False),
        ("docs.example", True),
        ("DOCS.example:80", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_a_server_knows_its_names(header, known):
    access = Access("0.0.0.0", ("Docs.Example",))
    assert access.knows_host(header, "192.0.2.7") is known


def test_a_page_of_another_name_cannot_read_anything(server):
    for path in ("/api/documents", "/docs", "/openapi.json", "/mcp", "/nothing"):
        reply = server.get(path, Host="evil.example")
        assert reply.status == 421
        assert "--allow-host" in reply.error
    assert b" 421 " in server.send(b"GET /api/health HTTP/1.0\r\n\r\n")
    assert server.get("/api/health", Host=f"localhost:{server.port}").status == 200


def test_two_host_headers_are_refused(server):
    said = server.send(
        b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n"
        b"Connection: close\r\n\r\n"
    )
    assert re.match(rb"HTTP/1.1 4", said)


# Origins


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://localhost:7860", "localhost:7860", True),
        ("http://LOCALHOST:7860", "localhost:7860", True),
        ("http://[::1]:7860", "[::1]:7860", True),
        ("https://docs.example", "docs.example", True),
        ("https://docs.example", "docs.example:443", True),
        ("http://docs.example:80", "docs.example", True),
        ("http://docs.example:81", "docs.example", False),
        ("http://localhost:3000", "localhost:7860", False),
        ("http://127.0.0.1:7860", "localhost:7860", False),
        ("http://evil.example", "localhost:7860", False),
        ("http://evil.example@localhost:7860", "localhost:7860", False),
        ("null", "localhost:7860", False),
        ("file://localhost:7860", "localhost:7860", False),
        ("http://localhost:99999", "localhost:99999", False),
        ("http://[", "[", False),
        ("", "localhost", False),
    ],
)
def test_an_origin_is_the_same_when_all_of_it_is(origin, host, same):
    assert is_same_origin(origin, host) is same


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_a_foreign_page_may_not_call(server, origin):
    assert server.post("/api/index", Origin=origin).status == 403
    assert server.post("/mcp", Origin=origin).status == 403
    assert server.get("/mcp", Origin=origin).status == 403
    assert server.get("/api/documents", Origin=origin).status == 403
    assert server.get("/docs", Origin=origin).status == 403
    assert server.call("OPTIONS", "/api/ask", headers={"Origin": origin}).status == 403
    assert server.post("/login", Origin=origin).status == 403
    assert server.call("PUT", "/api/uploads/a.txt", "a", {"Origin": origin}).status == 403


def test_a_page_of_the_server_and_a_program_may_call(server):
    assert server.post("/api/index", Origin=server.url).status == 200
    assert server.post("/api/index").status == 200


def test_a_browser_says_so_itself_when_a_site_is_another(server):
    assert server.get("/api/documents", Sec_Fetch_Site="cross-site").status == 403
    assert server.get("/api/documents", Sec_Fetch_Site="same-origin").status == 200
    assert server.get("/docs", Sec_Fetch_Site="cross-site").status == 200  # a link to it


# Sizes and headers


def test_a_request_that_is_too_large_is_refused_before_it_is_read(server):
    said = server.send(
        b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 99999999\r\n\r\n"
    )
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"1000000 bytes at most" in said


@pytest.mark.parametrize("path", ["/api/ask", "/mcp", "/nothing"])
def test_a_body_that_hides_how_long_it_is_ends_where_the_limit_is(server, path):
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    pieces = piece * (MOST_OF_A_CALL // 0x10000 + 1)
    said = server.send(
        b"POST " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        + pieces
        + b"0\r\n\r\n"
    )
    expected = b"404" if path == "/nothing" else b"413"  # nobody reads what is sent to nobody
    assert said.startswith(b"HTTP/1.1 " + expected)


def test_every_response_says_what_a_browser_may_do_with_it(server, guarded):
    replies = [
        server.get("/api/health"),
        server.get("/docs"),
        server.get("/nothing"),
        server.get("/api/health", Host="evil.example"),
        guarded.get("/login"),
        guarded.get("/api/health"),
    ]
    for reply in replies:
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["referrer-policy"] == "same-origin"
        policy = reply.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert "server" not in reply.headers


# Who needs a login


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "LOCALHOST", "127.1.2.3"])
def test_this_machine_needs_no_login(host):
    assert is_loopback(host)
    assert Access.of(host).login is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "docs.example"])
def test_other_machines_need_a_login_or_insecure(host):
    with pytest.raises(UsageError, match=r"--auth USER:PASSWORD or DOCUMENT_QA_AUTH.*--insecure"):
        Access.of(host)
    assert Access.of(host, insecure=True).login is None
    assert Access.of(host, auth="a:b").login == Login("a", "b")


@pytest.mark.parametrize("auth", ["", "ann", ":secret", "ann:"])
def test_a_login_is_a_user_and_a_password(auth):
    with pytest.raises(UsageError, match=r"^--auth takes USER:PASSWORD$"):
        Access.of("127.0.0.1", auth=auth)


def test_a_password_is_not_shown():
    assert "cret" not in repr(Access.of("0.0.0.0", auth=AUTH))


# Logging in


def test_nothing_is_served_without_the_login(guarded):
    for path in ("/api/documents", "/openapi.json", "/docs", "/mcp", "/gradio_api/x", "/nothing"):
        assert guarded.get(path).status == 401
        assert guarded.get(path, Cookie=f"document_qa_{guarded.port}=x").status == 401
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        assert guarded.call(method, "/api/ask").status == 401


def test_a_program_logs_in_with_each_request(guarded):
    reply = guarded.get("/api/health")
    assert (reply.status, reply.error) == (401, "log in first")
    assert reply.headers["www-authenticate"].startswith("Basic ")
    assert guarded.get("/api/health", Authorization=basic(AUTH)).status == 200
    assert guarded.get("/api/health", Authorization=basic("ann:secret")).status == 401
    assert guarded.get("/api/health", Authorization=basic("bob:se:cret")).status == 401


@pytest.mark.parametrize(
    ("header", "credentials"),
    [
        (basic("ann:se:cret"), ("ann", "se:cret")),
        ("basic YTpi", ("a", "b")),
        ("Basic YTpi!", ("", "")),
        ("Basic /w==", ("", "")),
        ("Basic", ("", "")),
        ("Bearer YTpi", None),
        ("", None),
    ],
)
def test_credentials_are_read_or_wrong(header, credentials):
    assert basic_credentials(header) == credentials


def test_the_pages_own_scripts_are_not_asked_by_the_browser(guarded):
    reply = guarded.get("/gradio_api/queue/data", Sec_Fetch_Mode="cors")
    assert reply.status == 401
    assert "www-authenticate" not in reply.headers


def test_a_browser_is_led_to_a_form_and_back(guarded):
    led = guarded.get("/docs?document=a&x=%26", Accept=HTML)
    assert led.status == 303
    assert led.headers["location"] == "/login?next=/docs%3Fdocument%3Da%26x%3D%2526"
    form = guarded.get(led.headers["location"], Accept=HTML)
    assert form.status == 200
    assert 'name="next" value="/docs?document=a&amp;x=%26"' in form.body.decode()
    inside = log_in(guarded, "user=ann&password=se%3Acret&next=/docs%3Fdocument%3Da%26x%3D%2526")
    assert (inside.status, inside.headers["location"]) == (303, "/docs?document=a&x=%26")
    flags = inside.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags
    assert guarded.get("/docs", Accept=HTML, Cookie=cookie_of(inside)).status == 200
    assert guarded.get("/api/documents", Cookie=cookie_of(inside)).status == 200


def test_a_wrong_password_shows_the_form_again(guarded):
    reply = log_in(guarded, "user=%22%3E%3Cscript%3E&password=x")
    assert reply.status == 401
    assert "set-cookie" not in reply.headers
    assert "Wrong user or password." in reply.body.decode()
    assert b"<script" not in reply.body
    assert b'value="&quot;&gt;&lt;script&gt;"' in reply.body


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "x", "/%0d%0aX:%20y", "/login"],
)
def test_the_form_leads_nowhere_else(guarded, target):
    assert b'name="next" value="/"' in guarded.get(f"/login?next={target}").body
    inside = log_in(guarded, f"user=ann&password=se%3Acret&next={target}")
    assert inside.headers["location"] == "/"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&" * 500, b"user=ann", b'{"user": "ann"}', b""])
def test_a_form_that_is_none_does_not_log_in(guarded, body):
    assert log_in(guarded, body).status == 401


def test_logging_out_ends_the_session_and_no_other(guarded):
    one, other = cookie_of(log_in(guarded)), cookie_of(log_in(guarded))
    assert one != other
    out = guarded.get("/logout", Cookie=one)
    assert (out.status, out.headers["location"]) == (303, "/login")
    assert guarded.get("/api/health", Cookie=one).status == 401
    assert guarded.get("/api/health", Cookie=other).status == 200


def test_who_is_logged_in_needs_no_form(guarded):
    cookie = cookie_of(log_in(guarded))
    reply = guarded.get("/login?next=/docs", Cookie=cookie)
    assert (reply.status, reply.headers["location"]) == (303, "/docs")


def test_without_a_login_there_is_no_form(server):
    assert server.get("/login").status == 404


# Sessions and guesses


def test_a_session_ends_in_time():
    now = 0.0
    sessions = Sessions(lambda: now)
    token = sessions.open()
    assert token in sessions
    assert "" not in sessions
    now = LIFETIME
    assert token not in sessions


def test_there_are_only_so_many_sessions():
    sessions = Sessions()
    tokens = [sessions.open() for _ in range(MOST_SESSIONS + 1)]
    assert tokens[0] not in sessions
    assert all(token in sessions for token in tokens[1:])


def test_each_wrong_password_waits_longer_up_to_a_limit():
    attempts = Attempts()
    delays = [attempts.delay("192.0.2.1") for _ in range(50)]
    assert delays == sorted(delays)
    assert delays[0] < 0.2
    assert delays[-1] == LONGEST_DELAY
    assert attempts.delay("192.0.2.2") == delays[0]
    attempts.succeed("192.0.2.1")
    assert attempts.delay("192.0.2.1") == delays[0]


def test_many_guesses_at_once_are_not_looked_at_and_others_are_served(guarded):
    cookie = cookie_of(log_in(guarded))
    wrong = basic("ann:guess")
    with ThreadPoolExecutor(3 * MOST_WAITING) as pool:
        guesses = [
            pool.submit(guarded.get, "/api/health", Authorization=wrong)
            for _ in range(3 * MOST_WAITING)
        ]
        while not any(guess.done() and guess.result().status == 429 for guess in guesses):
            time.sleep(0.01)
        assert guarded.get("/api/health", Cookie=cookie).status == 200
    assert {guess.result().status for guess in guesses} == {401, 429}
    assert guarded.get("/api/health", Authorization=basic(AUTH)).status == 200
