"""The extras: none is needed, each is pinned, and the versions pinned get on with one another."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_imports import ROOT
from tests.tools.dependencies import needed, requirements

SCALE = ("milvus", "ray", "remote")
COMMON = {"fsspec"}  # what huggingface_hub brings along in any case
UNPINNED = {"setuptools"}  # comes with Python or pip
EXTRAS = (*SCALE, "dev", "docs", "release", "scale-dev")


def pins() -> dict[str, str]:
    """Return the version of each package that is pinned for the Python that runs this."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line) for line in lines if not line.startswith("#")]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in pinned
        if one.marker is None or one.marker.evaluate()
    }


def test_nothing_of_milvus_ray_or_buckets_comes_without_their_extras():
    scale = {canonicalize_name(one.name) for extra in SCALE for one in requirements(extra)}
    assert scale >= {"pymilvus", "milvus-lite", "ray", "pyarrow", "grpcio"}
    declared = {canonicalize_name(one.name) for one in requirements()}
    assert not (scale - COMMON) & (declared | needed().keys())


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_an_extra_asks_for_has_a_lower_bound_and_a_pinned_version(extra):
    for requirement in requirements(extra):
        assert re.fullmatch(r">=[\d.]+", str(requirement.specifier)), requirement.name
        if requirement.marker is None or requirement.marker.evaluate():
            assert canonicalize_name(requirement.name) in pins().keys() | UNPINNED


@pytest.mark.parametrize("extra", [None, *EXTRAS])
def test_the_versions_pinned_are_those_that_packages_ask_for(extra):
    pinned = pins()
    for who, package in needed(extra).items():
        for requirement in map(Requirement, package.requires or ()):
            version = pinned.get(canonicalize_name(requirement.name))
            is_asked_for = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if version is not None and is_asked_for:
                asked = f"{who} asks for {requirement}, and {version} is pinned"
                assert requirement.specifier.contains(version, prereleases=True), asked


def test_every_extra_is_looked_at():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    assert set(re.findall(r"^([\w-]+) = \[", section, re.MULTILINE)) == set(EXTRAS)
