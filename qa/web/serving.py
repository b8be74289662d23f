"""The socket and the server behind `qa chat` and `qa serve`."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import webbrowser

import uvicorn
from fastapi import FastAPI

from corpus.errors import UsageError

_GRACE = 1  # second that requests under way are given when the server ends


def serve(
    web: FastAPI, host: str, port: int, *, announcement: str, open_browser: bool = False
) -> None:
    """Serve ``web`` until Ctrl-C, and call everything in ``web.state.on_stop`` then.

    ``announcement`` is printed once requests are taken, with the server's URL in place of ``{}``.

    Raises:
        UsageError: the port is in use, or the host is not an address of this machine.
    """
    listener = listen(host, port)
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"
    server = _Server(web, url, announcement.format(url), open_browser)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at ``host`` and ``port``; port 0 is any that is free.

    Raises:
        UsageError: the port is in use, or the host is not an address of this machine.
    """
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        if os.name == "posix":  # elsewhere this option lets two programs share one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except (OSError, OverflowError, UnicodeError) as error:
        if listener:
            listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} is in use: choose another with --port") from None
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot listen on {host} port {port}: {reason}") from None
    return listener


def configuration(web: FastAPI) -> uvicorn.Config:
    """Return how ``web`` is served."""
    return uvicorn.Config(
        web,
        log_level="warning",
        proxy_headers=False,  # or a client could say it came from elsewhere
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )


class _Server(uvicorn.Server):
    """A server that says where it is, and ends although browsers hold streams open."""

    def __init__(self, web: FastAPI, url: str, announcement: str, open_browser: bool) -> None:
        super().__init__(configuration(web))
        self.web = web
        self.url = url
        self.announcement = announcement
        self.open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self.announcement, flush=True)
        if self.open_browser:
            webbrowser.open(self.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # cut off on purpose
        for stop in self.web.state.on_stop:
            stop()
        await super().shutdown(sockets)
