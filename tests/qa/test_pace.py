import pytest

from qa.pace import Pace
from qa.progress import Progress


@pytest.fixture
def clock():
    """A clock that goes on by ten seconds at each look."""
    return iter(range(0, 1000, 10)).__next__


def test_a_stage_says_what_is_done_how_fast_and_how_long_it_takes_still(clock):
    pace = Pace(clock)
    assert list(pace.stages()) == []
    pace.tell(Progress("embedding", 0, 4_000, "passages"))
    assert [str(stage) for stage in pace.stages()] == ["Embedding: 0 of 4,000 passages"]
    pace.tell(Progress("embedding", 1_000, 4_000, "passages"))
    [stage] = pace.stages()
    assert (stage.rate, stage.left) == (100.0, 30.0)
    assert str(stage) == "Embedding: 1,000 of 4,000 passages, 100.0 passages/s, about 30 s left"


def test_what_was_done_before_the_first_word_does_not_count(clock):
    pace = Pace(clock)
    pace.tell(Progress("reading", 90, 100, "files"))
    pace.tell(Progress("reading", 95, 100, "files"))
    [stage] = pace.stages()
    assert (stage.rate, stage.left) == (0.5, 10.0)


def test_a_finished_stage_says_only_that(clock):
    pace = Pace(clock)
    pace.tell(Progress("reading", 1, 3, "files"))
    pace.tell(Progress("reading", 3, 3, "files"))
    pace.tell(Progress("waiting for process 7", 0, 0, ""))
    assert [str(stage) for stage in pace.stages()] == [
        "Reading: 3 of 3 files",
        "Waiting for process 7 …",
    ]


@pytest.mark.parametrize(
    ("left", "said"), [(10, "about 10 s"), (600, "about 10 min"), (9_000, "about 2.5 h")]
)
def test_a_long_time_is_said_in_larger_units(clock, left, said):
    pace = Pace(clock)
    pace.tell(Progress("reading", 0, left + 10, "files"))
    pace.tell(Progress("reading", 10, left + 10, "files"))
    assert str(next(pace.stages())).endswith(f"{said} left")
