"""The quality tab: what was said of passages, and how good the answers are by it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from qa.app.measuring import Quality
from qa.app.parts import UNSEEN, PageLibrary, plain

# One run at a time: each asks all questions, and keeps the processors busy.
RUNNING: dict[str, Any] = {**UNSEEN, "concurrency_id": "quality", "concurrency_limit": 1}


def quality_tab(library: PageLibrary, tab: gr.Tab) -> None:
    """Put the labels and what is measured by them on the page, inside ``tab``."""
    quality = Quality(library)

    def questions_file(sent: str) -> str:
        return quality.file()

    def withdraw(event: gr.EventData) -> str:
        sent = event._data if isinstance(event._data, dict) else {}
        return quality.withdraw(sent.get("label"))

    labels = gr.HTML(elem_id="qa-labels", server_functions=[questions_file], **plain("quality.js"))
    outcome = gr.HTML(elem_id="qa-outcome", **plain("outcome.js"))
    tab.select(quality.labels, None, labels, **UNSEEN)
    labels.withdraw(withdraw, None, labels, **UNSEEN)
    labels.measure(quality.measure, None, outcome, **RUNNING)
    labels.tune(quality.tune, None, outcome, **RUNNING)
    labels.calibrate(quality.calibrate, None, outcome, **RUNNING)
