"""The README's section for programs: each of its blocks runs against a real server."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.qa.web.conftest import LEASE, as_a_program
from tests.qa.web.test_mcp import call, mcp

PATIENCE = 120  # seconds; machines that run tests are busy
README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## Serve it to programs")[2].partition("\n## ")[0]
URL = "http://127.0.0.1:7860"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)


def output_of(*command):
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=True
    ).stdout


def test_the_command_is_one(capsys):
    from qa.cli import main

    command = shlex.split(blocks("sh")[0])
    assert command[0].endswith("/qa")
    assert main([command[1], "--help"]) == 0
    assert "--docs" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_gets_an_answer(server):
    answer = json.loads(output_of(*shlex.split(blocks("sh")[1].replace(URL, server.url))))
    assert [citation["text"] for citation in answer["citations"]] == [LEASE]


@pytest.mark.parametrize("code", blocks("python"))
def test_a_python_program_gets_an_answer(server, code):
    assert URL in code
    assert LEASE in output_of(sys.executable, "-c", code.replace(URL, server.url))


def test_an_assistants_configuration_starts_the_server(docs, tmp_path):
    (docs / "lease.txt").write_text(LEASE)
    (configured,) = json.loads(blocks("json")[0])["mcpServers"].values()
    assert configured["command"].endswith("/qa")
    given = [str(docs) if part.startswith("/") else part for part in configured["args"]]
    program, *arguments = as_a_program(*given, "--library", str(tmp_path / "kept"))
    started = mcp.StdioServerParameters(command=program, args=arguments)
    result = call(started, "ask", question="Who signed the lease?")
    assert result.structured_content["citations"][0]["text"] == LEASE
