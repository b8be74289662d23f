"""How a library comes to be open: found where it is kept, or made there."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import LibraryError
from embeddings import Model, find_model
from qa.backends import Backend, backend_of, make_room
from qa.lock import writer_lock


def open_backend(
    path: Path, store: str | None, model: str | None, *, create: bool
) -> tuple[Backend, dict[str, str]]:
    """Return what keeps a library, and its settings; takes and raises what `Library.open` does."""
    backend = backend_of(path, store)
    settings = backend.settings()
    if not settings:
        if not create:
            option = "--library" if store is None else "--store"
            raise LibraryError(
                f"there is no library in {backend.where}; make one: qa index PATH {option} "
                f"{backend.where}"
            )
        _create(path, backend, find_model(model))
        settings = backend.settings()
    if model is not None:
        _require_same_model(backend.where, settings, find_model(model))
    return backend, settings


def _create(path: Path, backend: Backend, model: Model) -> None:
    make_room(path, backend)
    with writer_lock(path, lambda who: None):
        backend.create(
            {
                "model": str(model.path) if Path(model.name).is_dir() else model.name,
                "fingerprint": model.fingerprint,
                "dimension": str(model.dimension),
            }
        )


def _require_same_model(where: str, settings: dict[str, str], model: Model) -> None:
    if model.fingerprint != settings["fingerprint"]:
        raise LibraryError(
            f"{where} was made with the model {settings['model']!r}; another model means embedding "
            "everything again: index into a new folder with --library"
        )
