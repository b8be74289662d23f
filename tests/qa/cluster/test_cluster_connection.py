"""A cluster that is asked for and cannot be had is an error in one line."""

import importlib.util

import pytest

from corpus.errors import DocumentQAError, ModelError, UsageError
from qa.cli import main
from qa.cluster.connection import require_ray, said_plainly


@pytest.fixture
def without_ray(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ray" else found(name)
    )


def test_the_extra_is_named_where_it_is_missing(without_ray, library, docs, capsys):
    with pytest.raises(UsageError, match=r"pip install 'document-qa\[ray\]'"):
        require_ray()
    with pytest.raises(UsageError, match=r"pip install 'document-qa\[ray\]'"):
        library.index(docs, ray="auto")
    folder = str(library.folder)
    assert main(["index", str(docs), "--library", folder, "--ray", "auto"]) == 2
    error = capsys.readouterr().err
    assert "document-qa[ray]" in error
    assert len(error.splitlines()) == 1


def test_what_a_worker_raises_is_raised_as_it_is():
    failed = RuntimeError("a task has failed")
    failed.__cause__ = ModelError("unknown model")
    with pytest.raises(ModelError, match=r"^unknown model$"), said_plainly():
        raise failed


def test_anything_else_is_one_line_that_says_how_to_go_on():
    said = r"\(the last node is gone\); what was done is kept"
    with pytest.raises(DocumentQAError, match=said), said_plainly():
        raise RuntimeError("Traceback\n  of a worker\n\nthe last node is gone\n")
    with pytest.raises(KeyboardInterrupt), said_plainly():
        raise KeyboardInterrupt
