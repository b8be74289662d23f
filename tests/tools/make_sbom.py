"""Write what is needed to run document-qa as a CycloneDX bill of materials.

What is installed beside it, as for tests, is left out. Usage: python -m tests.tools.make_sbom FILE
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from tests.tools.dependencies import PLATFORM, ROOT, needed


def main() -> None:
    """Describe the environment of this Python, and keep what is shipped."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", sys.executable]
    options = ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible"]
    done = subprocess.run([*command, *options], stdout=subprocess.PIPE, check=True)
    bill = shipped(json.loads(done.stdout), needed())
    Path(sys.argv[1]).write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")


def shipped(bill: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return a bill with the components of these names, and what depends on what among them.

    Components for one kind of machine, which PyTorch brings, stay as well.
    """
    components = [
        component
        for component in bill["components"]
        if (name := canonicalize_name(component["name"])) in names or name.startswith(PLATFORM)
    ]
    kept = {component["bom-ref"] for component in components}
    kept.add(bill["metadata"]["component"]["bom-ref"])
    dependencies = [
        {**one, "dependsOn": [other for other in one.get("dependsOn", []) if other in kept]}
        for one in bill["dependencies"]
        if one["ref"] in kept
    ]
    return {**bill, "components": components, "dependencies": dependencies}


if __name__ == "__main__":
    main()
