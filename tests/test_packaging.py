"""The wheel and the source archive hold what they must, and nothing else."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("corpus", "embeddings", "qa")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """A folder with both, built from the files of the repository without asking the network."""
    pytest.importorskip("build", reason="it is part of the extra 'dev'")
    folder = tmp_path_factory.mktemp("dist")
    options = ["--no-isolation", "--outdir", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "build", *options, str(source(folder / "source"))],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return folder


def source(folder):
    """Copy what git would track, so that the build leaves nothing in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a checkout of git")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def wheel(dist):
    """The names in the wheel."""
    (file,) = dist.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_three_packages_and_its_metadata_only(wheel):
    tops = {name.partition("/")[0] for name in wheel}
    (metadata,) = tops - set(OURS)
    assert re.fullmatch(r"document_qa-[\d.]+\.dist-info", metadata)
    assert not [name for name in wheel if "test" in name]


def test_the_wheel_holds_every_module_and_every_file_that_modules_read(wheel):
    for package in OURS:
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(ROOT).as_posix() in wheel
    assert any(name.endswith("licenses/LICENSE") for name in wheel)


def test_the_source_archive_can_be_tested_and_built(dist):
    (file,) = dist.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "constraints.txt"}
    assert names >= {"tests/conftest.py", "docs/index.md", "qa/relevance.json", "Makefile"}
