"""The chat page: ask in a box, read cited passages, see each one in its document.

``build`` makes the page and ``launch`` serves it. Gradio is imported when one of them is used, so
that ``qa.app.render`` (answers to HTML) stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.app.page import build
    from qa.app.server import launch

__all__ = ["build", "launch"]
_HOMES = {"build": "qa.app.page", "launch": "qa.app.server"}


def __getattr__(name: str) -> Any:
    """Import what was asked for from where it is made."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
