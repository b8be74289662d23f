"""What the machine can do, and the share of it that the encoder reaches.

Run as a program (python -m tests.benchmarks.machine PASSAGES_JSON) it prints both as JSON.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

_LAYERS, _WIDTH, _INNER = 6, 384, 1536  # of MiniLM-L6
_SIDE = 2048  # of the square matrices that are multiplied
_ROUNDS = 5


def flops(lengths: Sequence[int]) -> float:
    """Return the floating point operations of MiniLM-L6 for texts of so many tokens each.

    A multiplication with an addition counts as two. With d = 384, f = 1,536 and texts of L tokens,
    each of the 6 layers takes for a token 8 d^2 (query, key, value and output projections),
    4 d f (the two feed-forward matrices) and 4 L d (attention's scores and its weighted sum).
    Padding, softmax, normalisation and embeddings are not counted.
    """
    tokens = np.asarray(lengths, dtype=np.float64)
    a_token = 8 * _WIDTH**2 + 4 * _WIDTH * _INNER + 4 * _WIDTH * tokens
    return float(_LAYERS * (tokens * a_token).sum())


def describe() -> dict[str, Any]:
    """Return what the machine is."""
    return {
        "processor": _processor() or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": _memory(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "instructions": [name for name in ("avx2", "avx512f", "amx_bf16") if name in _flags()],
    }


def encoder_share(passages: Sequence[str]) -> dict[str, Any]:
    """Return the rates of matrix products and of the encoder, in operations a second."""
    from embeddings import find_model, load_encoder

    encoder = load_encoder(find_model())
    encoder.encode_documents(passages[:64])
    lengths = encoder.count_tokens(passages)
    seconds = median(_timed(lambda: encoder.encode_documents(passages)) for _ in range(3))
    precision = getattr(encoder, "precision", "f32")
    products = {"f32": numpy_rate(), f"OpenVINO {precision}": openvino_rate(precision)}
    reached = flops(lengths) / seconds
    return {
        "precision": precision,
        "products": products,
        "encoder": reached,
        "share": reached / max(products.values()),
        "tokens_per_second": sum(lengths) / seconds,
        "passages_per_second": len(passages) / seconds,
    }


def numpy_rate() -> float:
    """Return operations a second of numpy's product of float32 matrices."""
    matrix = np.random.default_rng(1).standard_normal((_SIDE, _SIDE)).astype(np.float32)
    return 2 * _SIDE**3 / _best(lambda: matrix @ matrix)


def openvino_rate(precision: str) -> float:
    """Return operations a second of OpenVINO's product of matrices in a precision."""
    from embeddings.compiled import _openvino

    openvino = _openvino()
    from openvino import opset13

    matrix = np.random.default_rng(1).standard_normal((_SIDE, _SIDE)).astype(np.float32)
    given = opset13.parameter([_SIDE, _SIDE], np.float32)
    product = opset13.matmul(given, opset13.constant(matrix), False, False)
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    model = openvino.Core().compile_model(openvino.Model([product], [given]), "CPU", options)
    request = model.create_infer_request()
    return 2 * _SIDE**3 / _best(lambda: request.infer([matrix], share_inputs=True))


def _best(call: Any) -> float:
    """Return the seconds of the fastest of some calls: what the machine can do."""
    call()
    return min(_timed(call) for _ in range(_ROUNDS))


def _timed(call: Any) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _processor() -> str:
    return _of_cpu("model name")


def _flags() -> list[str]:
    return _of_cpu("flags").split()


def _of_cpu(name: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _memory() -> int | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    print(json.dumps(encoder_share(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
