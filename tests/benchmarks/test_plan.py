"""The simulation behind docs/scale.md, held against what can be worked out by hand."""

from dataclasses import replace

import pytest

from tests.benchmarks.plan import (
    HOUR,
    PAGE,
    Assumed,
    Index,
    Measured,
    ingest,
    latencies,
    serve,
    tables,
    workers_for,
)

MEASURED = Measured(encode=0.1, write=0.0, question=0.05, search=0.01, stored=1000)
NEVER = Assumed(hours_between_failures=1e12)


def test_workers_that_never_fail_take_as_long_as_the_work_divided_among_them():
    found = ingest(1_000_000, 10, MEASURED, NEVER)
    assert found.hours == pytest.approx(1_000_000 * 0.1 / 10 / HOUR)
    assert (found.repeated, found.writing) == (0.0, 0.0)


def test_one_who_writes_slowly_takes_all_the_time_whatever_the_workers():
    slow = replace(MEASURED, write=0.02)
    found = ingest(1_000_000, 100, slow, NEVER)
    assert found.hours == pytest.approx(1_000_000 * 0.02 / HOUR, rel=0.001)
    assert found.writing == pytest.approx(1.0, abs=0.001)


def test_a_worker_that_fails_as_often_as_a_block_lasts_does_most_of_the_work_again():
    block = 0.1 * 1_000_000 / 20_000 / HOUR
    found = ingest(1_000_000, 10, MEASURED, Assumed(hours_between_failures=block))
    assert found.repeated == pytest.approx(1.718 - 1, abs=0.05)  # (e - 1) blocks for each, less it
    assert found.hours == pytest.approx(1_000_000 * 0.1 / 10 / HOUR * 1.718, rel=0.03)


def test_as_many_machines_are_taken_as_the_days_ask_for_and_no_more():
    found = workers_for(10_000_000, MEASURED, replace(NEVER, days=1.0, cores=4))
    assert found.hours <= 24
    assert ingest(10_000_000, found.workers - 4, MEASURED, NEVER).hours > 24


def test_questions_that_never_meet_take_as_long_as_their_parts():
    p50, p99 = latencies(1, cores=8, rate=0.01, search=0.1, question=0.05, replicas=1)
    assert p50 == pytest.approx(0.15, rel=0.06)
    assert p50 < p99 < 0.3


def test_questions_wait_where_one_core_is_nearly_always_busy():
    calm, _ = latencies(1, cores=1, rate=1.0, search=0.1, question=0.0, replicas=1)
    busy, _ = latencies(1, cores=1, rate=9.5, search=0.1, question=0.0, replicas=1)
    shared, _ = latencies(1, cores=1, rate=9.5, search=0.1, question=0.0, replicas=2)
    assert busy > 4 * calm
    assert shared < busy / 2


def test_the_slowest_of_many_shards_counts():
    one, _ = latencies(1, cores=8, rate=1.0, search=0.1, question=0.0, replicas=1)
    many, _ = latencies(16, cores=8, rate=1.0, search=0.1, question=0.0, replicas=1)
    assert 1.3 * one < many < 2.5 * one


def test_a_shard_fits_into_memory_and_is_searched_in_time():
    assumed = Assumed()
    large = serve(100_000_000, Index("large", 10_000, 0, 0.0001), MEASURED, assumed)
    assert large.memory / large.machines <= assumed.filled * assumed.memory
    slow = serve(100_000_000, Index("slow", 10, 0, 0.01), MEASURED, assumed)
    assert slow.shards * assumed.memory > 10 * slow.memory  # memory is not what it takes
    assert max(large.p99, slow.p99) <= assumed.p99


@pytest.mark.slow
def test_the_page_shows_what_is_worked_out():
    page = PAGE.read_text(encoding="utf-8")
    for table in tables(Measured(), Assumed()):
        assert table in page, "run python -m tests.benchmarks.plan"
