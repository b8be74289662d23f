"""Ask your own documents a question; get the passages that answer it, with citations to check.

from qa import Library

with Library.open("my-library") as library:
    library.index("docs/")
    answer = library.ask("Who …?")
"""

from __future__ import annotations

from corpus.errors import DocumentQAError
from corpus.types import Receipt
from qa.library import Library
from qa.types import Answer, Citation

__all__ = ["Answer", "Citation", "DocumentQAError", "Library", "Receipt"]
