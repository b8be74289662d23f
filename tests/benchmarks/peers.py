"""The environment that peers run in, made by the benchmark beside the repository's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".bench"
REQUIREMENTS = Path(__file__).parent / "peers.txt"
SHOWN = (
    *("sentence-transformers", "torch", "transformers", "faiss-cpu", "langchain-core"),
    *("langchain-community", "langchain-huggingface", "llama-index-core", "txtai"),
)


def peers_python() -> Path:
    """Return the interpreter of the peers' environment, installed first where it is not there."""
    folder = WORK / "peers"
    python = folder / "bin" / "python"
    note = folder / "requirements.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if note.is_file() and note.read_text(encoding="utf-8") == wanted:
        return python
    print("installing the peers (a few minutes)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = ["-c", str(ROOT / "constraints.txt")]
    subprocess.run([*pip, *constraints, "-r", str(REQUIREMENTS)], check=True)
    note.write_text(wanted, encoding="utf-8")
    return python


def versions(python: Path) -> dict[str, str]:
    """Return which versions of the peers are installed."""
    command = [str(python), "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {one["name"]: one["version"] for one in found if one["name"] in SHOWN}
