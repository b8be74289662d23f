"""The list of documents, what was given and what became of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from corpus.types import Receipt
from qa.app.render.markup import escape, isolated
from qa.files import FileInfo, Order
from qa.pace import Stage
from qa.terminal import problem_lines, receipt_line
from qa.uploads import MOST_FILES, Uploads, megabytes
from qa.wording import count

ROWS = 50  # files on one page of the list
_NAMED = 20  # files named in a receipt

_COLUMNS = {
    "document": "Document",
    "type": "Type",
    "state": "Status",
    "pages": "Pages",
    "passages": "Passages",
    "size": "Size",
    "modified": "Changed",
}
_STATES = {
    "read": "Read",
    "failed": "Failed",
    "empty": "Empty",
    "skipped": "Skipped",
    "waiting": "Not read yet",
}


def uploading(uploads: Uploads) -> str:
    """Return where files are dropped or chosen, and the list of those that are coming."""
    most = uploads.limits.size
    return (
        f'<div class="qa-drop" data-largest="{most}" data-most="{MOST_FILES}">'
        '<p class="qa-drop-words">Drop files here, or '
        '<input type="file" id="qa-files" class="qa-unseen" multiple>'
        '<label for="qa-files" class="qa-choose">choose files</label></p>'
        f'<p class="qa-limits">Up to {megabytes(most)} each, {MOST_FILES:,} in all. '
        "They are kept in the library; a file of the same name is replaced.</p></div>"
        '<div class="qa-coming" hidden><p class="qa-coming-words" role="status"></p>'
        '<button type="button" class="qa-stop">Cancel all</button>'
        '<ul aria-label="Uploads"></ul></div>'
    )


def filtering() -> str:
    """Return the box that filters the list, and the button that brings the library up to date."""
    return (
        '<div class="qa-looking"><label class="qa-unseen" for="qa-words">Filter documents</label>'
        '<input type="search" id="qa-words" maxlength="200" autocomplete="off" '
        'placeholder="Filter by name, title, type or status">'
        '<button type="button" class="qa-refresh">Bring up to date</button></div>'
    )


def folders(roots: Sequence[Path | str], uploads: Uploads) -> str:
    """Return which folders and files the library follows."""
    items = "".join(
        f"<li>{isolated(str(root))}{' (uploads)' if root == uploads.folder else ''}</li>"
        for root in roots
    )
    summary = f"{count(len(roots), 'folder')} in this library"
    if not roots:
        return '<p class="qa-folders">This library follows no folder yet.</p>'
    return (
        f'<details class="qa-folders"><summary>{summary}</summary><ul>{items}</ul>'
        "<p>To add a folder: qa index FOLDER --library …</p></details>"
    )


def documents(files: Sequence[FileInfo], order: Order, page: int) -> str:
    """Return one page of the list; ``page`` counts from 0, and the last stands for those after."""
    found = order.of(files)
    page = min(page, max(0, len(found) - 1) // ROWS)
    first = page * ROWS
    shown = found[first : first + ROWS]
    if not found:
        said = "No document matches." if files else "There are no documents yet: add some above."
        return f'<p class="qa-none" role="status">{said}</p>'
    twice = {name for name, number in Counter(f.document for f in files).items() if number > 1}
    heads = "".join(_head(column, label, order) for column, label in _COLUMNS.items())
    rows = "".join(_row(info, is_unique=info.document not in twice) for info in shown)
    return (
        f'<p class="qa-shown" role="status">{_shown(first, len(shown), len(found), len(files))}</p>'
        '<table class="qa-files" role="table" aria-label="Documents"><thead role="rowgroup">'
        f'<tr role="row">{heads}<th role="columnheader"><span class="qa-unseen">Remove</span></th>'
        f'</tr></thead><tbody role="rowgroup">{rows}</tbody></table>'
        f"{_pages(page, len(found))}"
    )


def running(stages: Iterable[Stage], *, is_waiting: bool) -> str:
    """Return how far a run is; ``is_waiting`` when it is another's, which comes first."""
    words = "Another is being indexed; yours comes next." if is_waiting else "Bringing up to date …"
    bars = "".join(
        f'<p class="qa-stage"><progress max="{max(stage.progress.total, 1)}" '
        f'value="{min(stage.progress.done, stage.progress.total)}" '
        f'aria-label="{escape(stage.progress.stage)}"></progress> {escape(str(stage))}</p>'
        for stage in stages
    )
    return f'<div class="qa-running"><p role="status">{words}</p>{bars}</div>'


def receipt(receipt: Receipt) -> str:
    """Return what became of the files of a run."""
    problems = problem_lines(
        receipt.files, ("failed", "empty", "skipped"), more="the list below names them all"
    )
    notes = "".join(f"<li>{isolated(line)}</li>" for line in (*problems, *receipt.notes))
    changed = [f for f in receipt.files if f.status in ("added", "updated", "removed")]
    items = "".join(f"<li>{f.status}: {isolated(f.path)}</li>" for f in changed[:_NAMED])
    if len(changed) > _NAMED:
        items += f"<li>and {count(len(changed) - _NAMED, 'other')}</li>"
    return (
        f'<div class="qa-receipt" role="status"><p><strong>Up to date.</strong> '
        f"{escape(receipt_line(receipt))}</p>"
        f"{f'<ul>{items}</ul>' if items else ''}"
        f"{f'<ul class=qa-problems>{notes}</ul>' if notes else ''}</div>"
    )


def removed(name: str, documents: int) -> str:
    """Return that a file was removed, with how many documents."""
    also = f", {count(documents, 'document')}" if documents > 1 else ""
    return f'<p class="qa-receipt" role="status">Removed {isolated(name)}{also}.</p>'


def _head(column: str, label: str, order: Order) -> str:
    """Return the head of a column: a button that sorts by it, and the other way when it does."""
    if column != order.column:
        sort, arrow = "none", ""
    elif order.descending:
        sort, arrow = "descending", " ▾"
    else:
        sort, arrow = "ascending", " ▴"
    return (
        f'<th role="columnheader" aria-sort="{sort}" class="qa-col-{column}"><button type="button" '
        f'class="qa-sort" data-column="{column}">{label}'
        f'<span aria-hidden="true">{arrow}</span></button></th>'
    )


def _row(info: FileInfo, *, is_unique: bool) -> str:
    name = isolated(info.title or info.document)
    if info.passages:
        target = quote(info.document if is_unique else info.path, safe="")
        name = f'<a href="?document={target}">{name}</a>'
    if info.title and info.title != info.document:
        name += f'<span class="qa-path">{isolated(info.document)}</span>'
    cells = {
        "document": name,
        "type": escape(info.type.upper()[:8]),
        "state": f'<span class="qa-state-{info.state}">{_STATES[info.state]}</span>'
        + (f'<span class="qa-reason">{isolated(info.reason)}</span>' if info.reason else ""),
        "pages": f"{info.pages:,}" if info.pages else "",
        "passages": f"{info.passages:,}" if info.passages else "",
        "size": _size(info.size),
        "modified": _date(info.modified),
    }
    row = "".join(
        f'<td role="cell" class="qa-col-{column}" data-label="{_COLUMNS[column]}">{cell}</td>'
        for column, cell in cells.items()
    )
    return f'<tr role="row" data-path="{escape(info.path)}">{row}{_removal(info)}</tr>'


def _removal(info: FileInfo) -> str:
    """Return the button that removes a file, and the question that it asks first."""
    sure = "Delete this file?" if info.is_upload else "Remove? The file itself stays."
    return (
        '<td role="cell" class="qa-removal"><button type="button" class="qa-remove" '
        f'aria-label="Remove {escape(info.document)}">Remove</button>'
        f'<span class="qa-sure" role="group" aria-label="{sure}" hidden>{sure} '
        '<button type="button" class="qa-yes">Yes</button> '
        '<button type="button" class="qa-no">No</button></span></td>'
    )


def _shown(first: int, shown: int, found: int, known: int) -> str:
    of = f" of {known:,}" if known != found else ""
    if shown == found:
        return f"{count(found, 'file')}{of}"
    return f"{first + 1:,} to {first + shown:,} of {count(found, 'file')}{of and f' ({known:,})'}"


def _pages(page: int, found: int) -> str:
    """Return the buttons to the pages before and after; nothing where there is only one."""
    last = max(0, found - 1) // ROWS
    if not last:
        return ""
    buttons = "".join(
        f'<button type="button" class="qa-page" data-page="{target}"'
        f"{'' if 0 <= target <= last else ' disabled'}>{label}</button>"
        for label, target in (("Previous", page - 1), ("Next", page + 1))
    )
    return (
        f'<nav class="qa-pages" aria-label="Pages of the list">{buttons}'
        f"<span>Page {page + 1:,} of {last + 1:,}</span></nav>"
    )


def _size(size: int) -> str:
    for unit, bytes_of in (("MB", 1e6), ("KB", 1e3)):
        if size >= bytes_of:
            return f"{size / bytes_of:,.1f} {unit}"
    return f"{size} B"


def _date(seconds: float) -> str:
    try:
        day = time.strftime("%Y-%m-%d", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return ""
    return f'<time datetime="{day}">{day}</time>'
