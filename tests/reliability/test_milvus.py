"""A library in Milvus: killed clients and servers, and a network that drops, lose nothing."""

import threading
import time
from functools import partial

import pytest

from corpus.errors import LibraryError
from qa.checkup import SYNC
from qa.library import Library
from tests.reliability.worker import KILLED
from tests.reliability.world import (
    World,
    assert_equal,
    assert_whole,
    fresh_library,
    held,
    rounds,
    sha256,
)

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

from tests.milvus import LiteServer, Proxy

FILES = 20


@pytest.fixture
def milvus(tmp_path):
    """A server of the test's own, to be killed."""
    server = LiteServer(tmp_path / "milvus")
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setenv("DOCUMENT_QA_MILVUS_TIMEOUT", "4")


def opened(tmp_path, server, name="library"):
    return Library.open(tmp_path / name, store=f"{server.address}/library")


def failure(call):
    """Return what an error says, in one line; nothing where there is none."""
    try:
        call()
    except LibraryError as error:
        [said] = str(error).splitlines()
        return said
    return ""


def assert_as_fresh(library, world):
    """What is there, once and no more, is what a new library in a folder would have."""
    with fresh_library(world.folder) as fresh:
        assert_equal(library, fresh, world.questions[:5])
    assert library.verify() == []


def test_a_killed_sync_loses_and_doubles_nothing(fake_encoder, worker, milvus, tmp_path, seed):
    world = World(tmp_path / "docs", seed, FILES)
    opened(tmp_path, milvus).close()
    arguments = {"library": tmp_path / "library", "docs": world.folder}
    started = time.perf_counter()
    assert worker.run("sync", **arguments) == 0
    whole = time.perf_counter() - started
    before = world.contents()
    versions = {sha256(data): data for data in before.values()}
    kills = 0
    while kills < rounds(4, 100):
        world.change(FILES // 2)
        now = world.contents()
        versions.update((sha256(data), data) for data in now.values())
        kill_after = world.random.uniform(0.2, 1.0) * whole
        kills += worker.run("sync", kill_after=kill_after, **arguments) == KILLED
        with opened(tmp_path, milvus) as library:
            assert_whole(library, before, now, world.questions[:3])
            assert {finding.fix for finding in library.verify()} <= {SYNC}
            if world.random.random() < 0.5:
                library.index(world.folder)
                assert_as_fresh(library, world)
            before = {path: versions[digest] for path, digest in held(library).items()}
    with opened(tmp_path, milvus) as library:
        library.index(world.folder)
        assert_as_fresh(library, world)


@pytest.mark.long
def test_a_killed_server_loses_and_doubles_nothing(fake_encoder, milvus, tmp_path, seed):
    world = World(tmp_path / "docs", seed, FILES)
    with opened(tmp_path, milvus) as library:
        library.index(world.folder)
    for _ in range(rounds(3, 50)):
        world.change(FILES // 2)
        killer = threading.Timer(world.random.uniform(0.1, 1.5), milvus.kill)
        killer.start()
        with opened(tmp_path, milvus) as library:
            said = failure(partial(library.index, world.folder))
            assert not said or "cannot be reached" in said
        killer.join()
        milvus.start()
        with opened(tmp_path, milvus) as library:
            library.index(world.folder)
            assert_as_fresh(library, world)


@pytest.mark.long
def test_a_network_that_drops_loses_and_doubles_nothing(fake_encoder, milvus, tmp_path, seed):
    world = World(tmp_path / "docs", seed, FILES)
    proxy = Proxy(milvus.port)
    ended = threading.Event()

    def drop():
        while not ended.wait(world.random.uniform(0.05, 0.4)):
            proxy.drop()

    with opened(tmp_path, proxy) as library:
        threading.Thread(target=drop).start()
        try:
            for _ in range(rounds(3, 50)):
                library.index(world.folder)  # every call that is dropped is made again
                assert_whole(library, {}, world.contents(), world.questions[:3])
                world.change(FILES // 2)
            library.index(world.folder)
        finally:
            ended.set()
        assert_as_fresh(library, world)
    proxy.close()


@pytest.mark.long
def test_a_network_that_is_cut_is_said_in_one_line_and_the_next_sync_goes_on(
    fake_encoder, milvus, tmp_path, seed
):
    world = World(tmp_path / "docs", seed, FILES)
    proxy = Proxy(milvus.port)
    with opened(tmp_path, proxy) as library:
        library.index(world.folder)
        before = world.contents()
        for _ in range(rounds(2, 30)):
            world.change(FILES // 2)
            cutter = threading.Timer(world.random.uniform(0.05, 1.0), proxy.cut)
            cutter.start()
            said = failure(partial(library.index, world.folder))
            assert not said or f"127.0.0.1:{proxy.port}" in said
            cutter.join()
            with pytest.raises(LibraryError, match="cannot be reached"):
                library.ask("anything at all")
            proxy.mend()
            assert_whole(library, before, world.contents(), world.questions[:3])
            library.index(world.folder)
            assert_as_fresh(library, world)
            before = world.contents()
    proxy.close()
