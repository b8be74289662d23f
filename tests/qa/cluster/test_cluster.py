"""Indexing with a Ray cluster of two nodes on this machine: the library is the same."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from corpus.errors import UsageError
from qa.library import Library
from tests.qa.cluster.clusters import (
    HOOK,
    SETTINGS,
    assert_same,
    contents,
    kill_worker,
    write_documents,
)

pytest.importorskip("ray")
pytest.importorskip("pyarrow")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
    pytest.mark.filterwarnings("ignore"),  # Ray's own, of what it uses
]
COUNT = 40


@pytest.fixture
def documents(docs):
    write_documents(docs, COUNT)
    return docs


@pytest.fixture
def local(encoder, documents, tmp_path):
    """The library of the documents without a cluster, of the fake model."""
    with Library.open(tmp_path / "local") as library:
        library.index(documents)
        yield library


@pytest.fixture
def cluster(monkeypatch):
    """A cluster of two nodes with one core each, whose workers use the fake model.

    The first node, which this process is on, cannot be killed.
    """
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("qa.cluster.rows._MOST_FILES", 4)  # so that work is long enough to disturb
    import ray
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 200_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    ray.init(cluster.address, runtime_env=HOOK, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def counts(receipt):
    return {status: receipt.counts[status] for status in ("added", "unchanged", "failed")}


class Once:
    """Does a deed once, when so many files have been read; ``came`` holds what came of it."""

    def __init__(self, files, deed):
        self._files = files
        self._deed = deed
        self.came: list[object] = []

    def __call__(self, progress):
        if progress.stage == "reading" and progress.done >= self._files and not self.came:
            self.came.append(self._deed())


def test_the_library_is_the_one_made_without_a_cluster(cluster, library, documents, local):
    receipt = library.index(documents, ray=cluster.address)
    assert counts(receipt) == {"added": COUNT + 1, "unchanged": 0, "failed": 1}
    assert_same(library, local)
    again = library.index(documents, ray=cluster.address)
    assert counts(again) == {"added": 0, "unchanged": COUNT + 1, "failed": 1}


@pytest.mark.long
def test_a_worker_that_is_killed_costs_nothing(cluster, library, documents, local):
    reader = Once(5, lambda: kill_worker("ReadAndCut"))
    encoder = Once(20, lambda: kill_worker("Encode"))

    def listen(progress):
        reader(progress)
        encoder(progress)

    library.index(documents, ray=cluster.address, on_progress=listen)
    assert reader.came[0]
    assert encoder.came[0]
    assert_same(library, local)


@pytest.mark.long
def test_a_node_that_is_killed_costs_nothing(cluster, library, documents, local):
    (node,) = cluster.worker_nodes
    listen = Once(8, lambda: cluster.remove_node(node, allow_graceful=False))
    library.index(documents, ray=cluster.address, on_progress=listen)
    assert listen.came
    assert_same(library, local)


def command(documents, folder):
    arguments = ["index", str(documents), "--library", str(folder), "--ray", "auto"]
    return [sys.executable, "-m", "qa", *arguments]


@pytest.mark.long
def test_the_command_starts_a_cluster_and_no_word_of_it_is_heard(home, docs, tmp_path):
    write_documents(docs, 12)
    with Library.open(tmp_path / "local") as local, Library.open(tmp_path / "library") as library:
        local.index(docs)
        run = subprocess.run(
            command(docs, library.folder), capture_output=True, text=True, check=False
        )
        assert run.returncode == 1, "one file is broken"
        assert run.stderr == ""
        assert "13 added" in run.stdout
        assert "ray" not in run.stdout.lower()
        assert_same(library, local)


@pytest.mark.long
def test_ctrl_c_leaves_a_library_that_goes_on(home, documents, tmp_path):
    with Library.open(tmp_path / "library") as library:
        run = subprocess.Popen(
            command(documents, library.folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        while run.poll() is None and not contents(library):
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=60)
        assert errors.decode().splitlines() == [
            "qa: interrupted; what was done is kept, and the same command goes on from there"
        ]
        assert run.returncode == 130
        assert library.index(documents).counts["added"] < COUNT + 1
        assert len(library.documents()) == COUNT + 1
        assert library.verify() == []


def test_a_cluster_that_is_not_there_is_said_to_be_missing(documents, library):
    with pytest.raises(UsageError, match=r"no Ray cluster at '127\.0\.0\.1:1'"):
        library.index(documents, ray="127.0.0.1:1")
    assert library.documents() == []
