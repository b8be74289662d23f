"""The documents of a library: those with text, those that gave none, and one by its name."""

from __future__ import annotations

from corpus.errors import NotThere, UsageError
from corpus.types import FileReport
from qa.citations import paths_meant, source_path, title_of
from qa.store import StoredDocument, View
from qa.types import DocumentInfo


def list_documents(view: View) -> list[DocumentInfo]:
    """Return the documents that have text, ordered by path."""
    return [
        DocumentInfo(
            document=file.path,
            root=root,
            path=source_path(root, file.path),
            title=title_of(file),
            pages=file.pages,
            passages=file.passages,
            characters=file.characters,
            sha256=file.sha256,
        )
        for root, file in view.documents()
    ]


def list_unread(view: View) -> list[FileReport]:
    """Return the files under the roots that gave no text, each with the reason."""
    return [
        FileReport(file.path, file.status, file.reason, file.pages)
        for root in view.roots()
        for file in view.files(root).values()
        if file.status in ("failed", "empty", "skipped")
    ]


def find_document(view: View, name: str) -> StoredDocument:
    """Return a document by its path within its root, or by its full path.

    Raises `NotThere` when there is none, `UsageError` when several roots have one of that name.
    """
    matches = [
        (root, path)
        for root in view.roots()
        for path in sorted(paths_meant(root, name))
        if len(view.rows_of([(root, path)]))
    ]
    if not matches:
        raise NotThere(f"there is no document {name!r}; qa list shows what there is")
    if len(matches) > 1:
        full = ", ".join(source_path(root, path) for root, path in matches)
        raise UsageError(f"{name!r} is in several roots; give one of {full}")
    return view.document(*matches[0])
