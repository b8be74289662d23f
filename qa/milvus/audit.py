"""Is what Milvus holds what was written? Every row against its checksum and its neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from corpus.errors import Damaged, LibraryError
from corpus.sentences import body_sentences
from embeddings.milvus import NUMBERS, ROW, SPARSE
from qa.milvus.connection import Collection, Row
from qa.milvus.garbage import sound_terms
from qa.milvus.rows import (
    SCORED_FIELDS,
    TEXT_FIELDS,
    Version,
    file_id,
    is_visible,
    passage_of,
    scored_of,
)
from qa.milvus.sentences import VECTOR_FIELDS, more_keys, sentences_of
from qa.milvus.terms import Term
from qa.milvus.view import MilvusView
from qa.store import Damage

_ROWS = 512  # passages looked at together
_FIELDS = tuple(dict.fromkeys((*SCORED_FIELDS, *TEXT_FIELDS, NUMBERS, SPARSE)))


@dataclass(slots=True)
class _Counted:
    """What was counted on the way: in how many passages each term stands, passages, terms."""

    frequencies: Counter[str] = field(default_factory=Counter)
    passages: int = 0
    terms: int = 0


def audit(collections: Mapping[str, Collection], view: MilvusView) -> Iterator[Damage]:
    """Yield what is damaged. Raises `Damaged` where not even the files can be read."""
    terms, unsound = sound_terms(collections["terms"])
    counted = _Counted()
    for root, version in view.versions():
        for what in _damage_of_file(collections, view, root, version, terms, counted):
            yield Damage(root, version.record.path, what)
    if collections["passages"].count(view.visible) != counted.passages:
        yield Damage("", "", "there are passages of no document")
    kept = {term.term: count for term in terms.values() if (count := term.at(view.change))}
    if kept != dict(counted.frequencies) or unsound:
        yield Damage("", "", "the frequencies of terms are not those of the passages")
    if (view.passages, view.state.terms) != (counted.passages, counted.terms):
        yield Damage("", "", "the counters are not those of the passages")


def _damage_of_file(
    collections: Mapping[str, Collection],
    view: MilvusView,
    root: str,
    version: Version,
    terms: Mapping[str, Term],
    counted: _Counted,
) -> Iterator[str]:
    record = version.record
    try:
        if record.status != "added":
            return
        text = view.document(root, record.path).text
        rows: list[Row] = []
        for first in range(0, version.passages, _ROWS):
            block = collections["passages"].get(version.rows[first : first + _ROWS], _FIELDS)
            seen = [row for row in block if is_visible(row, view.change)]
            rows += seen
            for row in seen:
                yield from _damage_of_passage(row, view.kept(root), version, text, terms, counted)
            yield from _damage_of_sentences(collections["vectors"], seen, view.dimension)
        if not len(rows) == version.passages == record.passages:
            yield f"it has {len(rows)} passages, not {record.passages}"
    except (LibraryError, ValueError, TypeError) as error:
        yield str(error).partition(";")[0]


def _damage_of_passage(
    row: Row,
    root: str,
    version: Version,
    text: str,
    terms: Mapping[str, Term],
    counted: _Counted,
) -> Iterator[str]:
    place = f"passage {row[ROW]}"
    counted.passages += 1
    try:
        _, counts = scored_of(row)
        counted.frequencies.update(counts.keys())
        counted.terms += sum(counts.values())
        found_root, path, passage = passage_of(row)
    except Damaged:
        yield f"{place} fails its checksum"
        return
    place = f"passage {passage.start}-{passage.end}"
    owner = (root, version.record.path, version.number, file_id(root, path))
    if (found_root, path, row["version"], row["file"]) != owner:
        yield f"{place} is of another document"
    if text[passage.start : passage.end] != passage.text:
        yield f"{place} is not the document's text"
    numbers = {terms[term].number for term in counts if term in terms}
    indexed = {int(number) for number in row[SPARSE]} - {0}
    if not numbers == indexed == set(row[NUMBERS]):
        yield f"{place} is indexed by other terms than it has"


def _damage_of_sentences(vectors: Collection, rows: Sequence[Row], dimension: int) -> Iterator[str]:
    found = {row["key"]: row for row in vectors.get([row["key"] for row in rows], VECTOR_FIELDS)}
    wanted = [key for row in found.values() for key in more_keys(row)]
    more = {row["key"]: row["value"] for row in vectors.get(wanted, ["key", "value"])}
    for row in rows:
        if row["key"] not in found:
            yield f"nothing is known of the vectors of passage {row[ROW]}"
            continue
        try:
            matrix = sentences_of(found[row["key"]], more, dimension)
            passage = passage_of(row)[2]
            sentences = len(body_sentences(passage.text, passage.body))
            if matrix is not None and len(matrix) != sentences:
                yield f"passage {passage.start}-{passage.end} lacks sentence vectors"
        except Damaged:
            yield f"the sentence vectors of passage {row[ROW]} fail their checksum"
