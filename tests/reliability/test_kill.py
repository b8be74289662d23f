"""`kill -9` at random moments of a sync: nothing is lost, and the next ends as a fresh build."""

import time

from qa import doctor
from qa.checkup import SYNC
from qa.library import Library
from tests.reliability.worker import KILLED
from tests.reliability.world import (
    World,
    assert_as_fresh,
    assert_whole,
    fresh_library,
    held,
    rounds,
    sha256,
)

CHANGES = (1, 5, 20, 60)


def timed(call):
    started = time.perf_counter()
    assert call() == 0
    return time.perf_counter() - started


def test_a_killed_sync_leaves_whole_documents_and_the_next_one_ends_as_a_fresh_build(
    fake_encoder, worker, tmp_path, seed
):
    world = World(tmp_path / "docs", seed, files=60)
    place = tmp_path / "library"

    def sync(kill_after=None):
        return worker.run("sync", kill_after=kill_after, library=place, docs=world.folder)

    a_file = timed(sync) / world.files
    at_least = timed(sync)
    before = world.contents()
    versions = {sha256(data): data for data in before.values()}
    kills = finished = 0
    while kills < rounds(5, 200):
        changes = world.random.choice(CHANGES)
        world.change(changes)
        now = world.contents()
        versions.update((sha256(data), data) for data in now.values())
        if sync(kill_after=world.random.uniform(0, at_least + changes * a_file)) == KILLED:
            kills += 1
        else:
            finished += 1
        with Library.open(place) as library:
            assert_whole(library, before, now, world.questions[:3])
            assert {finding.fix for finding in library.verify()} <= {SYNC}
            if world.random.random() < 0.5:  # else it is killed again before it could mend
                library.index(world.folder)
                assert_as_fresh(library, world.folder, world.questions)
            before = {path: versions[digest] for path, digest in held(library).items()}
    print(f"{kills} kills; {finished} syncs were done before theirs")


def test_a_first_sync_is_killed_until_it_is_done(fake_encoder, worker, tmp_path, seed):
    world = World(tmp_path / "docs", seed, files=60)
    place = tmp_path / "library"
    whole = timed(lambda: worker.run("sync", library=place, docs=world.folder))
    kills = done = 0
    while kills < rounds(2, 40):
        place = tmp_path / f"library {done}"
        after = world.random.uniform(0, whole)
        if worker.run("sync", kill_after=after, library=place, docs=world.folder) != KILLED:
            done += 1
            continue
        kills += 1
        with Library.open(place) as library:
            assert_whole(library, {}, world.contents(), world.questions[:1])
            assert {finding.fix for finding in library.verify()} <= {SYNC}
    with Library.open(place) as library:
        library.index(world.folder)
        assert_as_fresh(library, world.folder, world.questions)
    print(f"{kills} kills; {done} syncs were done before theirs")


def test_a_killed_forgetting_or_repair_is_mended_by_the_next(fake_encoder, worker, tmp_path, seed):
    world = World(tmp_path / "docs", seed, files=20)
    place = tmp_path / "library"
    assert worker.run("sync", library=place, docs=world.folder) == 0
    kills = 0
    for _ in range(rounds(5, 60)):
        folder = str(world.folder / "sub")
        what = world.random.choice([{"what": "forget", "name": folder}, {"what": "repair"}])
        at = int(10 ** world.random.uniform(1, 4))
        kills += worker.run("die_at_call", number=at, library=place, **what) == KILLED
        with Library.open(place) as library:
            library.index([world.folder, folder])
        if doctor.examine(place).findings:  # a killed repair may be half done
            doctor.repair(place, None)
        with Library.open(place) as library:
            assert_as_fresh(library, world.folder, world.questions[:5])
    print(f"{kills} kills")


def test_killed_with_the_real_model_too(home, worker, tmp_path, seed):
    world = World(tmp_path / "docs", seed, files=6)
    place = tmp_path / "library"
    arguments = {"library": place, "docs": world.folder}
    whole = timed(lambda: worker.run("sync_with_model", **arguments))
    kills = 0
    for _ in range(rounds(2, 10)):
        world.change(6)
        after = world.random.uniform(0, whole)
        kills += worker.run("sync_with_model", kill_after=after, **arguments) == KILLED
        with Library.open(place) as library:
            assert {finding.fix for finding in library.verify()} <= {SYNC}
    with Library.open(place) as library, fresh_library(world.folder) as fresh:
        library.index(world.folder)
        assert held(library) == held(fresh)
        assert library.verify() == []
        for question in world.questions[:10]:
            ours = [citation.id for citation in library.ask(question).citations]
            theirs = [citation.id for citation in fresh.ask(question).citations]
            assert ours == theirs
    print(f"{kills} kills")
