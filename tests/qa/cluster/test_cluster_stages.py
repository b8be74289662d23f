"""The two stages of a cluster, run here: what they make of files is what is made without them."""

import pytest

from corpus.errors import ModelError
from corpus.workers.wire import Task
from qa.cutting import Cutter
from qa.preparing import Errand, sentences_of
from tests.fakes import BagOfWords, bags, fake_model

pytest.importorskip("pyarrow")
from qa.cluster.rows import errand_tables, prepared_in_order
from qa.cluster.stages import Encode, ReadAndCut

NAMES = ["a.txt", "all.zip", "broken.pdf", "empty.txt", "z.md"]


@pytest.fixture
def loaded(monkeypatch):
    """Let the stages load the fake encoder."""
    monkeypatch.setattr("qa.cluster.stages.find_model", fake_model)
    monkeypatch.setattr("qa.cluster.stages.load_encoder", lambda model, **_: BagOfWords(model))


@pytest.fixture
def reader(loaded):
    reader = ReadAndCut("bag-of-words")
    yield reader
    reader.close()


@pytest.fixture
def table(docs):
    """Return a table of errands to read some files."""
    import zipfile

    (docs / "a.txt").write_text("The keeper lit the lamp. " * 40)
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (docs / "empty.txt").write_text("")
    (docs / "z.md").write_text("# Reefs\n\nSeals sleep on a reef.")
    with zipfile.ZipFile(docs / "all.zip", "w") as archive:
        archive.writestr("x.txt", "A file inside.")
        archive.writestr("y.txt", "Another one.")
    errands = [(n, Errand(Task(str(docs / name), name)), ()) for n, name in enumerate(NAMES)]
    (table,) = errand_tables(errands)
    return table


def test_what_the_stages_make_is_what_is_made_without_them(reader, table):
    encode = Encode("bag-of-words")
    found = list(prepared_in_order(map(encode, reader(table)), NAMES))
    assert [p.reading.name for p in found] == [
        "a.txt",
        "all.zip!x.txt",
        "all.zip!y.txt",
        *NAMES[1:],
    ]
    encoder = BagOfWords(fake_model())
    cutter = Cutter(lambda: encoder, encoder.fingerprint)
    for prepared in found:
        document = prepared.reading.document
        expected = cutter.cut(document) if document else []
        assert list(prepared.passages or ()) == expected
        texts = {p.key: p.passage.encoded for p in expected}
        assert {k: v.tobytes() for k, v in prepared.vectors.items()} == {
            key: bags([text])[0].tobytes() for key, text in texts.items()
        }
    assert found[4].reading.error is not None


def test_a_batch_that_is_given_up_leaves_nothing_to_the_next(reader, table, monkeypatch):
    monkeypatch.setattr("qa.cluster.stages._MOST_CHARACTERS", 1)
    given_up = reader(table)
    next(given_up)
    given_up.close()
    found = list(prepared_in_order(map(Encode("bag-of-words"), reader(table)), NAMES))
    assert [p.reading.name for p in found if "!" not in p.reading.name] == NAMES


def test_sentences_are_encoded_as_without_a_cluster(loaded):
    passages = [(b"a" * 16, "One lamp. Two lamps.", 0), (b"b" * 16, "Reefs\n\nA reef.", 7)]
    encoder = BagOfWords(fake_model())
    here, there = sentences_of(encoder, passages), Encode("bag-of-words").sentences(passages)
    assert {k: v.tolist() for k, v in here.items()} == {k: v.tolist() for k, v in there.items()}


def test_a_model_that_is_not_there_is_said_to_be_missing(loaded):
    with pytest.raises(ModelError, match="unknown model"):
        ReadAndCut("no-such-model")
