"""The documentation is true: its blocks run, its links lead somewhere, its made pages are current.

Every page's blocks run in one folder of its own, in their order, with the real model. A block of
``console`` must print what it shows; ``…`` stands for what it does not. Above a block,
``<!-- not run: why -->`` exempts it, and ``<!-- exits 3 -->`` says how it ends.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from qa.cli import main
from tests.tools import contract, dependencies

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
ALL = [*PAGES, ROOT / "SECURITY.md"]
RUN = ("python", "sh", "console")
BLOCK = re.compile(
    r"^(?P<marks>(?:[ ]*<!--[^\n]*-->\n)*)(?P<indent>[ ]*)```(?P<language>\w*)\n"
    r"(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
NOT_RUN = re.compile(r"<!-- not run: \S.* -->")
EXITS = re.compile(r"<!-- exits (\d+) -->")
LEASE = "This lease was signed by Anna Berg on 4 May 2019. The rent is 900 euros a month.\n"


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    code: str
    is_run: bool
    code_at_end: int


def blocks(page):
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        ends = EXITS.search(match["marks"])
        is_run = match["language"] in RUN and not NOT_RUN.search(match["marks"])
        yield Block(match["language"], dedent(match["code"]), is_run, int(ends[1]) if ends else 0)


def commands(block):
    """Return the lines of a block that are typed, without the prompts of a console."""
    if block.language == "console":
        return [line[2:] for line in block.code.splitlines() if line.startswith("$ ")]
    return block.code.replace("\\\n", " ").splitlines() if block.language == "sh" else []


def name_of(page):
    return page.name


pages = pytest.mark.parametrize("page", PAGES, ids=name_of)


def test_every_fence_is_understood():
    for page in ALL:
        fences = len(re.findall(r"^ *```", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert fences == 2 * len(list(blocks(page))), page


@pages
def test_python_blocks_compile(page):
    for block in blocks(page):
        if block.language == "python":
            compile(block.code, page.name, "exec")


@pages
def test_every_command_shown_exists_with_its_options(page, capsys):
    known = {name: contract.help_of(name) for name in contract.commands()}
    for block in blocks(page):
        for line in commands(block):
            words = shlex.split(line, comments=True)
            if words and words[0].endswith("qa"):
                assert words[1] in known, line
                for option in (word for word in words if word.startswith("--")):
                    assert option in known[words[1]], line
            if words and words[0] == "make":
                assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8"), line


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_links_within_the_repository_lead_to_files(page):
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).is_file(), link


def test_the_site_leads_to_every_page():
    named = re.findall(r"^  - (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(page.name for page in DOCS.glob("*.md"))


def test_the_contract_is_current():
    assert (DOCS / "contract.md").read_text(encoding="utf-8") == contract.page(), (
        "run python -m tests.tools.make_docs"
    )


def test_the_dependencies_page_is_current_but_for_sizes_and_licences():
    rows = re.findall(r"^\| (\S+) \| ([^|]+) \|[^|]+\|[^|]+\|$", _dependencies(), re.MULTILINE)
    named = {name: why for name, why in rows if name != "package"}
    assert named == dependencies.WHY
    needed = dependencies.needed().keys()
    brought = set(re.findall(r"^\| (\S+) \|", _dependencies(), re.MULTILINE))
    assert needed <= brought | OLD_PYTHON


OLD_PYTHON = {
    "exceptiongroup",
    "pytz",
    "tomli",
    "tzdata",
    "audioop-lts",
    "standard-aifc",
    "standard-chunk",
}
"""Needed with some versions of Python only."""


def _dependencies():
    return (DOCS / "dependencies.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pages
def test_every_block_runs_and_prints_what_it_shows(page, tmp_path, home):
    world = a_folder_to_work_in(tmp_path, home)
    for block in blocks(page):
        if not block.is_run:
            continue
        if block.language == "console":
            check_console(block, world)
        else:
            program = [sys.executable, "-c"] if block.language == "python" else SHELL
            done = run([*program, block.code], world)
            assert done.returncode == block.code_at_end, f"{block.code}\n{done.stderr}"


SHELL = ["bash", "-euo", "pipefail", "-c"]


def a_folder_to_work_in(folder, home):
    """Return a folder with the samples, `.venv` and the packages, and a home with contracts."""
    samples = ROOT / "corpus" / "samples"
    shutil.copytree(samples / "documents", folder / "documents")
    shutil.copy(samples / "questions.jsonl", folder)
    for name in ("corpus", "embeddings", "qa", "tests", "pyproject.toml", "Makefile"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    (home / "contracts").mkdir()
    (home / "contracts" / "lease.txt").write_text(LEASE, encoding="utf-8")
    return folder


def run(command, folder):
    binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": binaries, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )


def check_console(block, folder):
    """Run each command, and look in what it prints for what is shown, in that order."""
    for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        done = run([*SHELL, command], folder)
        assert done.returncode == block.code_at_end, f"{command}\n{done.stderr}"
        at = 0
        for piece in filter(str.strip, re.split("…|\n", shown)):
            found = done.stdout.find(piece, at)
            assert found >= 0, f"{command} prints no {piece!r} where it is shown\n{done.stdout}"
            at = found + len(piece)


def test_a_console_block_that_shows_what_is_not_printed_is_found_out(tmp_path):
    check_console(Block("console", "$ echo one two three\none … three\n", True, 0), tmp_path)
    with pytest.raises(AssertionError, match="prints no 'two'"):
        check_console(Block("console", "$ echo one three\none\ntwo\n", True, 0), tmp_path)


def test_help_is_what_the_command_line_prints(capsys):
    assert main(["ask", "--help"]) == 0
    assert "--min-relevance" in capsys.readouterr().out
    assert "--min-relevance" in contract.help_of("ask")
