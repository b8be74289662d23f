"""A conversation as Markdown, in which no text of a document or a person becomes markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from urllib.parse import quote, urlencode, urlsplit

from qa.history import Turn
from qa.types import Citation

_LONGEST_ADDRESS = 2_000  # characters
# What Markdown, and what is common beside it, may read as markup: anywhere, or as a line begins.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>&$~|^=:@#]|(?<=\bwww)\.|^[-+]", re.IGNORECASE)
_LISTED = re.compile(r"^(\d+)([.)])")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


def markdown(turns: Sequence[Turn], page: str = "", ambiguous: Container[str] = frozenset()) -> str:
    """Return questions, whether they were answered, and quotes with their references.

    ``page`` is the address of the page whose links open a passage; without one, or with one that is
    no address, there are no links. ``ambiguous`` are paths that documents of several roots have.
    """

    def link(citation: Citation) -> str:
        return f" ([open]({_link(citation, page, ambiguous)}))" if _is_address(page) else ""

    return "\n".join(["# Questions and passages", *_parts(turns, link)]) + "\n"


def link_name(citation: Citation, ambiguous: Container[str]) -> str:
    """Return what names a citation's document in a link."""
    return citation.path if citation.document in ambiguous else citation.document


def evidence(citation: Citation) -> str:
    """Return the sentences that bear the answer, word for word; the whole passage without any."""
    parts = [
        citation.text[start - citation.start : end - citation.start]
        for start, end in citation.highlights
    ]
    return " … ".join(parts) or citation.text


def reference(citation: Citation) -> str:
    """Return where a citation is from: its title and its place."""
    return ", ".join(filter(None, (citation.title, citation.location)))


def plain_text(text: str) -> str:
    """Return Markdown that shows ``text`` as it is; line breaks and runs of spaces become one."""
    line = " ".join(_CONTROLS.sub("", text).split())
    return _LISTED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", line))


def _parts(turns: Sequence[Turn], link: Callable[[Citation], str]) -> Iterator[str]:
    for turn in turns:
        yield f"\n## {plain_text(turn.question)}"
        if turn.asked:
            yield f"\nAsked as: {plain_text(turn.asked)}"
        if turn.answer is None:
            yield f"\nFailed: {plain_text(turn.error)}"
            continue
        if not turn.answer.answered:
            yield "\n**No passage answers this.**"
        if turn.answer.citations:
            yield f"\n{'Passages' if turn.answer.answered else 'Nearest passages'}, best first:"
        for citation in turn.answer.citations:
            yield from _cited(citation, link(citation))


def _cited(citation: Citation, link: str) -> Iterator[str]:
    where = plain_text(reference(citation))
    yield f"\n**{citation.number}.** {where}, relevance {citation.relevance:.0%}{link}\n"
    for line in evidence(citation).splitlines():
        if line.strip():
            yield f"> {plain_text(line)}"


def _link(citation: Citation, page: str, ambiguous: Container[str]) -> str:
    name = link_name(citation, ambiguous)
    place = {"document": name, "start": citation.start, "end": citation.end}
    return f"{quote(page, safe=':/[]%')}?{urlencode(place, errors='replace')}"


def _is_address(page: str) -> bool:
    if len(page) > _LONGEST_ADDRESS or not page.isprintable():
        return False
    try:
        parts = urlsplit(page)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not parts.query
