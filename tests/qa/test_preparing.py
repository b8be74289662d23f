"""What comes prepared from elsewhere is written as if it had been prepared here."""

from contextlib import closing

import pytest

from qa.cutting import Cutter
from qa.library import Library
from qa.preparing import LocalPreparer, Prepared
from tests.fakes import bags

TOWER = "The keeper of the tower wrote a diary. Oil burned in the lamp.\n"
REEF = "A reef lies north of the island. Seals sleep on it.\n"


class Elsewhere(LocalPreparer):
    """Cuts and embeds what it reads, but for the vectors of texts with a word in ``without``."""

    def __init__(self, encoder, without="nothing"):
        super().__init__(lambda: encoder)
        self._cutter = Cutter(lambda: encoder, encoder.fingerprint)
        self._without = without

    def prepared(self, errands):
        with closing(super().prepared(errands)) as coming:
            for prepared in coming:
                document = prepared.reading.document
                passages = self._cutter.cut(document) if document else []
                texts = {p.key: p.passage.encoded for p in passages}
                lacking = {key for key, text in texts.items() if self._without in text}
                vectors = {key: bags([texts[key]])[0] for key in texts.keys() - lacking}
                yield Prepared(prepared.reading, passages, vectors)


@pytest.fixture
def prepared_by(monkeypatch):
    """Let another preparer prepare for every library from here on."""

    def use(preparer):
        monkeypatch.setattr("qa.upkeep.Upkeep._preparer", lambda upkeep, ray: preparer)

    return use


@pytest.fixture
def many(docs):
    for at in range(40):
        (docs / f"{at:02}.txt").write_text(f"{TOWER}Entry {at}.\n\n{REEF}" * 3, encoding="utf-8")
    return docs


def contents(library):
    """Return every passage with its vector, by document, without numbers of rows."""
    with library._store.view() as view:
        rows = view.rows_after(0)
        vectors, terms = view.contents(rows)
        return [
            (s.file.path, s.file.sha256, s.key, s.passage, vector.tobytes(), sorted(own))
            for s, vector, own in zip(view.stored(rows.tolist()), vectors, terms, strict=True)
        ]


def without_sentences(texts):
    """Return what was encoded as a passage: the second pass comes after, sentence by sentence."""
    return [text for text in texts if "Entry" in text and "Oil" in text]


def test_what_came_cut_and_embedded_is_neither_cut_nor_embedded_again(
    library, encoder, many, prepared_by, tmp_path
):
    library.index(many)
    here = contents(library)
    encoder.documents.clear()
    prepared_by(Elsewhere(encoder))
    with Library.open(tmp_path / "other") as other:
        receipt = other.index(many)
        assert contents(other) == here
        assert {report.status for report in receipt.files} == {"added"}
        assert without_sentences(encoder.documents) == []
        assert other.verify() == []


def test_a_vector_that_did_not_come_is_made_here(library, encoder, many, prepared_by, tmp_path):
    library.index(many)
    here = contents(library)
    encoder.documents.clear()
    prepared_by(Elsewhere(encoder, without="Entry 7."))
    with Library.open(tmp_path / "other") as other:
        other.index(many)
        assert contents(other) == here
        made = without_sentences(encoder.documents)
        assert made
        assert all("Entry 7." in text for text in made)


def test_errands_name_what_they_may_replace(library, many, monkeypatch):
    library.index(many)
    named = []

    original = LocalPreparer.prepared

    def prepared(preparer, errands):
        named.extend(errands)
        return original(preparer, named)

    monkeypatch.setattr(LocalPreparer, "prepared", prepared)
    (many / "03.txt").write_text("Changed.\n", encoding="utf-8")
    (many / "new.txt").write_text("New.\n", encoding="utf-8")
    library.index(many)
    found = {errand.task.name: (errand.size, errand.replaced) for errand in named}
    assert found["03.txt"] == (9, ((str(many), "03.txt"),))
    assert found["new.txt"] == (5, ())
