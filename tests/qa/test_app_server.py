import socket

import pytest

from corpus.errors import UsageError


class Empty:
    """A library that holds nothing."""

    def documents(self):
        return []


@pytest.fixture(scope="module")
def app():
    pytest.importorskip("gradio")
    import qa.app

    return qa.app


def test_a_port_in_use_is_said(app):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            UsageError, match=rf"^port {port} is in use: choose another with --port$"
        ):
            app.launch(Empty(), examples=[], port=port, open_browser=False)


def test_a_host_that_is_not_ours_is_said(app):
    with pytest.raises(UsageError, match=r"^cannot listen on 192\.0\.2\.1 port 7861: "):
        app.launch(Empty(), examples=[], host="192.0.2.1", port=7861, open_browser=False)
