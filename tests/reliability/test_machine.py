"""Any sequence of changes, syncs, reopenings and kills, against a dictionary.

A killed sync runs in a process of its own, which kills itself (`kill -9`) at its n-th function
call: as real as any kill, and at a moment that can be repeated.
"""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from qa.checkup import SYNC
from qa.library import Library
from tests.reliability.worker import KILLED, Worker
from tests.reliability.world import (
    assert_as_fresh,
    assert_whole,
    digests,
    held,
    rounds,
)

NAMES = st.sampled_from(["a.txt", "b.md", "sub/a.txt", "sub/c.txt", "sub/deep/d.html", "e e.txt"])
TEXTS = st.sampled_from(
    [
        "The keeper of the tower.",
        "The keeper of the tower. Oil for the lens.",
        "# Tower\n\nThe keeper. The oil.\n\n## Lens\n\nThe lens of the tower turns.",
        "<p>The keeper of the tower.</p><p>Oil for the lens.</p>",
        "Reef and sand. " * 60 + "Keeper.",
        "Sand. " * 200,
    ]
)
QUESTIONS = ["Who is the keeper of the tower?", "oil lens on a reef", "sand"]


class Changes(RuleBasedStateMachine):
    """``model`` holds what lies in the folder, ``synced`` what the library held when last seen."""

    worker: Worker

    @initialize()
    def begin(self):
        self.place = Path(tempfile.mkdtemp())
        self.docs = self.place / "docs"
        self.docs.mkdir()
        self.library = Library.open(self.place / "library")
        self.model: dict[str, bytes] = {}
        self.synced: dict[str, bytes] = {}

    @rule(name=NAMES, text=TEXTS)
    def write(self, name, text):
        """Add a file, or edit it."""
        (self.docs / name).parent.mkdir(parents=True, exist_ok=True)
        (self.docs / name).write_text(text, encoding="utf-8")
        self.model[name] = text.encode()

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete(self, data):
        name = data.draw(st.sampled_from(sorted(self.model)))
        (self.docs / name).unlink()
        del self.model[name]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), to=NAMES)
    def rename(self, data, to):
        """Rename a file, perhaps onto another or onto itself."""
        name = data.draw(st.sampled_from(sorted(self.model)))
        (self.docs / to).parent.mkdir(parents=True, exist_ok=True)
        (self.docs / name).replace(self.docs / to)
        self.model[to] = self.model.pop(name)

    @rule()
    def sync(self):
        self.library.index(self.docs)
        assert held(self.library) == digests(self.model)
        assert_as_fresh(self.library, self.docs, QUESTIONS)
        self.synced = dict(self.model)

    @rule()
    def reopen(self):
        self.library.close()
        self.library = Library.open(self.place / "library")

    @rule(at=st.integers(1, 6000))
    def kill(self, at):
        """Kill a sync of another process at a function call of its own."""
        code = self.worker.run(
            "die_at_call", what="sync", number=at, library=self.place / "library", docs=self.docs
        )
        assert code in (0, KILLED)
        assert_whole(self.library, self.synced, self.model, QUESTIONS[:1])
        assert {finding.fix for finding in self.library.verify()} <= {SYNC}
        new = digests(self.model)
        self.synced = {
            path: self.model[path] if digest == new.get(path) else self.synced[path]
            for path, digest in held(self.library).items()
        }

    def teardown(self):
        if hasattr(self, "library"):
            self.library.close()
            shutil.rmtree(self.place)


def test_any_sequence_ends_as_a_fresh_build(fake_encoder, worker):
    case = type("Machine", (Changes,), {"worker": worker}).TestCase  # type: ignore[attr-defined]
    case.settings = settings(
        max_examples=rounds(30, 300),
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    case().runTest()
