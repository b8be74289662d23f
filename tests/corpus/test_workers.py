"""Files that are read in other processes: none can stop, swell or harm the one who asks."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import corpus
from corpus.errors import (
    DocumentQAError,
    Encrypted,
    OverLimit,
    ReadError,
    Unavailable,
    UnsupportedFormat,
)
from corpus.limits import Limits
from corpus.workers.pool import Pool
from corpus.workers.walk import distinct_name
from corpus.workers.wire import Task

SHORT = Limits(seconds=0.5)
posix = pytest.mark.skipif(os.name != "posix", reason="this system has no such thing")


@pytest.fixture
def hostile(monkeypatch):
    monkeypatch.setattr("corpus.workers.process.ENTRY", "tests.corpus.hostile")


@pytest.fixture
def pool(hostile):
    with Pool(2) as pool:
        yield pool


@pytest.fixture
def task(tmp_path):
    """Write a file and return the task to read it."""

    def make(name, data, **options):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return Task(str(path), name, **options)

    return make


def answers(pool, tasks):
    """Return the readings of all tasks by name, in order."""
    return {reading.name: reading for _, reading in pool.read(tasks)}


def texts(pool, tasks):
    found = answers(pool, tasks)
    return {
        name: r.document.text if r.document else r.error and str(r.error)
        for name, r in found.items()
    }


def test_a_file_is_read_as_in_this_process(pool, task):
    wanted: dict[str, bytes] = {
        "a.md": b"# Title\n\nText.\n\n## Part\n\n| a | b |\n| - | - |\n| 1 | 2 |\n",
        "b.html": b"<title>T</title><h1>Top</h1><p>One</p>",
        "c.txt": "caf\xe9 \U0001f5fc".encode("utf-16"),
        "d.txt": b"",
    }
    found = answers(pool, [task(name, data) for name, data in wanted.items()])
    for name, reading in found.items():
        assert reading.document == corpus.read(wanted[name], name)
        assert (reading.size, reading.error) == (len(wanted[name]), None)


def test_readings_come_in_the_order_of_the_tasks(pool, task):
    tasks = [task(f"{at}.txt", f"{at} " * (1 + 100_000 // (at + 1))) for at in range(40)]
    assert [reading.name for _, reading in pool.read(tasks)] == [t.name for t in tasks]


def test_a_file_that_is_as_it_was_known_is_not_read(pool, task):
    first = task("a.txt", "crash me not")
    [known] = answers(pool, [first]).values()
    [same] = answers(pool, [Task(first.path, "a.txt", known={"a.txt": known.sha256})]).values()
    assert (same.sha256, same.document, same.error) == (known.sha256, None, None)
    [other] = answers(pool, [Task(first.path, "a.txt", known={"a.txt": "0" * 64})]).values()
    assert other == known or other.document == known.document


@pytest.mark.parametrize(
    ("deed", "kind", "said"),
    [
        ("%PDF-1.7 broken", ReadError, "not a whole PDF"),
        ("lock", Encrypted, "needs a password"),
        ("puzzle", UnsupportedFormat, "is not read"),
    ],
)
def test_errors_are_those_of_the_readers(pool, task, deed, kind, said):
    [reading] = answers(pool, [task("a.pdf", deed)]).values()
    assert type(reading.error) is kind
    assert said in str(reading.error)
    assert reading.sha256, "it was read, and need not be again"


def test_a_file_above_the_size_is_not_read(pool, task):
    found = answers(pool, [task("a.txt", "x" * 1000, limits=Limits(size=999)), task("b.txt", "b")])
    assert isinstance(found["a.txt"].error, OverLimit)
    assert "--max-file-size" in str(found["a.txt"].error)
    assert (found["a.txt"].sha256, found["b.txt"].document.text) == ("", "b")


def test_what_cannot_be_opened_is_unavailable(pool, task, tmp_path):
    (tmp_path / "folder").mkdir()
    gone = Task(str(tmp_path / "gone.txt"), "gone.txt")
    found = answers(pool, [gone, Task(str(tmp_path / "folder"), "folder"), task("b.txt", "b")])
    for name in ("gone.txt", "folder"):
        assert isinstance(found[name].error, Unavailable)
    assert found["b.txt"].document.text == "b"


@posix
@pytest.mark.parametrize("path", ["pipe", "/dev/zero"])
def test_what_is_no_regular_file_is_not_waited_for(pool, tmp_path, path):
    os.mkfifo(tmp_path / "pipe")
    [reading] = answers(pool, [Task(str(tmp_path / path), "x.txt")]).values()
    assert "not a regular file" in str(reading.error)


# Readers that fail


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("hang", "took longer than 0.5 s"),
        ("hang_hard", "took longer than 0.5 s"),
        ("crash", "crashed"),
        ("vanish", "crashed"),
        ("leave", "crashed"),
        ("recurse", "cannot be read|crashed"),
        ("lie", "its pages overlap or lie outside its text"),
    ],
)
def test_a_reader_that_fails_costs_its_file_and_no_other(pool, task, deed, said):
    names = [f"{at}.txt" for at in range(6)]
    tasks = [task(name, f"I am {name}", limits=SHORT) for name in names]
    tasks[2:2] = [task("bad.txt", deed, limits=SHORT)]
    found = texts(pool, tasks)
    assert re.search(said, found.pop("bad.txt"))
    assert found == {name: f"I am {name}" for name in names}


@pytest.mark.skipif(sys.platform != "linux", reason="this system holds no process to its memory")
def test_a_reader_that_swells_is_stopped(pool, task):
    limits = Limits(memory=300_000_000)
    found = texts(
        pool, [task("bad.txt", "swell", limits=limits), task("x.txt", "x", limits=limits)]
    )
    assert "needed more than 300 MB" in found["bad.txt"]
    assert found["x.txt"] == "x"


@pytest.mark.skipif(sys.platform != "linux", reason="others do not count it")
def test_what_the_one_who_asks_holds_does_not_count(hostile, task):
    """A process that has just been started would else be taken for one that has swollen."""
    limits = Limits(memory=400_000_000)
    held = bytearray(b"x") * 300_000_000
    with Pool(1) as pool:
        found = texts(pool, [task(f"{n}.txt", "count", limits=limits) for n in (1, 2, 3)])
    assert [text.split()[-1] for text in found.values()] == ["1", "2", "3"]
    assert len(held) == 300_000_000


def test_what_a_parser_prints_is_lost_and_its_stdin_is_empty(pool, task, capfd):
    assert texts(pool, [task("a.txt", "chatter")]) == {"a.txt": "said much"}
    assert capfd.readouterr() == ("", "")


def test_text_that_is_no_unicode_is_mended_one_for_one(pool, task):
    [reading] = answers(pool, [task("a.txt", "half")]).values()
    assert (reading.document.text, reading.document.title) == ("one \ufffd two", "a ? title")


def test_a_crash_is_tried_again_in_a_process_of_its_own(hostile, task):
    """What was read before may be to blame."""
    with Pool(1) as pool:
        found = texts(
            pool, [task("a.txt", "count"), task("b.txt", "vanish"), task("c.txt", "count")]
        )
    assert found["a.txt"].endswith(" 1")
    assert found["c.txt"].endswith(" 1")
    assert found["a.txt"] != found["c.txt"]
    assert "crashed" in found["b.txt"]


def test_processes_are_started_by_the_first_file_and_only_as_many_as_needed(pool, task):
    assert (pool._threads, pool._processes) == ([], set())
    texts(pool, [task("a.txt", "a")])
    assert len(pool._processes) == 1
    texts(pool, [task("b.txt", "b")])
    assert len(pool._processes) == 1


def test_where_no_process_can_be_started_that_is_said(pool, task, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(DocumentQAError, match="no process can be started"):
        texts(pool, [task("a.txt", "a"), task("b.txt", "b")])


def test_texts_that_wait_are_bounded(hostile, task, monkeypatch):
    monkeypatch.setattr("corpus.workers.pool._MOST_CHARACTERS", 1000)
    with Pool(2) as pool:
        coming = pool.read(task(f"{at}.txt", "x" * 400) for at in range(20))
        next(coming)
        time.sleep(0.5)
        assert pool._characters <= 1000
        assert len(list(coming)) == 19


# Files inside files


def test_members_come_before_what_holds_them(pool, task):
    inner = "box inner|c.txt: see|d.txt: dee"
    found = texts(pool, [task("a.zip", f"box outer\nb.txt: bee\nsub/in.zip: {inner}\n")])
    assert list(found.items()) == [
        ("a.zip!b.txt", "bee"),
        ("a.zip!sub/in.zip!c.txt", "see"),
        ("a.zip!sub/in.zip!d.txt", "dee"),
        ("a.zip!sub/in.zip", "inner"),
        ("a.zip", "outer"),
    ]


def test_members_that_are_known_are_not_read(pool, task):
    box = task("a.zip", "box\nb.txt: hang\nc.txt: sea\nin.zip: box|d.txt: hang\n", limits=SHORT)
    known = {name: r.sha256 for name, r in answers(pool, [box]).items() if name != "a.zip"}
    found = answers(pool, [Task(box.path, box.name, limits=SHORT, known=known)])
    assert list(found) == ["a.zip!b.txt", "a.zip!c.txt", "a.zip!in.zip", "a.zip"]
    assert all(found[name].is_known for name in list(found)[:3])
    assert found["a.zip"].members == 3


def test_one_member_may_be_wanted(pool, task):
    box = task("a.zip", "box\nb.txt: hang\nin.zip: box|c.txt: see|d.txt: hang\n")
    wanted = Task(box.path, box.name, only="a.zip!in.zip!c.txt")
    assert list(answers(pool, [wanted])) == ["a.zip!in.zip!c.txt", "a.zip!in.zip", "a.zip"]


@pytest.mark.parametrize("deed", ["hang", "crash"])
def test_a_member_that_fails_costs_no_other(pool, task, deed):
    inner = f"box|x.txt: ex|bad.txt: {deed}|y.txt: why"
    box = f"box all\na.txt: ay\nbad.txt: {deed}\nin.zip: {inner}\nz.txt: zed\n"
    found = texts(pool, [task("a.zip", box, limits=SHORT), task("b.txt", "bee")])
    bad = {name: said for name, said in found.items() if "bad" in name}
    assert list(bad) == ["a.zip!bad.txt", "a.zip!in.zip!bad.txt"]
    assert all("crashed" in said or "took longer" in said for said in bad.values())
    assert {name: text for name, text in found.items() if name not in bad} == {
        "a.zip!a.txt": "ay",
        "a.zip!in.zip!x.txt": "ex",
        "a.zip!in.zip!y.txt": "why",
        "a.zip!in.zip": "",
        "a.zip!z.txt": "zed",
        "a.zip": "all",
        "b.txt": "bee",
    }


def test_a_file_full_of_members_that_crash_comes_to_an_end(pool, task):
    box = "box\n" + "".join(f"{at}.txt: vanish\n" for at in range(12))
    found = texts(pool, [task("a.zip", box), task("b.txt", "bee")])
    assert len(found) == 12
    assert "the rest was left out" in found["a.zip"]
    assert found["b.txt"] == "bee"


@pytest.mark.parametrize(
    ("limits", "read"),
    [
        (Limits(members=2), ["a.zip!1.txt", "a.zip!2.txt"]),
        (Limits(expanded=7), ["a.zip!1.txt"]),
        (Limits(depth=1), ["a.zip!1.txt", "a.zip!2.txt", "a.zip!in.zip"]),
        (Limits(depth=0), []),
    ],
)
def test_what_is_too_much_inside_is_left_out_and_said(pool, task, limits, read):
    box = task("a.zip", "box\n1.txt: one\n2.txt: two to\nin.zip: box|3.txt: tree\n", limits=limits)
    found = answers(pool, [box])
    assert list(found) == [*read, "a.zip"]
    assert "left out" in found["a.zip"].document.note


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a/./b//c.txt", "a/b/c.txt"),
        ("nul\0byte.txt", "nulbyte.txt"),
        ("\x1b[31mred.txt", "[31mred.txt"),
        ("half\udcff.txt", "half.txt"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("x" * 1000 + ".txt", "x" * 236 + ".txt"),
    ],
)
def test_names_of_members_are_made_harmless(name, kept):
    assert distinct_name(name, Counter()) == kept


def test_members_of_one_name_are_told_apart(pool, task):
    found = texts(pool, [task("a.zip", "box\nb.txt: one\nb.txt: two\n./b.txt: three\n")])
    assert list(found.items())[:3] == [
        ("a.zip!b.txt", "one"),
        ("a.zip!b (2).txt", "two"),
        ("a.zip!b (3).txt", "three"),
    ]


# The end

ASK = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell's background job ignores
import corpus.workers.process as process
process.ENTRY = "tests.corpus.hostile"
from corpus.limits import Limits
from corpus.workers.pool import Pool
from corpus.workers.wire import Task
with Pool(2) as pool:
    tasks = [Task(path, path, limits=Limits(seconds=60)) for path in sys.argv[1:]]
    for task, reading in pool.read(tasks):
        print(*[process._process.pid for process in pool._processes], flush=True)
"""


def asking(*tasks):
    """Start a process that asks for files, as a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", ASK, *(task.path for task in tasks)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def are_gone(pids):
    deadline = time.monotonic() + 30
    while any(map(is_alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("deed", ["hang", "nothing"])
def test_no_process_outlives_the_one_who_asks(task, number, deed):
    slow = [task(f"{at}.txt", "hang") for at in range(2)] if deed == "hang" else []
    with asking(task("a.txt", "a"), *slow, task("z.txt", "z")) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert pids
        os.killpg(process.pid, number)  # as Ctrl-C does: all of them get it
        said = process.stderr.read()
        process.wait(30)
    assert are_gone(pids)
    assert "corpus/workers/child" not in said, "no traceback but that of the one who asks"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_a_reader_has_started_is_stopped_with_it(pool, task, tmp_path):
    found = texts(pool, [task("a.txt", f"spawn {tmp_path / 'pid'}", limits=SHORT)])
    assert "took longer" in found["a.txt"]
    assert are_gone([int((tmp_path / "pid").read_text())])


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_one_takes_a_hanging_reader_along(task):
    with asking(task("a.txt", "a"), task("bad.txt", "hang")) as process:
        assert process.stdout is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        process.kill()
    assert are_gone(pids)
