"""Commands that keep a library true to its files."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.errors import UsageError
from corpus.limits import Limits
from qa.cli.common import (
    DONE,
    NEEDS_ATTENTION,
    console,
    limits_of,
    open_library,
    place_of,
    print_json,
    warn,
)
from qa.cli.options import (
    Docs,
    Json,
    LibraryOption,
    MaxFileSize,
    MaxMemory,
    MaxSeconds,
    Ocr,
    StoreOption,
)
from qa.wording import count

if TYPE_CHECKING:
    from qa.library import Library


def index(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH|URL...", show_default=False)
    ] = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude", metavar="PATTERN", help="Pass over, as in a .gitignore file; remembered."
        ),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove the documents of a root that is gone.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and index again whenever something changes.")
    ] = False,
    ocr: Ocr = None,
    max_file_size: MaxFileSize = 200,
    max_seconds: MaxSeconds = None,
    max_memory: MaxMemory = 2000,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="A sentence-transformers model, for a new library."
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option("--ray", metavar="auto|ADDRESS", help="Read and embed with a Ray cluster."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Index files and folders: the library becomes equal to them.

    A URL such as s3://bucket/folder is opened by fsspec.
    Without --library it is the one kept for these paths, which `qa ask --docs` uses; with
    --library and no path, all roots of that library are brought up to date.
    """
    from qa.library import Library
    from qa.terminal import print_receipt, progress_bar

    paths = paths or []
    if not paths and library is None and store is None:
        raise UsageError("name a file or folder to index, or a library with --library")
    limits = limits_of(max_file_size, max_seconds, max_memory)
    place = place_of(paths, library, store)
    with Library.open(place, model=model, create=bool(paths), store=store) as opened:
        with progress_bar() as bar:
            receipt = opened.index(
                paths,
                exclude=exclude,
                ocr=ocr,
                prune=prune,
                limits=limits,
                ray=ray,
                on_progress=bar,
            )
        if as_json:
            print_json(receipt.to_dict())
        else:
            print_receipt(console(), receipt)
        if not receipt.files:
            warn(
                "no files were found; check the path and the patterns of --exclude (what was "
                "forgotten is passed over until it is indexed by its own name)"
            )
        if watch:
            _watch(opened, paths, limits, as_json)
    return NEEDS_ATTENTION if receipt.failed or not receipt.files else DONE


def forget(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT|FOLDER|ROOT", show_default=False)],
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    as_json: Json = False,
) -> int:
    """Remove a document, a folder or a root.

    It stays out until it is indexed by name again. The files themselves stay where they are, but
    for uploads, which are deleted.
    """
    with open_library(docs, library, store=store) as opened:
        removed = opened.forget(document)
    if as_json:
        print_json({"removed": removed})
    else:
        console().print(f"forgot {count(len(removed), 'file')}", highlight=False)
    return DONE


def verify(
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    citation: Annotated[
        str | None, typer.Option("--citation", metavar="ID", help="Check one citation only.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Check every file, passage, vector and index, or one citation.

    Exits 1 when anything is off.
    """
    from qa.doctor import verify
    from qa.library import Library
    from qa.results import Verification
    from qa.terminal import print_citation_check, print_findings

    place = place_of(docs, library, store)
    if citation is not None:
        with Library.open(place, create=False, store=store) as opened:
            check = opened.check_citation(citation)
        if as_json:
            print_json(asdict(check))
        else:
            print_citation_check(console(), check)
        return DONE if check.status == "stands" else NEEDS_ATTENTION
    found = verify(place, store)
    if as_json:
        print_json(asdict(Verification.of(found)))
    else:
        print_findings(console(), found)
    return NEEDS_ATTENTION if found else DONE


def doctor(
    docs: Docs = None,
    library: LibraryOption = None,
    store: StoreOption = None,
    mend: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
    as_json: Json = False,
) -> int:
    """Report on a library, and mend it with --repair.

    Shown are its model, versions, sizes, free space, and each finding with its fix.
    """
    from qa.doctor import examine, repair
    from qa.terminal import print_examination, progress_bar

    place = place_of(docs, library, store)
    examination = examine(place, store)
    if mend and examination.findings:
        with progress_bar() as bar:
            repair(place, bar, store)
        examination = examine(place, store)
    if as_json:
        print_json(examination.to_dict())
    else:
        print_examination(console(), examination)
    return NEEDS_ATTENTION if examination.findings else DONE


def _watch(library: Library, paths: list[str], limits: Limits, as_json: bool) -> None:
    """Index again whenever something changes under the roots on this machine, until Ctrl-C."""
    import logging

    from corpus.remote import is_remote

    watched = [root for root in map(str, paths or library.roots()) if not is_remote(root)]
    if not watched:
        raise UsageError("--watch sees changes on this machine only; run qa index again instead")

    from watchfiles import watch

    logging.getLogger("watchfiles").setLevel(logging.ERROR)
    from qa.terminal import print_receipt

    with suppress(KeyboardInterrupt):
        for _ in watch(*watched, raise_interrupt=False):
            receipt = library.index(paths, limits=limits)
            if not set(receipt.counts) <= {"unchanged"}:
                if as_json:
                    print_json(receipt.to_dict())
                else:
                    print_receipt(console(), receipt)
                sys.stdout.flush()
