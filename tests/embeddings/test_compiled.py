"""The cache of compiled models: what is damaged is noticed and made again."""

import json
import os
import shutil

import numpy as np
import pytest

from corpus.errors import ModelError
from embeddings import compiled as module
from embeddings import find_model, load_encoder
from embeddings.compiled import CompiledEncoder, Uncompilable, _batches, _is_whole, _publish
from embeddings.encoder import SentenceTransformerEncoder
from embeddings.model import cache_folder

NAMES = ["model.xml", "model.bin", "tokenizer.json"]


@pytest.fixture
def published(tmp_path):
    """Publish a folder of three small files as a conversion would."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for name in NAMES:
        (scratch / name).write_text(f"content of {name}", encoding="utf-8")
    _publish(scratch, tmp_path / "folder")
    return tmp_path / "folder"


def test_what_was_published_is_whole_and_nothing_is_left_beside_it(published):
    assert _is_whole(published)
    assert {path.name for path in published.iterdir()} == {*NAMES, "record.json"}
    assert list(published.parent.iterdir()) == [published]


def test_publishing_again_replaces_what_was_there(published, tmp_path):
    scratch = tmp_path / "again"
    shutil.copytree(published, scratch)
    (scratch / "model.bin").write_text("newer", encoding="utf-8")
    _publish(scratch, published)
    assert _is_whole(published)
    assert (published / "model.bin").read_text(encoding="utf-8") == "newer"


def test_a_copy_is_whole_by_its_digests(published, tmp_path):
    shutil.copytree(published, tmp_path / "copy", copy_function=shutil.copyfile)
    assert _is_whole(tmp_path / "copy")


def test_an_absent_folder_is_not_whole(tmp_path):
    assert not _is_whole(tmp_path / "absent")


@pytest.mark.parametrize("name", [*NAMES, "record.json"])
def test_a_folder_that_misses_a_file_is_not_whole(published, name):
    (published / name).unlink()
    assert not _is_whole(published)


@pytest.mark.parametrize("name", NAMES)
def test_a_truncated_file_is_noticed(published, name):
    os.truncate(published / name, 5)
    assert not _is_whole(published)


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_byte_is_noticed_though_the_size_is_the_same(published, name):
    text = (published / name).read_text(encoding="utf-8")
    (published / name).write_text(text.replace("content", "Content"), encoding="utf-8")
    os.utime(published / name, ns=(0, 0))
    assert not _is_whole(published)


def test_a_touched_file_is_still_whole(published):
    os.utime(published / "model.bin", ns=(0, 0))
    assert _is_whole(published)


@pytest.mark.parametrize(
    "record", [b"", b"{", b"[]", b"null", b"{}", b"\xff", b'{"model.xml": 1}', b'"x"']
)
def test_a_record_that_cannot_be_used_is_no_proof(published, record):
    (published / "record.json").write_bytes(record)
    assert not _is_whole(published)


def test_a_record_of_other_content_is_no_proof(published):
    entries = json.loads((published / "record.json").read_text(encoding="utf-8"))
    for entry in entries.values():
        entry.update(sha256="0" * 64, state=[0, 0, 0])
    (published / "record.json").write_text(json.dumps(entries), encoding="utf-8")
    assert not _is_whole(published)


def test_batches_hold_rows_of_like_length_each_once():
    lengths = np.array([250, 8, 9, 12, 13, 200, 9, 30])
    batches = [lengths[rows].tolist() for rows in _batches(lengths)]
    assert batches == [[8, 9, 9, 12], [13], [30], [200, 250]]
    long = np.full(40, 256)
    assert [len(rows) for rows in _batches(long)] == [16, 16, 8]
    assert _batches(np.array([], dtype=np.int64)) == []


# With the real model: each conversion takes torch and some twenty seconds.


@pytest.fixture
def cache(tmp_path, model, compiled, monkeypatch):
    """Return a copy of the user's converted model that the test may damage."""
    name = f"{model.fingerprint}-{module._CONVERTER}"
    folder = cache_folder() / "compiled" / name
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path)
    shutil.copytree(folder, tmp_path / "compiled" / name)
    return tmp_path / "compiled"


@pytest.mark.slow
def test_texts_in_bulk_get_the_vectors_they_get_alone(compiled):
    texts = [f"Lamp {number}" + " burns bright" * (number % 40) for number in range(130)]
    assert sum(compiled.count_tokens(texts)) > module._TOKENS_A_BATCH
    done: list[int] = []
    together = compiled.encode_documents(texts, done.append)
    assert sum(done) == len(texts)
    assert len(done) > 1
    for row in (0, 39, 77, 129):
        alone = compiled.encode_documents([texts[row]])[0]
        assert together[row] @ alone > 0.999


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model.bin", "record.json"])
def test_a_damaged_conversion_is_noticed_and_made_again(cache, model, compiled, name):
    (damaged,) = [path for path in cache.glob(f"*/{name}") if path.is_file()]
    os.truncate(damaged, damaged.stat().st_size // 2)
    assert not _is_whole(damaged.parent)
    again = CompiledEncoder.load(model)
    assert _is_whole(damaged.parent)
    assert list(cache.iterdir()) == [damaged.parent]
    texts = ["Who wrote it?", "A longer sentence, of 1987."]
    cosines = (again.encode_documents(texts) * compiled.encode_documents(texts)).sum(axis=1)
    np.testing.assert_allclose(cosines, 1, atol=1e-3)


@pytest.mark.slow
def test_a_model_that_cannot_be_compiled_is_run_as_it_is(tmp_path, model, monkeypatch):
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
    missing = shutil.ignore_patterns("tokenizer.json")
    folder = shutil.copytree(model.path, tmp_path / "model", ignore=missing)
    unfit = find_model(str(folder))
    with pytest.raises(Uncompilable, match=r"no tokenizer\.json"):
        CompiledEncoder.load(unfit)
    encoder = load_encoder(unfit)
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert encoder.encode_queries(["Who?"]).shape == (1, 384)


@pytest.mark.slow
def test_weights_that_are_no_weights_are_a_model_error(tmp_path, model, monkeypatch):
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
    weights = shutil.ignore_patterns("*.safetensors")
    folder = shutil.copytree(model.path, tmp_path / "model", ignore=weights)
    (tmp_path / "model" / "model.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(ModelError, match="cannot be loaded") as raised:
        load_encoder(find_model(str(folder)))
    assert "\n" not in str(raised.value)
    assert not list((tmp_path / "cache").rglob("model.xml"))
