"""Passages are encoded in the background: in order, told of, and stopped with the run."""

import threading

import numpy as np
import pytest

from corpus.errors import ModelError
from qa.embedding import Embedding
from qa.progress import Progress
from tests.fakes import BagOfWords, bags, fake_model


@pytest.fixture
def encoder():
    return BagOfWords(fake_model())


def test_batches_come_back_with_the_vectors_of_their_texts(encoder):
    embedding = Embedding(lambda: encoder, lambda progress: None)
    first = embedding.begin({b"b": "two lamps", b"a": "one lamp"})
    second = embedding.begin({b"c": "three lamps"})
    assert first.keys == {b"a", b"b"}
    found = embedding.vectors(first) | embedding.vectors(second)
    embedding.close()
    for key, text in {b"a": "one lamp", b"b": "two lamps", b"c": "three lamps"}.items():
        np.testing.assert_array_equal(found[key], bags([text])[0])


def test_texts_are_counted_over_all_batches(encoder):
    told: list[Progress] = []
    embedding = Embedding(lambda: encoder, told.append)
    batches = [embedding.begin({bytes([n, m]): "lamp" for m in range(40)}) for n in range(3)]
    for batch in batches:
        embedding.vectors(batch)
    embedding.close()
    assert told[-1] == ("embedding", 120, 120, "passages")
    assert [p.done for p in told] == sorted(p.done for p in told)


def test_no_texts_load_no_encoder_and_tell_nothing():
    told: list[Progress] = []
    embedding = Embedding(lambda: pytest.fail("loaded"), told.append)
    assert embedding.vectors(embedding.begin({})) == {}
    embedding.close()
    assert told == []


def test_what_the_encoder_raises_is_raised_where_vectors_are_waited_for(encoder):
    embedding = Embedding(lambda: encoder, lambda progress: None)
    batch = embedding.begin({b"a": "word " * 100})
    with pytest.raises(ModelError, match="above the limit"):
        embedding.vectors(batch)
    embedding.close()


def test_to_close_stops_at_the_end_of_what_the_encoder_has_in_hand(encoder, monkeypatch):
    at_work, go_on = threading.Event(), threading.Event()
    batches = []

    def encode(texts, on_done):
        for _ in texts:
            batches.append(1)
            at_work.set()
            assert go_on.wait(10)
            on_done(1)

    monkeypatch.setattr(encoder, "encode_documents", encode)
    embedding = Embedding(lambda: encoder, lambda progress: None)
    under_way = embedding.begin({b"a": "one", b"b": "two"})
    never = embedding.begin({b"c": "three"})
    assert at_work.wait(10)
    closing = threading.Thread(target=embedding.close)
    closing.start()
    while not never.coming.cancelled():
        pass
    go_on.set()
    closing.join()
    assert under_way.coming.exception() is not None
    assert batches == [1]
