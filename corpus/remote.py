"""Places beyond this machine, as fsspec opens them: ``s3://bucket/folder``.

Only what the user has named is opened, never what a document names. Credentials come from the
environment, as each backend of fsspec reads them, and are kept nowhere.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from corpus.discovery import FoundFile, UnreadableFolder, is_passed_over
from corpus.errors import DocumentQAError, Unavailable, UsageError
from corpus.limits import Limits, size_error

_URL: Final = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.IGNORECASE | re.DOTALL)
_PACKAGES: Final = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs"}
_TIMES: Final = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")
_VERSIONS: Final = ("ETag", "etag", "generation", "md5Hash", "content_md5", "checksum")
_A_SECOND: Final = 1_000_000_000  # nanoseconds
_A_PIECE: Final = 4_000_000  # bytes that are fetched at once

_Info: TypeAlias = Mapping[str, Any]  # what a backend says of a file or folder


def is_remote(path: str) -> bool:
    """Tell whether a path is a URL, and not one on this machine's disks."""
    return _URL.match(path) is not None


def checked_url(url: str) -> str:
    """Return a URL as it is kept, without a slash at its end.

    Raises `UsageError` for one that is no place of files, or that holds a password.
    """
    match = _URL.match(url)
    protocol, rest = (match[1].lower(), match[2].rstrip("/")) if match else ("", "")
    if re.search(r":[^/]*@", rest.partition("/")[0]):
        raise UsageError("a password in a URL would be written down; give it by the environment")
    if protocol in ("file", "local"):
        raise UsageError(f"{url} is on this machine; name the path without {protocol}://")
    if protocol in ("http", "https"):
        raise UsageError(f"{url} is a page of the web; download it and name the file")
    if "::" in rest:
        raise UsageError(f"{url} is a chain of places; name one")
    if not rest:
        raise UsageError(f"{url} names no place; add a bucket or a folder")
    return f"{protocol}://{rest}"


def state_of_url(url: str) -> Literal["file", "folder", "nothing"]:
    """Return what a URL is; one that ends with a slash is no file. Raises `Unavailable`."""
    files, path = _opened(url)
    try:
        with _said_plainly("cannot be reached"):
            if url.endswith("/"):
                files.ls(path, detail=True)
                return "folder"
            return "folder" if files.info(path)["type"] == "directory" else "file"
    except FileNotFoundError:
        return "nothing"


def find_remote_files(
    root: str,
    scope: str = "",
    *,
    without: Collection[str] = (),
    excluded: Callable[[str], bool] = lambda path: False,
) -> Iterator[FoundFile | UnreadableFolder]:
    """Yield the files under a URL, as `corpus.discovery.find_files` does under a folder.

    A root that is a folder ends with a slash. Names are listed; nothing is fetched.
    """
    url = root + scope
    try:
        files, path = _opened(url)
        info: _Info = {"name": path, "type": "directory"}
        if not url.endswith("/"):
            with _said_plainly("cannot be reached"):
                info = files.info(path)
    except FileNotFoundError:
        return
    except Unavailable as error:
        yield UnreadableFolder(scope, f"{url} {error}")
        return
    if info["type"] != "directory":
        yield _found(info, scope or url.rpartition("/")[2], url)
    elif root.endswith("/"):
        start = f"{scope}/" if scope else ""
        yield from _walk(files, info, root, start, frozenset(without), excluded)


@contextmanager
def local_copy(path: str, limits: Limits) -> Iterator[str]:
    """Give the path on disk of a file; of a URL that of a copy, which is deleted afterwards.

    Raises `Unavailable` for a file that cannot be fetched, and `OverLimit` for one too large.
    """
    if not is_remote(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="document-qa-") as folder:
        copy = Path(folder, "file")
        try:
            with _said_plainly("cannot be fetched"), copy.open("wb") as file:
                for piece in _pieces(path, limits):
                    file.write(piece)
        except FileNotFoundError as error:
            raise Unavailable("is gone; index again") from error
        yield str(copy)


def sha256_of_url(url: str) -> str:
    """Return the SHA-256 of a file. Raises `FileNotFoundError` and `Unavailable`."""
    digest = hashlib.sha256()
    with _said_plainly("cannot be fetched"):
        for piece in _pieces(url):
            digest.update(piece)
    return digest.hexdigest()


def size_of_url(url: str) -> int:
    """Return the size of a file in bytes. Raises `FileNotFoundError` and `Unavailable`."""
    files, path = _opened(url)
    with _said_plainly("cannot be reached"):
        return int(files.info(path)["size"])


def _opened(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, which remembers no listing, and the path in it."""
    protocol = url.partition("://")[0]
    try:
        from fsspec.core import url_to_fs

        with _said_plainly("cannot be reached"):
            files, path = url_to_fs(url)
            files.invalidate_cache()
            return files, path
    except ImportError as error:
        is_fsspec = (error.name or "").startswith("fsspec")
        package = "'document-qa[remote]'" if is_fsspec else _PACKAGES.get(protocol)
        advice = f"pip install {package}" if package else str(error)
        raise Unavailable(f"needs a package that is not installed: {advice}") from error


@contextmanager
def _said_plainly(what: str) -> Iterator[None]:
    """Turn whatever a backend raises into `Unavailable`, but for what is missing."""
    try:
        yield
    except (DocumentQAError, FileNotFoundError, ImportError):
        raise
    except Exception as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise Unavailable(f"{what} ({reason}); check the network and the credentials") from error


def _walk(
    files: Any,
    folder: _Info,
    root: str,
    start: str,
    without: frozenset[str],
    excluded: Callable[[str], bool],
) -> Iterator[FoundFile | UnreadableFolder]:
    """Yield what lies in a folder whose path within the root, with a slash, is ``start``."""
    waiting = [(start, folder)]  # what comes first stands last
    while waiting:
        path, info = waiting.pop()
        if info["type"] != "directory":
            yield _found(info, path, root + path)
            continue
        try:
            with _said_plainly("cannot be listed"):
                listing = files.ls(info["name"], detail=True)
        except FileNotFoundError:
            continue  # gone since its parent was listed
        except Unavailable as error:
            yield UnreadableFolder(path, f"{root}{path} {error}")
            continue
        for name, entry in reversed(_entries(listing, info["name"])):
            inside = path + name + ("/" if entry["type"] == "directory" else "")
            hidden = is_passed_over(name) or root + path + name in without
            if not hidden and not excluded(inside):
                waiting.append((inside, entry))


def _entries(listing: Iterable[_Info], folder: str) -> list[tuple[str, _Info]]:
    """Return what is in a folder, ordered by name; some stores list the folder itself, too."""
    paths = [(entry["name"].rstrip("/"), entry) for entry in listing]
    named = [(p.rpartition("/")[2], entry) for p, entry in paths if p != folder.rstrip("/")]
    return sorted((pair for pair in named if pair[0]), key=lambda pair: pair[0])


def _found(info: _Info, path: str, url: str) -> FoundFile:
    return FoundFile(path, url, int(info.get("size") or 0), _stamp(info))


def _stamp(info: _Info) -> int:
    """Return the time of a file in nanoseconds, by which a changed one is told.

    Object stores know whole seconds: the digits below are those of the version (its ETag). A file
    that has neither is as new as can be, and so is read by every run.
    """
    seconds = next(filter(None, (_seconds(info.get(key)) for key in _TIMES)), 0.0)
    version = next((str(info[key]) for key in _VERSIONS if info.get(key)), "")
    if version:
        return int(seconds) * _A_SECOND + zlib.crc32(version.encode()) % _A_SECOND
    return int(seconds * _A_SECOND) or time.time_ns()


def _seconds(moment: object) -> float | None:
    """Return a moment, in one of the ways that backends write it, in seconds since 1970."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
        except ValueError:
            return None
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    return float(moment) if isinstance(moment, (int, float)) else None


def _pieces(url: str, limits: Limits | None = None) -> Iterator[bytes]:
    """Yield the bytes of a file, up to a limit of its size. Raises `OverLimit`."""
    files, path = _opened(url)
    with files.open(path, "rb") as file:
        size = int(getattr(file, "size", None) or 0)
        done = 0
        while True:
            if limits is not None and max(size, done) > limits.size:
                raise size_error(max(size, done), limits)
            piece = file.read(_A_PIECE)
            if not piece:
                return
            done += len(piece)
            yield piece
