"""The compiled encoder: the same sentence-transformers model, run by OpenVINO without torch.

The model is converted once (that needs torch), checked against the original, and kept in the user's
cache folder; from then on a question is encoded by a process that never imports torch.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import tempfile
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from corpus.errors import ModelError
from embeddings.contributions import shares_of_cosine, spans_after
from embeddings.encoder import load_transformer, refuse_long_texts
from embeddings.model import Model, cache_folder, file_sha256
from embeddings.types import Contributions, Progress, Scores, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

_CONVERTER = "3"  # part of the cache folder's name: change it when the conversion changes
_VECTORS, _STATES = 0, 1  # outputs of a converted model; states only of a mean-pooled one
_FILES = ("model.xml", "model.bin", "tokenizer.json")
_TOKENS_A_BATCH = 4096  # padded; above this a batch gains nothing and memory grows
_SPREAD = 1.5  # times that a batch's longest row may be its shortest: padding costs like text
_LEAST_COSINE = {"f32": 0.9999, "bf16": 0.999}  # of compiled with original vectors
_CHECK_TEXTS = (
    "Passage",
    "The library keeps one file a row.",
    "A longer sentence, with numbers such as 1540 and names such as Geneva, " * 4,
)


class Uncompilable(ModelError):
    """This model cannot be run by OpenVINO; sentence-transformers can."""


class CompiledEncoder:
    """An `Encoder` that runs a converted model with OpenVINO."""

    def __init__(self, model: Model, folder: Path, *, threads: int | None = None) -> None:
        """Open a converted model; `load` makes it when it is not there."""
        from tokenizers import Tokenizer

        self.name = model.name
        self.fingerprint = model.fingerprint
        self.dimension = model.dimension
        self.max_tokens = model.max_tokens
        self._model = model
        self._threads = threads
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._core = _openvino().Core()
        self._graph = self._core.read_model(folder / "model.xml", folder / "model.bin")

    @classmethod
    def load(cls, model: Model, *, threads: int | None = None) -> CompiledEncoder:
        """Open the model's converted form, converting it first when needed.

        It runs on as many cores as it has ``threads``, on all unless given.

        Raises `Uncompilable` when OpenVINO cannot run the model as sentence-transformers does.
        """
        folder = cache_folder() / "compiled" / f"{model.fingerprint}-{_CONVERTER}"
        if not _is_whole(folder):
            _convert(model, folder)
        try:
            return cls(model, folder, threads=threads)
        except Exception as error:
            raise Uncompilable(f"{folder} cannot be opened: {error}") from error

    @cached_property
    def precision(self) -> str:
        """The arithmetic used: bf16 where the processor has it, else f32."""
        capabilities = self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        return "bf16" if "BF16" in capabilities else "f32"

    @cached_property
    def _at_once(self) -> Any:
        """The model compiled for one batch at a time, each by all cores."""
        return self._compile("LATENCY")

    @cached_property
    def _in_bulk(self) -> Any:
        """The model compiled for several batches at a time, each by a few cores."""
        return self._compile("THROUGHPUT")

    def _compile(self, hint: str) -> Any:
        options: dict[str, Any] = {
            "PERFORMANCE_HINT": hint,
            "INFERENCE_PRECISION_HINT": self.precision,
            # Threads bound to cores wait for whatever else runs there: beside four busy processes
            # on two cores a question took .49 s so, and .11 s without.
            "ENABLE_CPU_PINNING": False,
        }
        if self._threads is not None:
            options["INFERENCE_NUM_THREADS"] = self._threads
        return self._core.compile_model(self._graph, "CPU", options)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the length of each text as a document, special tokens included."""
        return [len(ids) for ids in self._tokenize(texts, self._model.document_prompt)]

    def encode_documents(self, texts: Sequence[str], on_done: Progress | None = None) -> Vectors:
        """Return normalised float32 rows; see `Encoder.encode_documents`."""
        tokens = self._tokenize(texts, self._model.document_prompt)
        refuse_long_texts(texts, [len(ids) for ids in tokens], self.max_tokens)
        return self._encode(tokens, on_done)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return normalised float32 rows; see `Encoder.encode_queries`."""
        tokens = self._tokenize(texts, self._model.query_prompt)
        last = self.max_tokens - 1
        cut = [ids if len(ids) <= last else [*ids[:last], ids[-1]] for ids in tokens]
        return self._encode(cut, None)

    def contributions(self, texts: Sequence[str], vector: Vectors) -> list[Contributions] | None:
        """Return what each token adds to its text's cosine; see `Encoder.contributions`."""
        if not self._model.mean_pooled:
            return None
        prompt = self._model.document_prompt
        encodings = self._tokenizer.encode_batch([prompt + text for text in texts])
        tokens = [encoding.ids for encoding in encodings]
        refuse_long_texts(texts, [len(ids) for ids in tokens], self.max_tokens)
        shares: dict[int, Scores] = {}
        for rows, request in self._run(tokens):
            states = request.get_output_tensor(_STATES).data  # (rows, longest row, dimension)
            for row, of_row in zip(rows.tolist(), states, strict=True):
                shares[row] = shares_of_cosine(of_row[: len(tokens[row])], vector)
        return [
            Contributions(spans_after(prompt, encoding.offsets), shares[row])
            for row, encoding in enumerate(encodings)
        ]

    def _tokenize(self, texts: Sequence[str], prompt: str) -> list[list[int]]:
        prompted = [prompt + text for text in texts] if prompt else list(texts)
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(prompted)]

    def _encode(self, tokens: list[list[int]], on_done: Progress | None) -> Vectors:
        vectors = np.empty((len(tokens), self.dimension), dtype=np.float32)
        for rows, request in self._run(tokens):
            vectors[rows] = request.get_output_tensor(_VECTORS).data
            if on_done is not None:
                on_done(len(rows))
        return vectors

    def _run(self, tokens: list[list[int]]) -> Iterator[tuple[npt.NDArray[np.int64], Any]]:
        """Yield the rows of each batch with the request that holds what came of them."""
        lengths = np.fromiter((len(ids) for ids in tokens), dtype=np.int64, count=len(tokens))
        batches = _batches(lengths)
        in_bulk = lengths.sum() > _TOKENS_A_BATCH
        model = self._in_bulk if in_bulk else self._at_once
        # One request more than run at a time: the next batch waits where the last one ends.
        ahead = int(model.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")) + 1 if in_bulk else 1
        free = [model.create_infer_request() for _ in range(min(ahead, len(batches)))]
        under_way: deque[tuple[npt.NDArray[np.int64], Any]] = deque()
        for rows in reversed(batches):  # long ones first: the last to end are small
            if not free:
                yield (done := _finished(under_way))
                free.append(done[1])
            request = free.pop()
            request.start_async(_padded([tokens[row] for row in rows]))
            under_way.append((rows, request))
        while under_way:
            yield _finished(under_way)


def _finished(
    under_way: deque[tuple[npt.NDArray[np.int64], Any]],
) -> tuple[npt.NDArray[np.int64], Any]:
    """Return the first batch under way and its request, once that has run."""
    rows, request = under_way.popleft()
    request.wait()
    return rows, request


def _openvino() -> Any:
    """Import OpenVINO without its telemetry, which reports to an analytics host by default."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _batches(lengths: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Group rows of like length, shortest first, into batches of bounded padded size and spread."""
    order = np.argsort(lengths, kind="stable")
    batches: list[npt.NDArray[np.int64]] = []
    first = 0
    for last in range(1, len(order) + 1):
        if last == len(order) or _is_full(lengths[order[first : last + 1]]):
            batches.append(order[first:last])
            first = last
    return batches


def _is_full(lengths: npt.NDArray[np.int64]) -> bool:
    """Tell whether rows of these lengths, in ascending order, are more than a batch should hold."""
    shortest, longest = int(lengths[0]), int(lengths[-1])
    return longest * len(lengths) > _TOKENS_A_BATCH or longest > _SPREAD * shortest


def _padded(tokens: list[list[int]]) -> dict[str, npt.NDArray[np.int64]]:
    """Return ids and mask of shape (rows, longest row), padded with zeros."""
    width = max(map(len, tokens))
    ids = np.zeros((len(tokens), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, values in enumerate(tokens):
        ids[row, : len(values)] = values
        mask[row, : len(values)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def _is_whole(folder: Path) -> bool:
    """Tell whether the converted files are those that were written, by their digests.

    A digest is counted only for a file whose size, time or inode differs from the record.
    """
    try:
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        return all(_matches(folder / name, record[name]) for name in _FILES)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _state(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino]


def _matches(path: Path, entry: dict[str, Any]) -> bool:
    return bool(entry["state"] == _state(path) or entry["sha256"] == file_sha256(path))


def _convert(model: Model, folder: Path) -> None:
    """Convert a model, check it against the original, and publish it by one rename."""
    tokenizer = model.path / "tokenizer.json"
    if not tokenizer.is_file():
        raise Uncompilable(f"{model.path} has no tokenizer.json")
    logger.info("preparing the model %s, once; this takes half a minute or so", model.name)
    transformer = load_transformer(model)
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".converting-", dir=folder.parent))
    try:
        _write_converted(transformer, scratch, with_states=model.mean_pooled)
        shutil.copyfile(tokenizer, scratch / "tokenizer.json")
        _check(CompiledEncoder(model, scratch), transformer)
        _publish(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _publish(scratch: Path, folder: Path) -> None:
    entries = {
        name: {"sha256": file_sha256(scratch / name), "state": _state(scratch / name)}
        for name in _FILES
    }
    (scratch / "record.json").write_text(json.dumps(entries), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        os.replace(scratch, folder)
    except OSError:
        if not _is_whole(folder):  # another process was first with the same model: its copy serves
            raise


def _write_converted(transformer: SentenceTransformer, folder: Path, *, with_states: bool) -> None:
    """Write the whole chain of modules, from token ids to unit vectors, as OpenVINO files.

    The states of the tokens are a second output where they are asked for.
    """
    import torch

    class TokensToUnitVector(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            found = self.transformer(features)
            vectors = torch.nn.functional.normalize(found["sentence_embedding"], dim=1)
            return (vectors, found["token_embeddings"]) if with_states else vectors

    example = {
        "input_ids": torch.ones(2, 12, dtype=torch.int64),
        "attention_mask": torch.ones(2, 12, dtype=torch.int64),
    }
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tracing warns of each shape it takes for a constant
            graph = _openvino().convert_model(
                TokensToUnitVector().cpu().eval().float(), example_input=example
            )
        graph.reshape({port.get_any_name(): [-1, -1] for port in graph.inputs})
        _openvino().save_model(graph, folder / "model.xml", compress_to_fp16=False)
    except Exception as error:
        raise Uncompilable(f"OpenVINO cannot convert this model: {error}") from error


def _check(compiled: CompiledEncoder, transformer: SentenceTransformer) -> None:
    """Raise `Uncompilable` unless both engines give the same vectors."""
    original = transformer.encode(
        list(_CHECK_TEXTS), prompt="", normalize_embeddings=True, show_progress_bar=False
    )
    tokens = compiled._tokenize(_CHECK_TEXTS, "")
    cosines = (compiled._encode(tokens, None) * np.asarray(original)).sum(axis=1)
    if not np.all(cosines >= _LEAST_COSINE[compiled.precision]):
        raise Uncompilable(f"compiled vectors differ: cosines {cosines.tolist()}")
