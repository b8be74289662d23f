"""What the README says is so: its commands exist and run, and print what it shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from qa.cli import app, main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def blocks(language=""):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_table_names_every_command_and_no_other():
    named = set(re.findall(r"^\| `qa (\w+)", README, re.MULTILINE))
    functions = [(command.name, command.callback) for command in app.registered_commands]
    there = {name or getattr(function, "__name__", None) for name, function in functions}
    assert named == there


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", "\n".join(blocks()))) <= targets


def test_every_file_it_links_to_exists():
    for link in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / link).is_file(), link


@pytest.mark.slow
def test_make_ask_prints_what_is_shown(home, capsys):
    (question,) = re.findall(r"^Q \?= (.*)$", MAKEFILE, re.MULTILINE)
    assert main(["ask", question]) == 0
    shown = blocks()[0].removeprefix("$ make ask\n").removesuffix("…\n")
    assert shown in capsys.readouterr().out


@pytest.mark.slow
def test_the_python_example_runs(home, tmp_path):
    (code,) = blocks("python")
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    assert "2060" in run.stdout or "carbon" in run.stdout


@pytest.mark.slow
def test_the_evaluation_shown_runs(home, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["evaluate", "corpus/samples/questions.jsonl"]) == 0
    assert "hit@5" in capsys.readouterr().out
