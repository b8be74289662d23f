"""A document beside the conversation, open at a place: its page as a picture, and its text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlencode

from corpus.types import Page
from qa.app.render.markup import escape, isolated, layered, marked
from qa.sources import MOST_MATCHES, WINDOW, Excerpt, Source
from qa.types import Citation, Span

SCALE = 2  # pixels per point of a picture, which is shown about one point wide for each pixel
MOST_BOXES = 60  # spans of one kind whose boxes are asked for


def source(source: Source) -> str:
    """Return a document as it is shown, with what moves about in it.

    What there is of it as text is at most ``WINDOW`` characters. ``data-place`` is the place, as
    `qa.sources.Place.of` reads it, with what is shown of it.
    """
    head = _header(source.title, source.location, source.place.number)
    note = f'<p class="qa-note" role="status">{isolated(source.note)}</p>' if source.note else ""
    kind = "qa-opened qa-pictured" if source.is_pictured else "qa-opened"
    return (
        f'<article class="{kind}" data-place="{escape(_place(source))}">{head}{note}'
        f"{_toolbar(source)}{_picture(source)}{_text(source)}{_whereabouts(source)}</article>"
    )


def source_changed(citation: Citation) -> str:
    """Return the passage as it was, of a document that does not say what was cited any more."""
    note = "The document has changed since it was cited: this is the passage as it was."
    text = marked(citation.text[:WINDOW], citation.start, citation.highlights, citation.words)
    passage = f'<span class="qa-passage">{text}</span>'
    return (
        f'{_citation_header(citation)}<p class="qa-note" role="status">{note}</p>{_region(passage)}'
    )


def source_error(error: str, citation: Citation | None = None) -> str:
    """Return the panel for a document that cannot be shown, and why."""
    head = _citation_header(citation) if citation else ""
    return f'{head}<p class="qa-note" role="alert">{isolated(error)}</p>'


def source_empty() -> str:
    """Return the panel before anything was cited."""
    return (
        '<div class="qa-empty"><p>The cited document appears here, open at the passage.</p></div>'
    )


def _citation_header(citation: Citation) -> str:
    return _header(citation.title or citation.document, citation.location, citation.number)


def _header(title: str, location: str, number: int) -> str:
    """Return what names the document; one that was cited has a number, and a way back to it."""
    back = '<button type="button" class="qa-back">Back to the passages</button>' if number else ""
    numbered = f'<span class="qa-number">{number}</span>' if number else ""
    return (
        f'<header class="qa-source-head">{back}<h2>{numbered}<span class="qa-names">'
        f'<span class="qa-title">{isolated(title)}</span>'
        f'<span class="qa-location">{isolated(location)}</span></span></h2></header>'
    )


def _place(source: Source) -> str:
    """Return the place as JSON, with what is shown."""
    place, excerpt = source.place, source.excerpt
    shown = {
        "first": excerpt.start,
        "last": excerpt.end,
        "page": excerpt.page.number if excerpt.page else None,
        "previous": excerpt.previous,
        "following": excerpt.following,
        "matches": len(source.matches),
        "match": source.match or None,
    }
    return json.dumps({**asdict(place), "since": 0, "shown": shown})


def _toolbar(source: Source) -> str:
    groups = [_paging(source), _finding(source)]
    if source.passage and not _shown([source.passage], source.excerpt):
        groups.append(_button("passage", "To the passage"))
    if source.is_pictured:
        groups.append(
            '<span class="qa-views" role="group" aria-label="Show as">'
            f"{_button('picture', 'Page', pressed=True)}{_button('text', 'Text', pressed=False)}"
            "</span>"
        )
    return f'<div class="qa-toolbar" role="group" aria-label="Document">{"".join(groups)}</div>'


def _paging(source: Source) -> str:
    """Return what turns pages; nothing where there are none to turn."""
    excerpt, pages = source.excerpt, source.stored.pages
    if excerpt.page is None:
        return ""
    kind, last = excerpt.page.kind, pages[-1].number
    previous = _button("previous", "‹", name=f"Previous {kind}", off=excerpt.previous is None)
    following = _button("following", "›", name=f"Next {kind}", off=excerpt.following is None)
    return (
        f'<form class="qa-paging">{previous}<label><span class="qa-unseen">{kind.title()}</span>'
        f'<input class="qa-page-number" data-act="page" inputmode="numeric" maxlength="6" '
        f'autocomplete="off" value="{excerpt.page.number}" size="{len(str(last))}"></label>'
        f"<span>of {last}</span>{following}</form>"
    )


def _finding(source: Source) -> str:
    count = len(source.matches)
    said = ""
    if source.place.query:
        more = "+" if count == MOST_MATCHES else ""
        said = f"{source.match:,} of {count:,}{more}" if source.match else f"{count:,}{more} found"
        said = said if count else "Not found"
    return (
        '<form class="qa-find" role="search"><label><span class="qa-unseen">Find in document</span>'
        f'<input class="qa-query" data-act="find" type="search" placeholder="Find" maxlength="200" '
        f'autocomplete="off" value="{escape(source.place.query)}"></label>'
        f'<output class="qa-found-count">{said}</output>'
        f"{_button('before', '↑', name='Previous match', off=not count)}"
        f"{_button('after', '↓', name='Next match', off=not count)}</form>"
    )


def _button(
    act: str, label: str, *, name: str = "", off: bool = False, pressed: bool | None = None
) -> str:
    described = f' aria-label="{name}" title="{name}"' if name else ""
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    disabled = " disabled" if off else ""
    return (
        f'<button type="button" class="qa-act" data-act="{act}"{described}{state}{disabled}>'
        f"{label}</button>"
    )


def _picture(source: Source) -> str:
    """Return the page as a picture; the script draws the boxes of ``data-spans`` over it."""
    page = source.excerpt.page
    if page is None or not source.is_pictured:
        return ""
    name = source.place.document.encode("utf-8", "replace")
    query = urlencode({"document": name, "page": page.number, "scale": SCALE})
    alt = f"Picture of {page.location}. The button Text shows its words."
    return (
        '<div class="qa-view" tabindex="0" role="region" aria-label="Page">'
        f'<div class="qa-sheet" data-spans="{escape(json.dumps(_spans(source, page)))}">'
        f'<img class="qa-picture" src="api/picture?{escape(query)}" alt="{escape(alt)}">'
        "</div></div>"
    )


def _spans(source: Source, page: Page) -> list[tuple[str, int, int]]:
    """Return what is boxed on a page, each with its kind."""
    place = source.place
    here = source.matches[source.match - 1 : source.match] if source.match else ()
    kinds = {
        "passage": (source.passage,) if source.passage else (),
        "evidence": place.highlights,
        "found": tuple(match for match in source.matches if match not in here),
        "here": here,
    }
    return [
        (kind, start, end)
        for kind, spans in kinds.items()
        for start, end in [span for span in spans if span[0] < page.end and page.start < span[1]][
            :MOST_BOXES
        ]
    ]


def _text(source: Source) -> str:
    excerpt, place = source.excerpt, source.place
    here = source.matches[source.match - 1 : source.match] if source.match else ()
    text = layered(
        source.stored.text[excerpt.start : excerpt.end],
        excerpt.start,
        [
            ('span class="qa-passage"', (source.passage,) if source.passage else ()),
            ("mark", place.highlights),
            ("strong", place.words),
            ('mark class="qa-found"', _shown(source.matches, excerpt)),
            ('mark class="qa-found qa-here"', here),
        ],
    )
    low, high = excerpt.bounds
    earlier = _button("earlier", "Earlier text") if excerpt.start > low else ""
    later = _button("later", "Later text") if excerpt.end < high else ""
    return _region(f"{earlier}{text}{later}")


def _shown(spans: Sequence[Span], excerpt: Excerpt) -> list[Span]:
    return [span for span in spans if span[0] < excerpt.end and excerpt.start < span[1]]


def _region(text: str) -> str:
    return (
        f'<div class="qa-text" tabindex="0" role="region" aria-label="Document text">{text}</div>'
    )


def _whereabouts(source: Source) -> str:
    """Return where in the document the passage stands, or what is shown."""
    start, end = source.passage or (source.excerpt.start, source.excerpt.end)
    return f'<p class="qa-place">Characters {start:,} to {end:,} of {len(source.stored.text):,}</p>'
