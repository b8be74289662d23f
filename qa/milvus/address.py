"""Where a library in Milvus is: a server and a collection, or a file of Milvus Lite."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from corpus.errors import UsageError

TOKEN_VARIABLE = "DOCUMENT_QA_MILVUS_TOKEN"
_PORT = 19530
_IN_FILE = "library"  # what a library is called in a file, which holds one alone
_NAME = re.compile(r"[A-Za-z_]\w{0,199}", re.ASCII)
_USAGE = "give milvus://[USER:PASSWORD@]HOST[:PORT]/COLLECTION[?secure=true], or FILE.db"


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A server or a file, and what the names of a library's collections there begin with.

    ``shown`` is the address without its password, as it is kept and told; ``token`` is what the
    server asks for, USER:PASSWORD or an API key.
    """

    uri: str
    collection: str
    shown: str
    database: str = ""
    token: str = field(default="", repr=False)

    @property
    def is_file(self) -> bool:
        """Whether it is a file on this machine, which one process has open at a time."""
        return "://" not in self.uri

    @classmethod
    def parse(cls, text: str) -> StoreAddress:
        """Read an address as it is given to ``--store``. Raises `UsageError` for any other text.

        A password that is not given is looked for in the variable `TOKEN_VARIABLE`.
        """
        if text.startswith("milvus://"):
            return _server(text)
        if text.endswith(".db") and "://" not in text:
            path = str(Path(text).expanduser().absolute())
            return cls(path, _IN_FILE, path)
        raise UsageError(f"{_without_password(text)!r} is no store; {_USAGE}")


def _server(text: str) -> StoreAddress:
    shown = _without_password(text)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError as error:
        raise UsageError(f"{shown!r} is no store ({error}); {_USAGE}") from error
    name = parts.path.strip("/")
    options = dict(parse_qsl(parts.query))
    if not host or not _NAME.fullmatch(name):
        raise UsageError(f"{shown!r} names no collection on a server; {_USAGE}")
    if unknown := options.keys() - {"secure", "db"}:
        raise UsageError(f"{shown!r} has an unknown option {min(unknown)!r}; {_USAGE}")
    scheme = "https" if options.get("secure", "").lower() in ("true", "1", "yes") else "http"
    token = os.environ.get(TOKEN_VARIABLE, "")
    if parts.username:
        token = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    at = f"[{host}]" if ":" in host else host
    return StoreAddress(f"{scheme}://{at}:{port}", name, shown, options.get("db", ""), token)


def _without_password(text: str) -> str:
    """Return an address without who signs in, as it may be shown and kept."""
    scheme, mark, rest = text.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{mark}{place.rpartition('@')[2]}{slash}{path}" if mark else text
