"""Write the pages of the documentation that are made from code: the contract and dependencies.

Usage: python -m tests.tools.make_docs
"""

from __future__ import annotations

from pathlib import Path

from tests.tools import contract, dependencies

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Write the pages, and say which."""
    for name, page in (("contract", contract.page), ("dependencies", dependencies.page)):
        (DOCS / f"{name}.md").write_text(page(), encoding="utf-8")
        print(DOCS / f"{name}.md")


if __name__ == "__main__":
    main()
