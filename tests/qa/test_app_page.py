"""What the page's settings begin with."""

import json
import subprocess
import sys

import pytest

from qa.cli import main

# In a process of its own: Gradio leaves event loops open.
SETTINGS = """
import json
from qa.app import build
from qa.relevance import RelevanceModel

class Empty:
    def documents(self):
        return []

    def relevance_model(self):
        return RelevanceModel(0.0, {}, 0.1537)

def least(**options):
    page = build(Empty(), examples=[], **options)
    parts = [one["props"] for one in page.get_config_file()["components"]]
    (found,) = [props for props in parts if props.get("label") == "Minimum relevance"]
    return found["value"], found["info"]

print(json.dumps([least(), least(min_relevance=0.4)]))
"""


def test_the_least_relevance_begins_with_the_librarys_own_or_the_one_given():
    pytest.importorskip("gradio")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SETTINGS], capture_output=True, text=True, check=True
    )
    said = "Below this, no passage is said to answer. Default: "
    assert json.loads(done.stdout) == [[0.15, f"{said}0.15"], [0.4, f"{said}0.40"]]


@pytest.mark.parametrize("command", [["chat", "--no-browser"], ["ask", "Who?"]])
@pytest.mark.parametrize("value", ["1.5", "-0.1", "many"])
def test_a_least_relevance_that_is_none_is_refused(command, value, capsys):
    assert main([*command, "--min-relevance", value]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--min-relevance" in err
    assert err.count("\n") == 1
