"""Leases that settle at once, for tests in which nobody else writes."""

import pytest


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("qa.milvus.lease._SETTLE", 0.0)
    monkeypatch.setattr("qa.milvus.lease._LOOK", 0.02)
    monkeypatch.setattr("qa.milvus.store.GRACE", 0.1)
