"""A disk that fills up at random moments: said plainly, nothing lost, and all is well with room."""

import os
import subprocess
from collections import Counter

import pytest

from corpus.errors import LibraryError
from qa.checkup import SYNC
from qa.cli import main
from qa.library import Library
from tests.reliability.world import World, assert_as_fresh, assert_whole, held, rounds, sha256

_SIZE = 8_000_000


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here: {error}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk, free):
    """Leave so many bytes free on a disk."""
    stat = os.statvfs(disk)
    size = stat.f_bavail * stat.f_frsize - free
    if size > 0:
        with (disk / "ballast").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)


def make_room(disk):
    (disk / "ballast").unlink(missing_ok=True)


def needed(disk, library, world):
    """Return the bytes that a first sync takes at the least."""
    before = os.statvfs(disk).f_bavail
    library.index(world.folder)
    stat = os.statvfs(disk)
    return (before - stat.f_bavail) * stat.f_frsize


def test_a_full_disk_is_said_and_loses_nothing(fake_encoder, disk, tmp_path, seed):
    world = World(tmp_path / "docs", seed, files=60)
    place = disk / "library"
    with Library.open(place) as library:
        size = needed(disk, library, world)
    versions: dict[str, bytes] = {}
    before = world.contents()
    counts: Counter[str] = Counter()
    for _ in range(rounds(8, 60)):
        world.change(world.random.choice([5, 20, 60]))
        now = world.contents()
        versions.update((sha256(data), data) for data in (*before.values(), *now.values()))
        fill(disk, world.random.choice([0, world.random.randrange(size)]))
        refusal = ""
        try:
            with Library.open(place) as library:
                library.index(world.folder)
        except LibraryError as error:
            refusal = str(error)
        assert not refusal or says_why(refusal), refusal
        counts["refused" if refusal else "there was room"] += 1
        counts[ask_a_full_disk(place, world.questions[0])] += 1
        make_room(disk)
        with Library.open(place) as library:
            assert_whole(library, before, now, world.questions[:2])
            assert {finding.fix for finding in library.verify()} <= {SYNC}
            if world.random.random() < 0.5:
                library.index(world.folder)
                assert_as_fresh(library, world.folder, world.questions[:10])
            before = {path: versions[digest] for path, digest in held(library).items()}
    print(dict(counts))


def says_why(refusal):
    return "room" in refusal and "\n" not in refusal


def ask_a_full_disk(place, question):
    """What is there can still be asked; where even the reader's log finds no room, it is said."""
    refusal = ""
    try:
        with Library.open(place) as library:
            assert library.ask(question).citations
    except LibraryError as error:
        refusal = str(error)
    assert not refusal or says_why(refusal), refusal
    return "not asked" if refusal else "asked"


@pytest.mark.parametrize("free", [0, 4096, 50_000, 200_000])
def test_a_first_sync_without_room_is_one_line(fake_encoder, disk, tmp_path, seed, capsys, free):
    world = World(tmp_path / "docs", seed, files=60)
    fill(disk, free)
    place = str(disk / "library")
    code = main(["index", str(world.folder), "--library", place])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert "room" in err
    assert err.count("\n") == 1
    assert "report it" not in err
    make_room(disk)
    assert main(["index", str(world.folder), "--library", place]) == 0
    with Library.open(place) as library:
        assert_as_fresh(library, world.folder, world.questions[:10])
