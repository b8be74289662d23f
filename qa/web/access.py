"""From where the server may be called: names of this machine, and pages of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from corpus.errors import UsageError
from qa.web import LOGIN_VARIABLE
from qa.web.login import Login

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\[\]\\]+)(?::(\d{1,5}))?")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a server that listens on ``host``: anyone at all unless there is a ``login``.

    ``names`` are host names, beside those of the loopback interface and ``host`` itself, by which
    browsers may call it. Whoever controls another name could point it at this machine and so make
    a browser read the answers (DNS rebinding).
    """

    host: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    login: Login | None = None

    @classmethod
    def of(
        cls,
        host: str,
        names: Sequence[str] = (),
        auth: str | None = None,
        *,
        insecure: bool = False,
    ) -> Access:
        """Return what options say; ``auth`` is ``USER:PASSWORD``.

        Raises `UsageError` for a login that cannot be read, and, unless ``insecure``, for a host
        that other machines can reach without a login.
        """
        login = Login.parse(auth) if auth is not None else None
        if login is None and not insecure and not is_loopback(host):
            raise UsageError(
                f"anyone who reaches {host} could read your documents: ask for a login with --auth "
                f"USER:PASSWORD or {LOGIN_VARIABLE}, or allow it with --insecure"
            )
        return cls(host, tuple(names), login)

    def knows_host(self, header: str, server: str) -> bool:
        """Tell whether a ``Host`` header names this server, reached at the address ``server``."""
        name, _ = split_host(header)
        if name is None:
            return False
        address = _address(name)
        if address is None:
            return name == "localhost" or name in map(str.lower, (self.host, *self.names))
        known = map(_address, (server, self.host, *self.names))
        return address.is_loopback or address in known


def is_loopback(host: str) -> bool:
    """Tell whether a host, by address or name, can only be reached from this machine."""
    address = _address(host)
    return address.is_loopback if address else host.lower() == "localhost"


def is_same_origin(origin: str, host: str) -> bool:
    """Tell whether an ``Origin`` header is of the page that a ``Host`` header is of."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in _PORTS or parts.path or parts.query or "@" in parts.netloc:
        return False
    default = _PORTS[parts.scheme]
    name, host_port = split_host(host)
    origin_name, _ = split_host(parts.netloc)
    return name is not None and (origin_name, port or default) == (name, host_port or default)


def split_host(header: str) -> tuple[str | None, int | None]:
    """Return the name, in lower case, and the port of a ``Host`` header; no name if malformed."""
    match = _HOST.fullmatch(header)
    if not match:
        return None, None
    return match[1].strip("[]").lower(), int(match[2]) if match[2] else None


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(name)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
