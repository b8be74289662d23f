"""How long the reliability tests run, and the seed that repeats one."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.fakes import fake_models
from tests.reliability.worker import Worker


@pytest.fixture
def seed() -> int:
    """A new seed for every run, printed; DOCUMENT_QA_SEED gives the one of a run to repeat."""
    number = int(os.environ.get("DOCUMENT_QA_SEED") or random.randrange(10**6))
    print(f"repeat with DOCUMENT_QA_SEED={number}")
    return number


@pytest.fixture
def fake_encoder(home: object) -> Iterator[None]:
    """The fake encoder in this process, and a home of its own."""
    with fake_models():
        yield


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Processes that may be killed."""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    with Worker() as started:
        yield started


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder as slow."""
    for item in items:
        if "reliability" in item.path.parts:
            item.add_marker(pytest.mark.slow)
