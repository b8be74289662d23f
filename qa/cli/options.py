"""The options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.types import Method

Docs = Annotated[
    list[Path] | None,
    typer.Option(
        "--docs", metavar="PATH", help="Files or folders to use; brought up to date first."
    ),
]
LibraryOption = Annotated[
    Path | None, typer.Option("--library", metavar="DIR", help="Folder of the library to use.")
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="ADDRESS",
        help="Where the library is kept: milvus://HOST:PORT/COLLECTION or FILE.db; remembered.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
MethodOption = Annotated[Method, typer.Option("--method", help="How passages are ranked.")]
Within = Annotated[
    list[str] | None,
    typer.Option(
        "--in", metavar="PATH|PATTERN", help="Ask these documents only, as in a .gitignore file."
    ),
]
MinRelevance = Annotated[
    float | None,
    typer.Option(
        "--min-relevance",
        metavar="0..1",
        min=0,
        max=1,
        help="Count an answer as one from this relevance on.",
    ),
]
RerankOption = Annotated[
    str | None,
    typer.Option(
        "--rerank", metavar="MODEL", help="Order the best passages anew by a cross-encoder."
    ),
]
Ocr = Annotated[
    bool | None,
    typer.Option("--ocr/--no-ocr", help="Recognise text in images, as in scans; remembered."),
]
MaxFileSize = Annotated[
    float, typer.Option("--max-file-size", metavar="MB", min=0, help="Read no larger file.")
]
MaxSeconds = Annotated[
    float | None,
    typer.Option(
        "--max-seconds",
        metavar="SECONDS",
        min=0,
        help="Give up on a file after so long: 120; with --ocr, 1800.",
    ),
]
MaxMemory = Annotated[
    float, typer.Option("--max-memory", metavar="MB", min=100, help="Memory that a file may take.")
]
QuestionsFile = Annotated[
    Path | None, typer.Argument(metavar="[QUESTIONS.jsonl]", show_default=False)
]
