"""Flipped bytes and cut files: found and mended, or refused plainly; never a wrong answer."""

import os
import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from corpus.errors import DocumentQAError, LibraryError
from qa import doctor
from qa.backends import DATABASE
from qa.library import Library
from tests.reliability.world import (
    World,
    assert_as_fresh,
    assert_equal,
    difference,
    fresh_library,
    held,
    ranking,
    rounds,
)


class Vault:
    """The files of a library, to be damaged one at a time and brought back as they were."""

    def __init__(self, folder, random):
        self.folder = folder
        self.random = random
        self.kept = {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
        connection = sqlite3.connect(folder / DATABASE)
        self._page = connection.execute("PRAGMA page_size").fetchone()[0]
        self._roots = [
            page
            for (page,) in connection.execute("SELECT rootpage FROM sqlite_master ORDER BY 1")
            if page
        ]
        connection.close()

    def choose(self):
        """Return a file with something in it: as often the database as all others together."""
        others = [p for p, data in self.kept.items() if data and p.name != DATABASE]
        return self.random.choice([self.folder / DATABASE, self.random.choice(others)])

    def damage(self, path, silently):
        """Change a file at random and say how; ``silently`` leaves its time as it was."""
        stat, how = path.stat(), ""
        while path.read_bytes() == self.kept[path]:  # zeros may have been zeros
            how = self._change(path)
        if silently:
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        return f"{how} of {path.relative_to(self.folder)}{' silently' * silently}"

    def _change(self, path):
        data = bytearray(self.kept[path])
        how = self.random.choices(["flip", "byte", "zeros", "cut"], [5, 2, 1, 2])[0]
        at = self._offset(path, len(data))
        if how == "flip":
            data[at] ^= 1 << self.random.randrange(8)
        elif how == "byte":
            data[at] = (data[at] + self.random.randrange(1, 256)) % 256
        elif how == "zeros":
            data[at : at + 32] = bytes(len(data[at : at + 32]))
        else:
            del data[at:]
        path.write_bytes(data)
        return f"{how} at {at}"

    def undo(self, path, state):
        path.write_bytes(self.kept[path])
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        found = {p for p in self.folder.rglob("*") if p.is_file()}
        assert all(p.read_bytes() == data for p, data in self.kept.items())
        assert {p.name for p in found - self.kept.keys()} <= {"writer.lock"}

    def _offset(self, path, size):
        """Return a place in a file; of the database, as often in the first page of a table."""
        if path.name == DATABASE and self.random.random() < 0.5:
            first = (self.random.choice(self._roots) - 1) * self._page
            if self.random.random() < 0.5:
                return first + self.random.randrange(64)  # its header, and where its cells are
            return first + self.random.randrange(self._page)
        return self.random.randrange(size)


def is_right(library, truth):
    """Tell whether every ranking is the true one; one of them is asked for in full, too."""
    for question, theirs in truth.items():
        if difference(ranking(library, question), theirs):
            return False
        ours = library.ask(question, k=3)
        if any(library.text(c.document)[c.start : c.end] != c.text for c in ours.citations):
            return False
    return True


def outcome(folder, truth):
    """Ask a damaged library: "right", "wrong" or "refused"; any other error is a fault."""
    try:
        with Library.open(folder, create=False) as library:
            return "right" if is_right(library, truth) else "wrong"
    except DocumentQAError as error:
        return "refused" if "\n" not in str(error) else "refused in several lines"


def is_found(folder):
    """Tell whether `qa verify` finds something, or cannot even open the library."""
    try:
        with Library.open(folder, create=False) as library:
            return bool(library.verify())
    except DocumentQAError:
        return True


def mended(folder, scratch, fresh, questions):
    """Mend a copy; tell whether that was refused. Afterwards it must be as a fresh build."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(folder, scratch)
    try:
        doctor.repair(scratch, None)
    except DocumentQAError:
        return "repair refused"
    with Library.open(scratch, create=False) as library:
        assert library.verify() == []
        assert_equal(library, fresh, questions)
    return "mended"


@pytest.fixture
def world(tmp_path, seed):
    return World(tmp_path / "docs", seed, files=40)


@pytest.fixture
def folder(fake_encoder, world, tmp_path):
    """The folder of a library with rows that are newer than its snapshot."""
    with Library.open(tmp_path / "library") as library:
        library.index(world.folder)
        world.change(10)
        library.index(world.folder)
        for _ in range(5):
            world._add()
        library.index(world.folder)
    return tmp_path / "library"


def what_came_of(folder, scratch, truth, fresh, questions, trusted):
    """Ask, verify and mend a damaged library; say what came of it, or assert what must not come.

    ``trusted``: an index that changed and its time did not is found by verify, not before.
    """
    found = is_found(folder)
    came = "not asked" if trusted else outcome(folder, truth)
    assert came != "wrong", "a wrong answer" + ", which verify would have found" * found
    if came == "right" and not found:
        return "read by nothing"
    assert found, "refused, and verify finds nothing"
    return f"{came}, found, {mended(folder, scratch, fresh, questions)}"


def test_damage_is_found_and_mended_or_refused_and_never_answered_from(folder, world, tmp_path):
    vault = Vault(folder, world.random)
    counts: Counter[str] = Counter()
    faults = []
    with fresh_library(world.folder) as fresh:
        truth = {question: ranking(fresh, question, 10**6) for question in world.questions[:6]}
        for number in range(rounds(25, 300)):
            path = vault.choose()
            silently = world.random.random() < 0.5
            state = path.stat()
            how = f"round {number}: {vault.damage(path, silently)}"
            trusted = silently and path.parent != folder
            try:
                came = what_came_of(
                    folder, tmp_path / "copy", truth, fresh, world.questions[6:10], trusted
                )
                counts[came] += 1
            except Exception as error:
                faults.append(f"{how}: {type(error).__name__}: {error}")
            finally:
                vault.undo(path, state)
    for kind, count in counts.most_common():
        print(f"{count:4} {kind}")
    assert not faults, "\n".join(faults)


def test_a_log_that_was_cut_is_an_earlier_state_and_the_next_sync_mends_it(
    fake_encoder, worker, world, tmp_path
):
    """What a loss of power does: the last commits are gone, the files beside it are not."""
    place, copy = tmp_path / "library", tmp_path / "copy"
    assert worker.run("sync", library=place, docs=world.folder) == 0
    world.change(15)
    assert worker.run("sync_and_die", library=place, docs=world.folder) != 0
    log = Path(f"{place / DATABASE}-wal")
    whole = log.read_bytes()
    for number in range(rounds(10, 60)):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(place, copy)
        at = world.random.randrange(len(whole))
        damaged = bytearray(whole)
        if number % 2:
            del damaged[at:]
        else:
            damaged[at] ^= 0xFF
        (copy / log.name).write_bytes(damaged)
        with Library.open(copy) as library:
            documents = held(library)
            for question in world.questions[:3]:
                for citation in library.ask(question).citations:
                    assert documents[citation.document] == citation.sha256
            library.index(world.folder)
            assert_as_fresh(library, world.folder, world.questions[:10])


def test_without_the_copy_of_its_roots_a_lost_database_is_refused_and_kept(folder):
    (folder / "library.json").unlink()
    (folder / DATABASE).write_bytes(b"lost")
    with pytest.raises(LibraryError, match=r"library\.json"):
        doctor.repair(folder, None)
    assert (folder / DATABASE).read_bytes() == b"lost"
