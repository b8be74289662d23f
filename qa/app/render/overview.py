"""What stands at the top of the page, and the questions to try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from corpus.types import FileReport
from qa.app.render.markup import isolated
from qa.types import DocumentInfo
from qa.wording import count

MOST_UNREAD = 200  # files without text that are named


def heading(
    documents: Sequence[DocumentInfo], unread: Sequence[FileReport] = (), *, login: bool = False
) -> str:
    """Return the page's title and, under it, what is being asked and what could not be read.

    With ``login`` there is a link to log out.
    """
    passages = sum(document.passages for document in documents)
    asked = f"{count(len(documents), 'document')}, {count(passages, 'passage')}"
    if len(documents) == 1:
        name = documents[0].title or documents[0].document
        asked = f"{isolated(name)}, {count(passages, 'passage')}"
    logout = '<a class="qa-logout" href="logout">Log out</a>' if login else ""
    return f'<h1>Ask your documents</h1>{logout}<p class="qa-asked">{asked}</p>{_unread(unread)}'


def examples(questions: Iterable[str]) -> str:
    """Return the example questions as a row of buttons; each carries its place in ``questions``."""
    return "".join(
        f'<button type="button" class="qa-example" data-index="{index}">'
        f"{isolated(question)}</button>"
        for index, question in enumerate(questions)
    )


def _unread(reports: Sequence[FileReport]) -> str:
    """Return the files without text, folded, each with the reason; nothing when there are none."""
    if not reports:
        return ""
    items = "".join(
        f"<li>{isolated(report.path)}: {isolated(report.reason or report.status)}</li>"
        for report in reports[:MOST_UNREAD]
    )
    if len(reports) > MOST_UNREAD:
        items += f"<li>and {count(len(reports) - MOST_UNREAD, 'other')}</li>"
    summary = f"{count(len(reports), 'file')} without text"
    return f'<details class="qa-unread"><summary>{summary}</summary><ul>{items}</ul></details>'
