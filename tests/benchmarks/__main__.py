"""Measure document-qa beside its peers, in one run.

Usage: python -m tests.benchmarks [FOLDER]   (or: make bench DATA=FOLDER)

FOLDER is in BEIR layout (corpus.jsonl, queries.jsonl); without it sentences of the sample documents
are put together anew, which is good for a try only. All contenders use the same folder of the
default model and the same passages: we read and cut files, and the peers get the strings that we
embed. Each works in processes of its own, in turn with the others; figures are medians of rounds.
Peers are installed into ``.bench`` first, and the larger library that is asked is kept there. The
results go to ``tests/benchmarks/results/bench-<commit>.json``; `tests.benchmarks.performance` makes
``docs/performance.md`` of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.benchmarks.runner import Plan, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--documents", type=int, default=250, help="documents that are indexed")
    parser.add_argument("--asked", type=int, default=5000, help="passages that are asked")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print(run(Plan(given.folder, given.documents, given.asked, given.rounds)))
