"""Models on disk: found, checked, and named by what decides their vectors."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import ModelError
from embeddings import DEFAULT_MODEL, find_model, model

ROOT = Path(__file__).parents[2]


def run(code, **environment):
    """Run Python code in a new process, in the repository's root."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Return a copy of the bundled model; digests are remembered beside it, not in the cache."""
    source = find_model().path
    monkeypatch.setattr(model, "cache_folder", lambda: tmp_path / "cache")
    return Path(shutil.copytree(source, tmp_path / "model"))


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Return the same with a kilobyte for weights: nothing here reads them as numbers."""
    source = find_model().path
    monkeypatch.setattr(model, "cache_folder", lambda: tmp_path / "cache")
    weights = shutil.ignore_patterns("*.safetensors")
    folder = Path(shutil.copytree(source, tmp_path / "model", ignore=weights))
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 4)
    return folder


def edit(path, **changes):
    settings = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**settings, **changes}), encoding="utf-8")


def flip_a_byte(path):
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def test_the_default_model_is_bundled():
    found = find_model()
    assert (found.name, found.dimension, found.max_tokens) == (DEFAULT_MODEL, 384, 256)
    assert (found.query_prompt, found.document_prompt) == ("", "")
    assert (found.path / "model.safetensors").is_file()
    assert len(found.fingerprint) == 16
    assert int(found.fingerprint, 16)


def test_the_default_model_has_three_names_and_one_fingerprint():
    names = [None, "", DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"]
    assert len({find_model(name).fingerprint for name in names}) == 1
    assert len({find_model(name).path for name in names}) == 1


def test_a_copy_is_the_same_model_until_a_byte_of_its_weights_is_flipped(copied):
    found = find_model(str(copied))
    assert found.path == copied.resolve()
    assert found.fingerprint == find_model().fingerprint
    flip_a_byte(copied / "model.safetensors")
    assert find_model(str(copied)).fingerprint != found.fingerprint


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("sentence_bert_config.json", {"max_seq_length": 128}),
        ("config_sentence_transformers.json", {"prompts": {"query": "query: "}}),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True}),
    ],
)
def test_whatever_decides_the_vectors_is_in_the_fingerprint(small, file, changes):
    before = find_model(str(small)).fingerprint
    edit(small / file, **changes)
    assert find_model(str(small)).fingerprint != before


def test_what_a_model_says_of_itself_is_read_from_its_folder(small):
    edit(small / "sentence_bert_config.json", max_seq_length=128)
    prompts = {"query": "query: ", "passage": "passage: "}
    edit(small / "config_sentence_transformers.json", prompts=prompts)
    found = find_model(str(small))
    assert found.max_tokens == 128
    assert (found.query_prompt, found.document_prompt) == ("query: ", "passage: ")


def test_damaged_weights_of_the_bundled_model_are_refused(copied, monkeypatch):
    flip_a_byte(copied / "model.safetensors")
    monkeypatch.setattr(model, "_bundled_folder", lambda: copied)
    with pytest.raises(ModelError, match=r"model.safetensors is damaged: .*; reinstall") as raised:
        find_model()
    assert "\n" not in str(raised.value)


def test_damage_after_the_first_use_is_noticed(copied, monkeypatch):
    monkeypatch.setattr(model, "_bundled_folder", lambda: copied)
    assert find_model().dimension == 384  # its digest is now remembered
    flip_a_byte(copied / "model.safetensors")
    with pytest.raises(ModelError, match="damaged"):
        find_model()


@pytest.mark.parametrize("record", ["", "[]", "null", "{}", '{"state": [1, 2, 3]}', "\xff"])
def test_a_digest_record_that_cannot_be_used_is_made_anew(small, record):
    before = find_model(str(small)).fingerprint
    (folder,) = (small.parent / "cache").iterdir()
    for file in folder.iterdir():
        file.write_text(record, encoding="latin-1")
    assert find_model(str(small)).fingerprint == before
    assert all(json.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir())


@pytest.mark.parametrize("missing", ["modules.json", "model.safetensors"])
def test_a_folder_that_is_no_model_is_refused_with_what_it_needs(small, missing):
    (small / missing).unlink()
    with pytest.raises(ModelError, match=r"is not a sentence-transformers model: ") as raised:
        find_model(str(small))
    assert str(small) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_configuration_that_cannot_be_read_is_named(small):
    (small / "modules.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"modules\.json cannot be read") as raised:
        find_model(str(small))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["no-such-model", "nobody/no-such-model", "a/b/c", "what is this"])
def test_an_unknown_model_is_one_line_that_says_what_to_do(name):
    code = (
        "from corpus.errors import ModelError\n"
        "from embeddings import find_model\n"
        "try:\n"
        f"    find_model({name!r})\n"
        "except ModelError as error:\n"
        "    print(error)\n"
    )
    done = run(code, HF_HUB_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"unknown model {name!r}: ")
    assert "give a model's folder" in line


HEAVY = "torch transformers sentence_transformers gradio openvino huggingface_hub".split()


def test_importing_the_packages_imports_no_engine():
    """A person who asks a question does not wait for torch."""
    modules = "embeddings, corpus, qa.library"
    done = run(f"import sys, {modules}; print([m for m in {HEAVY} if m in sys.modules])")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("pooling", "is_mean"),
    [
        ({}, True),
        ({"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}, False),
        ({"pooling_mode_max_tokens": True}, False),
        ({"include_prompt": False}, False),
        ({"pooling_mode": "mean", "pooling_mode_mean_tokens": False}, True),
        ({"pooling_mode": "cls", "pooling_mode_mean_tokens": False}, False),
    ],
)
def test_only_the_plain_mean_of_all_tokens_is_mean_pooling(small, pooling, is_mean):
    edit(small / "1_Pooling" / "config.json", **pooling)
    assert find_model(str(small)).mean_pooled is is_mean


def test_a_layer_after_the_mean_is_no_mean_pooling(small):
    assert find_model(str(small)).mean_pooled
    modules = json.loads((small / "modules.json").read_text(encoding="utf-8"))
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    (small / "modules.json").write_text(json.dumps([*modules, dense]), encoding="utf-8")
    assert not find_model(str(small)).mean_pooled
