"""Nothing leaves the machine: asked of a new process with the real model."""

import subprocess
import sys

WATCHED = """
import socket, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        address = arguments[1] if event == "socket.connect" else arguments[0]
        print("REACHED OUT:", event, address, file=sys.stderr)
        raise SystemExit(70)

sys.addaudithook(refuse)
from qa.cli import main
code = main(sys.argv[1:])
unwanted = {"torch", "gradio", "sentence_transformers", "openvino_telemetry"}
loaded = sorted(name for name in unwanted if sys.modules.get(name))
print("LOADED:", loaded, file=sys.stderr)
sys.exit(code)
"""


def test_a_warm_ask_reaches_no_host_and_imports_neither_torch_nor_gradio(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("The lease was signed by Anna Berg in 2019.")
    library = ["--library", str(tmp_path / "library")]
    for arguments in (["index", str(tmp_path / "docs")], ["ask", "Who signed the lease?"]):
        run = subprocess.run(
            [sys.executable, "-c", WATCHED, *arguments, *library],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert run.returncode == 0, run.stderr
        assert "REACHED OUT" not in run.stderr
    assert "Anna Berg" in run.stdout
    assert run.stderr == "LOADED: []\n"
