"""Which languages a library's passages are in, and what is said when its model knows none of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from embeddings.analyzer import marker
from embeddings.languages import (
    ENGLISH,
    LANGUAGES,
    MULTILINGUAL_MODEL,
    knows_only_english,
    knows_script,
)
from embeddings.types import Encoder
from qa.store import View

_COMMON = 0.02  # share of the passages that a language has, at least, to be asked in
_READ_BY_CHARACTER = ("chinese", "japanese")  # also by models that were trained on them
_SAMPLE = 20  # passages looked at to tell whether a tokenizer knows their script


def passages_by_language(view: View) -> Counter[str]:
    """Return how many passages are in each language but English, and known to be."""
    others = [language for language in LANGUAGES if language != ENGLISH]
    found = view.statistics([marker(language) for language in others]).frequencies
    return Counter({one: int(n) for one, n in zip(others, found, strict=True) if n})


def common_languages(view: View) -> list[str]:
    """Return the languages that questions are put in, beside their own and English."""
    return [
        language
        for language, passages in passages_by_language(view).items()
        if passages >= _COMMON * view.passages
    ]


def main_language(view: View) -> str | None:
    """Return the language, other than English, of more than half of the passages."""
    for language, passages in passages_by_language(view).most_common(1):
        if passages > view.passages / 2:
            return language
    return None


def unknown_language(view: View, load_encoder: Callable[[], Encoder]) -> str | None:
    """Return what to say when the main language is one that the model was not trained on."""
    language = main_language(view)
    if language is None:
        return None
    model = view.settings()["model"]
    if not knows_only_english(model):
        if language in _READ_BY_CHARACTER:
            return None
        rows = view.rows_after(0)[:_SAMPLE].tolist()
        sample = " ".join(stored.passage.text for stored in view.stored(rows))
        if knows_script(load_encoder(), sample):
            return None
    return (
        f"most of the text is in {language.title()}, which the model {model} was not "
        "trained on: words are found, meaning less well; for better results index into a new "
        f"folder with --model {MULTILINGUAL_MODEL} --library DIR (the model is downloaded once)"
    )
