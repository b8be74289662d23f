"""Many processes ask while one writes: no error, and no word that was never on disk."""

import json
import os
import subprocess
import sys

import pytest

from qa.library import Library
from tests.reliability.worker import ROOT
from tests.reliability.world import World, assert_as_fresh, rounds, sha256

ASK = "from tests.reliability.worker import keep_asking; import sys; keep_asking(*sys.argv[1:])"


def remember(world, history):
    """Keep each version of each file by its digest, before any sync can see it."""
    for data in world.contents().values():
        if not (history / sha256(data)).exists():
            (history / "new").write_bytes(data)
            os.replace(history / "new", history / sha256(data))


def test_processes_that_ask_during_syncs_get_only_what_was_on_disk(fake_encoder, tmp_path, seed):
    world = World(tmp_path / "docs", seed, files=60)
    place, history = tmp_path / "library", tmp_path / "history"
    history.mkdir()
    (tmp_path / "questions.json").write_text(json.dumps(world.questions))
    remember(world, history)
    with Library.open(place) as library:
        library.index(world.folder)
    arguments = [str(place), str(history), str(tmp_path / "questions.json"), str(tmp_path / "done")]
    askers = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(rounds(4, 8))
    ]
    for asker in askers:
        assert asker.stdout is not None
        assert asker.stdout.readline() == "ready\n"
    try:
        with Library.open(place) as library:
            for _ in range(rounds(6, 20)):
                world.change(world.random.choice([1, 10, 60]))
                remember(world, history)
                library.index(world.folder)
                if world.random.random() < 0.3:
                    library.forget(world.random.choice(sorted(world.contents())))
    finally:
        (tmp_path / "done").touch()
        ended = [(asker, *asker.communicate(timeout=120)) for asker in askers]
    for asker, _, faults in ended:
        assert asker.returncode == 0, faults
    answers = [int(out) for _, out, _ in ended]
    assert min(answers) > 0
    print(f"{sum(answers)} answers to {len(askers)} processes")
    with Library.open(place) as library:
        library.index([world.folder, *(p for p in world.paths())])
        assert_as_fresh(library, world.folder, world.questions)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_processes_that_ask_survive_killed_syncs(fake_encoder, worker, tmp_path, seed):
    world = World(tmp_path / "docs", seed, files=30)
    place = tmp_path / "library"
    worker.run("sync", library=place, docs=world.folder)
    with Library.open(place) as library:
        for _ in range(rounds(8, 60)):
            world.change(20)
            worker.run("sync", kill_after=world.random.random(), library=place, docs=world.folder)
            for question in world.questions[:3]:
                for citation in library.ask(question).citations:
                    text = library.text(citation.document)
                    assert text[citation.start : citation.end] == citation.text
