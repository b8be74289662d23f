"""Joining a Ray cluster, or starting one on this machine, without a word on the terminal."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from corpus.errors import DocumentQAError, UsageError

AUTO: Final = "auto"
"""Joins the cluster of this machine, or starts one."""

_PATIENCE: Final = 10.0  # seconds until a cluster must answer; Ray itself goes on for minutes
_STORE_BYTES: Final = 2_000_000_000  # of shared memory, where a cluster is started
_SETTINGS: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",  # or it reports to its makers
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # or it warns of a change to come
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # or its core writes to the terminal
}


def require_ray() -> None:
    """Raise `UsageError` unless Ray is installed."""
    if not all(importlib.util.find_spec(name) for name in ("ray", "pyarrow")):
        raise UsageError("--ray needs an extra: pip install 'document-qa[ray]'")


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Give the `ray` module, connected; a connection that was there is used, and stays.

    ``address`` is ``auto``, ``HOST:PORT`` or ``ray://HOST:PORT``. Raises `UsageError` where there
    is no such cluster, or none can be started.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    import ray

    if ray.is_initialized():
        yield ray
        return
    try:
        _reach(address)
        with _muted():
            _join(address)
    except Exception as error:
        raise UsageError(
            f"there is no Ray cluster at {address!r} ({reason_of(error)}); check the address, "
            "or start one: ray start --head"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _reach(address: str) -> None:
    """Raise `ConnectionError` where an address names a port at which nobody answers."""
    place = urlsplit(address if "://" in address else f"//{address}")
    if not (place.hostname and place.port):
        return
    try:
        socket.create_connection((place.hostname, place.port), timeout=_PATIENCE).close()
    except OSError as error:
        raise ConnectionError(error.strerror or str(error)) from error


def _join(address: str) -> None:
    import ray
    import ray.data  # sets up the logger that is silenced below

    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.CRITICAL)
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        ray.init(address, **quiet)
    except ConnectionError:
        if address != AUTO:
            raise
        ray.init("local", include_dashboard=False, object_store_memory=_STORE_BYTES, **quiet)


@contextmanager
def _muted() -> Iterator[None]:
    """Lose what is written to stderr, by Ray's core too, which knows no Python."""
    sys.stderr.flush()
    stderr = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(silence)


@contextmanager
def said_plainly() -> Iterator[None]:
    """Raise what goes wrong in a cluster as ours: what a worker has raised, or the reason."""
    try:
        yield
    except Exception as error:
        ours = next((e for e in _causes(error) if isinstance(e, DocumentQAError)), None)
        if ours is error:
            raise
        if ours is not None:
            raise ours from error
        raise DocumentQAError(
            f"the Ray cluster failed ({reason_of(error)}); what was done is kept, and the same "
            "command goes on from there"
        ) from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what an error comes from, the first cause first; Ray's errors hold theirs."""
    held = getattr(error, "cause", None)
    for cause in (held, error.__cause__):
        if isinstance(cause, BaseException):
            yield from _causes(cause)
    yield error


def reason_of(error: Exception) -> str:
    """Return what an error says, in one line; Ray puts the cause last."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__
