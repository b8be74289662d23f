"""Ask your own documents a question; get the passages that answer it, with citations to check.

from qa import Library

with Library.open("my-library") as library:
    library.index("docs/")
    answer = library.ask("Who …?")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corpus.errors import DocumentQAError
from corpus.types import Receipt
from qa.types import Answer, Citation

if TYPE_CHECKING:
    from qa.library import Library

__all__ = ["Answer", "Citation", "DocumentQAError", "Library", "Receipt"]


def __getattr__(name: str) -> Any:
    """Import `Library`, and with it numpy and FAISS, when it is first asked for."""
    if name == "Library":
        from qa.library import Library

        return Library
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
