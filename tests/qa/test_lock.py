"""One writer at a time; who waits is told for whom."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from corpus.errors import LibraryError
from qa.lock import writer_lock

HOLD = """
import sys
from pathlib import Path
from qa.lock import writer_lock

with writer_lock(Path(sys.argv[1]), lambda who: None):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock until its input is closed."""
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    process.stdin.close()


def held(folder, patience=0.0, told=None):
    """Take the lock and let go of it."""
    with writer_lock(folder, (told if told is not None else []).append, patience):
        return json.loads((folder / "writer.json").read_text())


def test_the_holder_is_named_while_it_holds(tmp_path):
    assert held(tmp_path)["pid"] == os.getpid()
    assert not (tmp_path / "writer.json").exists()
    assert held(tmp_path)["pid"] == os.getpid(), "it was let go of"


def test_the_lock_is_let_go_of_after_an_error(tmp_path):
    with pytest.raises(KeyError), writer_lock(tmp_path, lambda who: None):
        raise KeyError
    assert held(tmp_path)


def test_a_second_process_is_told_who_writes_and_refused_after_its_patience(tmp_path, holder):
    told: list[str] = []
    with pytest.raises(LibraryError, match=rf"written by process {holder.pid} \(since") as refused:
        held(tmp_path, 0.1, told)
    assert "\n" not in str(refused.value)
    assert len(told) == 1
    assert told[0].startswith(f"waiting for process {holder.pid} (since ")


def test_a_second_process_that_waits_goes_on_when_the_first_is_done(tmp_path, holder):
    told: list[str] = []
    started = time.perf_counter()
    closing = threading.Timer(1.0, holder.terminate)
    closing.start()
    assert held(tmp_path, 30.0, told)["pid"] == os.getpid()
    assert time.perf_counter() - started < 20
    assert len(told) == 1


def test_a_killed_holder_leaves_the_lock_free(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert (tmp_path / "writer.json").exists(), "what it left"
    assert held(tmp_path)["pid"] == os.getpid()


@pytest.mark.parametrize("note", ["", "{", "[]", "{}", "null", "\0"])
def test_a_note_that_cannot_be_read_is_another_process(tmp_path, holder, note):
    (tmp_path / "writer.json").write_text(note)
    with pytest.raises(LibraryError, match="written by another process"):
        held(tmp_path, 0.1)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(LibraryError, match="cannot be written"):
        held(tmp_path / "absent" / "folder" if os.name == "nt" else Path("/proc/nowhere"))
