"""The bundled model and its engines, each opened once a run."""

import pytest

from embeddings import Model, find_model
from embeddings.compiled import CompiledEncoder


@pytest.fixture(scope="session")
def model() -> Model:
    return find_model()


@pytest.fixture(scope="session")
def compiled(model) -> CompiledEncoder:
    """Open the converted model in the user's cache; made there (seconds, by torch) when absent."""
    return CompiledEncoder.load(model)
