"""What only the README says: its table of commands, and what `make ask` prints.

Its blocks and links are tested with those of the documentation, in test_docs.py.
"""

import re
from pathlib import Path

import pytest

from qa.cli import app, main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_table_names_every_command_and_no_other():
    named = set(re.findall(r"^\| `qa (\w+)", README, re.MULTILINE))
    functions = [(command.name, command.callback) for command in app.registered_commands]
    there = {name or getattr(function, "__name__", None) for name, function in functions}
    assert named == there


@pytest.mark.slow
def test_make_ask_prints_what_is_shown(home, capsys):
    (question,) = re.findall(r"^Q \?= (.*)$", MAKEFILE, re.MULTILINE)
    assert main(["ask", question]) == 0
    (shown,) = re.findall(r"^\$ make ask\n(.*?)…\n```", README, re.MULTILINE | re.DOTALL)
    assert shown in capsys.readouterr().out
