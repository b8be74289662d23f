"""Whether questions can be answered at all from the documents that they name."""

from __future__ import annotations

from collections.abc import Sequence

from qa.evaluate.asking import Asked
from qa.evaluate.gold import AnyOf, Quote, find_documents
from qa.evaluate.questions import LabelledQuestion
from qa.labels import fold


def misquoted(library: Asked, questions: Sequence[LabelledQuestion]) -> list[LabelledQuestion]:
    """Return the questions whose evidence stands in no document they name, white space folded.

    No citation can hold it, so they count as missed whatever is found. Documents that are not there
    are left to `qa.evaluate.evaluate`.
    """
    paths: dict[str, list[str]] = {}
    for info in library.documents():
        paths.setdefault(info.document, []).append(info.path)
    named = find_documents((doc for question in questions for doc in question.docs), list(paths))
    texts: dict[str, str] = {}

    def stands(quote: Quote) -> bool:
        for path in (path for document in named[quote.doc] for path in paths[document]):
            if path not in texts:
                texts[path] = fold(library.text(path))
            if fold(quote.text) in texts[path]:
                return True
        return not named[quote.doc]

    return [q for q in questions if (quotes := _quotes(q)) and not any(map(stands, quotes))]


def _quotes(question: LabelledQuestion) -> tuple[Quote, ...]:
    """Return the pieces of text of which each answers a question, if it is labelled so."""
    match question.gold:
        case Quote() as quote:
            return (quote,)
        case AnyOf(quotes):
            return quotes
    return ()
