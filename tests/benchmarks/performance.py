"""Make docs/performance.md, and its chart, of the newest results.

Usage: python -m tests.benchmarks.performance

The newest ``bench-<commit>.json`` gives the tables, and the newest ``scale-<commit>.json``, where
there is one, the chart of cost against size.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.chart import log_chart
from tests.benchmarks.evaluate import RESULTS

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
CHART = "performance.svg"
OURS = "ours"


def main() -> None:
    """Write the page and the chart."""
    PAGE.parent.mkdir(exist_ok=True)
    for name, text in rendered(newest("bench"), newest("scale")).items():
        (PAGE.parent / name).write_text(text, encoding="utf-8")
    print(PAGE)


def newest(kind: str) -> dict[str, Any] | None:
    """Return the last results of a kind, by the date in them; None where there are none."""
    found = [
        json.loads(file.read_text(encoding="utf-8")) for file in RESULTS.glob(f"{kind}-*.json")
    ]
    return max(found, key=lambda report: report.get("date", ""), default=None)


def rendered(bench: Mapping[str, Any] | None, scale: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the text of the page, and of the chart where there is one, by file name."""
    if bench is None:
        return {}
    files = {PAGE.name: "\n\n".join(_page(bench, scale)) + "\n"}
    if scale is not None and scale["sizes"]:
        files[CHART] = _chart(scale)
    return files


def best_peer(figures: Mapping[str, float], *, highest: bool) -> float:
    """Return the best figure of all contenders but us."""
    peers = [figure for name, figure in figures.items() if name != OURS]
    return max(peers) if highest else min(peers)


def _page(bench: Mapping[str, Any], scale: Mapping[str, Any] | None) -> Iterator[str]:
    yield "# Performance"
    yield (
        "Made by `python -m tests.benchmarks.performance` from the results that `make bench "
        "DATA=FOLDER` wrote; do not edit. Every contender loads the same model from the same "
        "folder and gets the same passages, in a process of its own, in turn with the others; "
        f"figures are medians of {bench['rounds']} rounds. We read and cut files, while the peers "
        "get the strings that we embed."
    )
    yield _machine(bench)
    yield from _indexing(bench)
    yield from _encoder(bench["encoder"])
    yield from _asking(bench)
    yield from _together(bench["together"])
    if scale is not None and scale["sizes"]:
        yield from _size(scale)


def _machine(bench: Mapping[str, Any]) -> str:
    machine, texts = bench["machine"], bench["texts"]
    memory = machine["memory_bytes"]
    lines = [
        f"- commit `{bench['commit']}`, {bench['date'][:10]}",
        f"- {machine['cores']} cores of {machine['processor']} "
        f"({', '.join(machine['instructions']) or 'no vector extensions named'})"
        + (f", {memory / 2**30:.0f} GiB of memory" if memory else ""),
        f"- {machine['system']}, Python {machine['python']}",
        f"- texts: {texts['name']}; {texts['documents']:,} documents are indexed, in "
        f"{texts['passages']:,} passages of {texts['tokens']:,} tokens, {texts['longest']} at "
        f"most; {texts['asked_passages']:,} passages are asked",
        "- peers: " + ", ".join(f"{name} {version}" for name, version in bench["versions"].items()),
    ]
    return "\n".join(lines)


def _indexing(bench: Mapping[str, Any]) -> Iterator[str]:
    figures = bench["index"]
    rates = {name: one["passages_per_second"] for name, one in figures.items()}
    yield "## Indexing"
    yield (
        "From the passages to an index that was written to disk and opened again; the model was "
        "loaded before. We make a second pass, which encodes each sentence, while the library "
        "already answers."
    )
    yield _table(
        ("", "passages/s", "tokens/s", "searchable, s", "all, s", "whole process, s", "memory, MB"),
        (
            (
                bench["contenders"][name],
                f"{one['passages_per_second']:.1f}",
                f"{one['tokens_per_second']:,.0f}",
                f"{one['searchable']:.1f}",
                f"{one['seconds']:.1f}",
                f"{one['process']:.1f}",
                f"{one['peak_bytes'] / 1e6:,.0f}",
            )
            for name, one in figures.items()
        ),
    )
    yield f"Ours is {rates[OURS] / best_peer(rates, highest=True):.2f} times the best peer."


def _encoder(encoder: Mapping[str, Any]) -> Iterator[str]:
    products = ", ".join(
        f"{rate / 1e9:,.0f} ({name})" for name, rate in encoder["products"].items()
    )
    yield (
        f"The encoder alone does {encoder['tokens_per_second']:,.0f} tokens/s in "
        f"{encoder['precision']}: {encoder['encoder'] / 1e9:,.0f} GFLOP/s of the model's own "
        f"arithmetic. Products of large matrices reach {products} GFLOP/s here, so it works at "
        f"{encoder['share']:.0%} of what the machine can do."
    )


def _asking(bench: Mapping[str, Any]) -> Iterator[str]:
    cold = {name: one["seconds"] for name, one in bench["cold"].items()}
    dense = {name: one["dense"]["p50"] for name, one in bench["warm"].items() if name != OURS}
    ours = bench["warm"][OURS]
    yield "## Asking"
    yield (
        f"The five best of {bench['texts']['asked_passages']:,} passages. Warm: the index is open. "
        "Cold: a new process, from its start to its end, with the files in the system's cache. "
        "Peers search by vectors alone; `hybrid` is our search by vectors, words and sentences, "
        "and `ask` adds evidence, marked words and relevance."
    )
    yield _table(
        ("", "way", "warm p50, ms", "warm p95, ms", "cold, s"),
        (
            (
                bench["contenders"][name] if at == 0 else "",
                way,
                f"{spread['p50'] * 1e3:.1f}",
                f"{spread['p95'] * 1e3:.1f}",
                f"{cold[name]:.2f}" if at == len(ways) - 1 else "",
            )
            for name, ways in bench["warm"].items()
            for at, (way, spread) in enumerate(ways.items())
        ),
    )
    best = min(dense.values())
    yield (
        f"Beside the best peer's search, `hybrid` takes {ours['hybrid']['p50'] / best:.2f} times "
        f"as long, and `ask` {ours['ask']['p50'] / best:.2f} times. Cold, ours takes 1/"
        f"{best_peer(cold, highest=False) / cold[OURS]:.1f} of the best peer's time."
    )


def _together(together: Mapping[str, Any]) -> Iterator[str]:
    yield "## Many at once"
    yield (
        "Askers who ask again at once, then questions at random times at half of that rate. "
        "Possible is cores ÷ processor seconds of one `ask`."
    )
    yield _table(
        (
            *("", "askers", "CPU ms an ask", "asks/s", "possible", "share"),
            *("half load p50, ms", "p99, ms", "p99/p50", "errors"),
        ),
        (
            (
                {"threads": "threads of one process", "http": "`qa serve`, over HTTP"}[name],
                str(one["askers"]),
                f"{one['cpu_seconds'] * 1e3:.0f}",
                f"{one['rate']:.1f}",
                f"{one['possible']:.1f}",
                f"{one['share']:.0%}",
                f"{one['half_load']['p50'] * 1e3:.0f}",
                f"{one['half_load']['p99'] * 1e3:.0f}",
                f"{one['half_load']['ratio']:.1f}",
                str(one["errors"]),
            )
            for name, one in together.items()
        ),
    )


def _size(scale: Mapping[str, Any]) -> Iterator[str]:
    yield "## Size"
    yield (
        "`python -m tests.benchmarks.scale` grows one library: real passages and sentences, filled "
        "up with mixes of neighbours plus noise (`tests/benchmarks/scale_recipe.py`). recall@10 is "
        "against exact search."
    )
    yield f"![Time of a question against the size of the library]({CHART})"
    yield _table(
        (
            *("passages", "hybrid p50, ms", "ask p50, ms", "recall@10", "opening, s"),
            "bytes a passage in memory",
        ),
        (
            (
                f"{int(size):,}",
                f"{one['rank']['p50'] * 1e3:.1f}",
                f"{one['ask']['p50'] * 1e3:.1f}",
                f"{one['recall@10']:.3f}",
                f"{one['opening_seconds']:.2f}",
                f"{one['resident_bytes_a_passage']:,}",
            )
            for size, one in scale["sizes"].items()
        ),
    )


def _chart(scale: Mapping[str, Any]) -> str:
    sizes = scale["sizes"].items()
    return log_chart(
        "Time of a question against the size of the library",
        "passages",
        "ms, p50",
        {
            name: [(float(size), one[way]["p50"] * 1e3) for size, one in sizes]
            for name, way in (("hybrid", "rank"), ("ask", "ask"))
        },
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
