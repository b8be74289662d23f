"""Time indexing with Ray clusters of one and two nodes on this machine, and without one.

Usage: python -m tests.benchmarks.cluster [FILES]

So many files (100 unless given) of six passages are indexed with the real model: without Ray, then
with clusters whose nodes have one core each. Printed as JSON are, for each, the seconds of the
whole run, until the first file came (a cluster is joined and its workers load the model), and from
then until the last one had come; and passages a second from the start until then. Sentences, which
come after, are in the whole only.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from qa import Library
from qa.progress import Progress
from tests.qa.cluster.clusters import write_documents

NODE = {"num_cpus": 1, "object_store_memory": 500_000_000}


def main(files: int) -> None:
    """Measure and print."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder, "documents")
        documents.mkdir()
        write_documents(documents, files)
        _measured(documents, Path(folder, "warm"), None)  # so that the model is on warm pages
        runs = {"without": _measured(documents, Path(folder, "0"), None)}
        for nodes in (1, 2):
            runs[f"{nodes} nodes"] = _with_nodes(nodes, documents, Path(folder, str(nodes)))
    print(json.dumps({"files": files, "cores": os.cpu_count(), "runs": runs}, indent=1))


def _with_nodes(nodes: int, documents: Path, library: Path) -> dict[str, Any]:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    for _ in range(nodes - 1):
        cluster.add_node(**NODE)
    try:
        return _measured(documents, library, cluster.address)
    finally:
        cluster.shutdown()


def _measured(documents: Path, folder: Path, ray: str | None) -> dict[str, Any]:
    started = time.perf_counter()
    read: list[float] = []

    def listen(progress: Progress) -> None:
        if progress.stage == "reading" or (progress.stage == "sentences" and not progress.done):
            read.append(time.perf_counter() - started)

    with Library.open(folder) as library:
        receipt = library.index(documents, ray=ray, on_progress=listen)
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "first file": round(read[0], 1),
        "files": round(read[-1] - read[0], 1),
        "passages": receipt.passages,
        "passages a second": round(receipt.passages / read[-1], 1),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
