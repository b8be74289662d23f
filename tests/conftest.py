"""Fixtures for all tests: a home of its own, and the fake encoder in place of the real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from platformdirs import user_cache_path

from corpus.workers.pool import Pool
from embeddings.model import Model
from qa.library import Library
from tests.fakes import BagOfWords, fake_model, fake_models

settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):  # the same examples every time: a change is judged, not luck
    settings.load_profile("ci")


class SharedPool:
    """In place of `Pool`: real processes that all syncs of a test run read with, one by one."""

    def __init__(self) -> None:
        self._pool: Pool | None = None

    def __call__(self, size: int = 0) -> SharedPool:
        return self

    def __enter__(self) -> Pool:
        if self._pool is None:
            self._pool = Pool()
        return self._pool

    def __exit__(self, *error: object) -> None:
        assert self._pool
        if all(job.is_done and not job.readings for job in self._pool._ahead):
            self._pool._ahead.clear()
        else:  # files are under way still
            self.close()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None


@pytest.fixture(scope="session")
def shared_pool() -> Iterator[SharedPool]:
    """Processes kept for the whole run: to start them takes longer than most tests."""
    shared = SharedPool()
    yield shared
    shared.close()


@pytest.fixture(autouse=True)
def _share_processes(shared_pool: SharedPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.workers.pool.Pool", shared_pool)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder without libraries; compiled models are the user's own, the hub is out."""
    cache = user_cache_path()
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return folder


@pytest.fixture
def encoder(home: Path) -> Iterator[BagOfWords]:
    """The encoder that every `Library` uses from here on; it remembers what it encoded."""
    shared = BagOfWords(fake_model())

    def load(model: Model) -> BagOfWords:
        return shared if model.fingerprint == shared.fingerprint else BagOfWords(model)

    with fake_models(load):
        yield shared


@pytest.fixture
def library(encoder: BagOfWords, tmp_path: Path) -> Iterator[Library]:
    """A new, empty library over the fake encoder."""
    with Library.open(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder for documents, empty as yet."""
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


@pytest.fixture
def unreadable(tmp_path: Path) -> Path:
    """A regular file that opens but cannot be read, whoever reads it."""
    file = Path("/proc/self/mem")
    if not file.is_file() or os.name != "posix":
        pytest.skip("there is no such file on this system")
    return file
