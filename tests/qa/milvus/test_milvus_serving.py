"""Several servers over one collection answer alike while another process indexes."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

from tests.milvus import address_for, free_port, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.long]

RUN = """
import sys
from tests.fakes import fake_models
from qa.cli import main
with fake_models():
    sys.exit(main(sys.argv[1:]))
"""
FILES = 40


def started(*arguments):
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *map(str, arguments)], cwd=Path(__file__).parents[3]
    )


@contextmanager
def serving(folder, address):
    port = free_port()
    options = ("--library", folder, "--store", address, "--port", port)
    process = started("serve", *options)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def asked(url, question):
    body = json.dumps({"question": question, "k": 3}).encode()
    request = urllib.request.Request(f"{url}/api/ask", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            found = json.load(response)
    except urllib.error.HTTPError as error:
        pytest.fail(error.read().decode())
    return [(c["document"], c["start"], c["end"], c["relevance"]) for c in found["citations"]]


def documents(found):
    return [document for document, *_ in found]


def write(docs, number):
    text = f"Item{number} is kept in room{number % 7}. Its keeper is person{number}."
    (docs / f"{number}.txt").write_text(text)


def test_two_servers_answer_alike_while_a_third_process_indexes(home, docs, tmp_path):
    address = address_for(tmp_path)
    for number in range(FILES):
        write(docs, number)
    index = ("index", docs, "--library", tmp_path / "writer", "--store", address)
    assert started(*index).wait() == 0
    with ExitStack() as stack:
        one, two = (
            stack.enter_context(serving(tmp_path / name, address)) for name in ("one", "two")
        )
        questions = [f"Who is the keeper of item{number}?" for number in range(0, FILES, 8)]
        before = [asked(one, question) for question in questions]
        assert before == [asked(two, question) for question in questions]
        for number, found in zip(range(0, FILES, 8), before, strict=True):
            assert f"{number}.txt" in documents(found)
        for number in range(FILES, 2 * FILES):
            write(docs, number)
        writer = started(*index)
        asks = 0
        while writer.poll() is None:
            for url in (one, two):
                for number, question in zip(range(0, FILES, 8), questions, strict=True):
                    assert f"{number}.txt" in documents(asked(url, question))
                    asks += 1
        assert writer.returncode == 0
        assert asks > 0
        questions += [f"Who is the keeper of item{n}?" for n in range(FILES, 2 * FILES, 8)]
        after = [asked(one, question) for question in questions]
        assert after == [asked(two, question) for question in questions]
        assert f"{2 * FILES - 8}.txt" in documents(after[-1])
