"""`qa serve` and what it shares with `qa chat`, as processes."""

import http.client
import os
import signal
import socket
import subprocess
import urllib.request
from contextlib import closing, contextmanager

import pytest
from fastapi import FastAPI

from corpus.errors import UsageError
from qa.cli import main
from qa.web.serving import listen, serve
from tests.qa.web.conftest import LEASE, as_a_program

PATIENCE = 120  # seconds; machines that run tests are busy


@contextmanager
def serving(docs, tmp_path, *arguments, **environment):
    """Run `qa serve` with the fake encoder; give its process and the line it began with."""
    (docs / "lease.txt").write_text(LEASE)
    given = ["--docs", str(docs), "--library", str(tmp_path / "kept"), "--port", "0"]
    process = subprocess.Popen(
        as_a_program("serve", *given, *arguments),
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def url_in(line):
    return line.split()[2].removesuffix("docs,")


def test_the_api_is_served_without_the_page_until_ctrl_c(docs, tmp_path):
    with serving(docs, tmp_path) as (process, line):
        url = url_in(line)
        assert line == f"API at {url}docs, MCP at {url}mcp (Ctrl-C ends)\n"
        with urllib.request.urlopen(f"{url}api/ask?question=Who+signed+the+lease", timeout=60) as r:
            assert LEASE.encode() in r.read()
            assert "server" not in {name.lower() for name in r.headers}
        with urllib.request.urlopen(url, timeout=60) as front:
            assert front.url == f"{url}docs", "who opens the address sees what can be asked"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{url}config", timeout=60)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
        assert (process.returncode, said) == (0, "[]\n")  # nothing heavy, and mcp only when asked


def test_ctrl_c_ends_a_server_that_waits_for_the_rest_of_a_request(docs, tmp_path):
    with serving(docs, tmp_path) as (process, line):
        port = int(url_in(line).split(":")[2].strip("/"))
        with socket.create_connection(("127.0.0.1", port), timeout=60) as held:
            held.sendall(b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as health:
                health.request("GET", "/api/health")  # and so the other has been begun, too
                assert health.getresponse().read()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=PATIENCE)
            assert (process.returncode, said) == (0, "[]\n")


def test_the_login_may_be_given_by_a_variable(docs, tmp_path):
    with serving(docs, tmp_path, DOCUMENT_QA_AUTH="ann:secret") as (_, line):
        url = url_in(line)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{url}api/health", timeout=60)
        asked = urllib.request.Request(f"{url}api/health")
        asked.add_header("Authorization", "Basic YW5uOnNlY3JldA==")
        with urllib.request.urlopen(asked, timeout=60) as reply:
            assert reply.status == 200


@pytest.mark.parametrize("command", ["serve", "chat"])
def test_other_machines_are_not_let_in_by_mistake(command, docs, monkeypatch, capsys):
    monkeypatch.delenv("DOCUMENT_QA_AUTH", raising=False)
    assert main([command, "--docs", str(docs), "--host", "0.0.0.0"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--auth USER:PASSWORD" in said
    assert "--insecure" in said


@pytest.mark.parametrize("command", ["serve", "chat"])
def test_a_login_that_cannot_be_read_is_refused(command, docs, monkeypatch, capsys):
    monkeypatch.setenv("DOCUMENT_QA_AUTH", "nobody")
    assert main([command, "--docs", str(docs)]) == 2
    assert "USER:PASSWORD" in capsys.readouterr().err


def test_a_port_in_use_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            UsageError, match=rf"^port {port} is in use: choose another with --port$"
        ):
            serve(FastAPI(), "127.0.0.1", port, announcement="")


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "x" * 300, "\u2603."])
def test_a_host_that_is_not_ours_is_said(host):
    with pytest.raises(UsageError, match=r"^cannot listen on .* port 7861: "):
        listen(host, 7861)
