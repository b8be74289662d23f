"""A server on a port of its own, over a library with the fake encoder, and a client for it."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from qa.library import Library
from qa.web.access import Access
from qa.web.application import create_application
from qa.web.serving import configuration, listen

LEASE = "The lease was signed by Anna Berg in 2019."


_PROGRAM = """
import sys
from tests.fakes import fake_models
from qa.cli import main
with fake_models():
    code = main(sys.argv[1:])
heavy = ("gradio", "torch", "sentence_transformers", "openvino", "mcp")
print([name for name in heavy if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


def as_a_program(*arguments: str) -> list[str]:
    """Return the command that runs `qa` in a process of its own, with the fake encoder.

    It ends with a line on stderr that lists what it imported of what is heavy.
    """
    return [sys.executable, "-c", _PROGRAM, *arguments]


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        assert list(self.json) == ["error"]
        return str(self.json["error"])


@dataclass(frozen=True)
class Running:
    """A server that runs in a thread."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Send one request; a body that is no text or bytes is sent as JSON."""
        sent = dict(headers or {})
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host="Host" in sent)
            if body is not None:
                body = body.encode() if isinstance(body, str) else body
                sent.setdefault("Content-Length", str(len(body)))
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        """Get a path; underscores in the names of headers are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("GET", path, headers=named)

    def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        """Post JSON to a path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, {} if body is None else body, named)

    def send(self, text: bytes) -> bytes:
        """Send bytes as they are, and return what is answered until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def running(web: FastAPI) -> Iterator[Running]:
    """Run an application in a thread until the block ends."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(configuration(web))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Running(listener.getsockname()[1])
    finally:
        for stop in getattr(web.state, "on_stop", ()):
            stop()
        server.should_exit = True
        thread.join(timeout=30)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture
def filled(library: Library, docs: Path) -> Library:
    """A library of two documents, one of them in a folder."""
    (docs / "lease.txt").write_text(LEASE)
    (docs / "notes").mkdir()
    (docs / "notes" / "harbour.md").write_text("# Harbour\n\nThe museum opened in 1931.")
    library.index(docs)
    return library


@pytest.fixture
def server(filled: Library) -> Iterator[Running]:
    """A server over these that asks for no login."""
    with running(create_application(filled, Access())) as served:
        yield served


@pytest.fixture
def serving(filled: Library) -> Iterator[Callable[[Access], Running]]:
    """Start a server over these for those with an access."""
    with ExitStack() as stack:
        yield lambda access: stack.enter_context(running(create_application(filled, access)))
