"""Libraries in several languages: what is found, and what is said of the model."""

import json

import pytest
from rich.console import Console

from corpus.errors import ModelError
from embeddings.analyzer import count_terms
from qa.doctor import examine
from qa.languages import common_languages, main_language, passages_by_language
from qa.library import Library
from qa.terminal import print_receipt
from tests.fakes import BagOfWords, fake_model

GERMAN = """Der alte Leuchtturm steht auf einer Insel vor der Küste.

Die Häuser der Fischer wurden nach dem Sturm von 1844 wieder aufgebaut.

Seine Lampe brannte mit Öl, bis der Wärter Kuechly in den Ruhestand ging.
"""
ENGLISH = """The old windmill stands on a hill behind the village.

Its sails were replaced after the fire of 1871, and it grinds flour to this day.

The miller Kuechly ran it until he was eighty years old.
"""
CHINESE = "这座老灯塔建在海边的一个小岛上。渔民的房子在暴风雨之后重新建造。\n"


class Letters(BagOfWords):
    """Stands in for an encoder that knows no script: every letter is a token."""

    max_tokens = 1000

    def count_tokens(self, texts):
        return [sum(map(str.isalnum, text)) + 2 for text in texts]


@pytest.fixture
def mixed(library, docs):
    (docs / "mill.txt").write_text(ENGLISH, encoding="utf-8")
    (docs / "turm.txt").write_text(GERMAN, encoding="utf-8")
    library.index(docs)
    return library


def _by_language(library):
    with library._store.view() as view:
        return passages_by_language(view)


def first(library, question):
    answer = library.ask(question, method="sparse", explain=True)
    return answer.citations[0]


# What is found


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("In welchem Haus wohnte ein Fischer?", "turm.txt"),
        ("Welche Lampen gab es?", "turm.txt"),
        ("Which sail was replaced?", "mill.txt"),
        ("Who grinds the flour?", "mill.txt"),
    ],
)
def test_a_question_is_answered_in_its_language(mixed, question, document):
    assert first(mixed, question).document == document


def test_a_word_of_another_form_is_told_as_matched(mixed):
    assert "Häuser" in first(mixed, "In welchem Haus wohnte ein Fischer?").explanation.matched


@pytest.mark.parametrize("question", ["Who is Kuechly?", "Wer ist Kuechly?", "Kuechly"])
def test_a_name_is_found_in_documents_of_all_languages(mixed, question):
    found = mixed.search(question, method="sparse", k=2)
    assert {hit.stored.file.path for hit in found} == {"mill.txt", "turm.txt"}
    assert all(hit.scores.sparse > 0 for hit in found)
    assert all(hit.evidence.coverage > 0.9 for hit in found)


@pytest.mark.parametrize("phrase", ["Häuser der Fischer", "Haus der Fischer"])
def test_a_quoted_phrase_is_found_in_a_document_of_its_language(mixed, phrase):
    citation = first(mixed, f'Was ist mit "{phrase}" und the mill?')
    assert citation.document == "turm.txt"


def test_languages_are_counted_as_documents_come_and_go(mixed, docs):
    assert set(_by_language(mixed)) == {"german"}
    (docs / "turm.txt").unlink()
    mixed.index(docs)
    assert not _by_language(mixed)
    (docs / "ta.txt").write_text(CHINESE, encoding="utf-8")
    mixed.index(docs)
    assert set(_by_language(mixed)) == {"chinese"}
    with mixed._store.view() as view:
        assert common_languages(view) == ["chinese"]


def test_terms_written_again_are_the_same(mixed):
    before = _by_language(mixed), first(mixed, "Welche Häuser?")
    mixed._store.recount()
    assert (_by_language(mixed), first(mixed, "Welche Häuser?")) == before


def test_a_library_of_english_has_no_other_language(library, docs):
    (docs / "mill.txt").write_text(ENGLISH, encoding="utf-8")
    library.index(docs)
    with library._store.view() as view:
        assert not passages_by_language(view)
        assert main_language(view) is None
        assert view.statistics(list(count_terms("flour"))).frequencies.tolist() == [1]


# What is said


def test_a_language_that_the_tokenizer_does_not_know_is_said_once(library, docs, monkeypatch):
    monkeypatch.setattr(library._models, "_encoder", Letters(fake_model()))
    (docs / "turm.txt").write_text(GERMAN, encoding="utf-8")
    receipt = library.index(docs)
    [note] = receipt.notes
    assert "most of the text is in German" in note
    assert "bag-of-words" in note
    assert "--model paraphrase-multilingual-MiniLM-L12-v2" in note
    assert json.loads(json.dumps(receipt.to_dict()))["notes"] == [note]
    assert library.notes() == [note]
    (docs / "turm2.txt").write_text(GERMAN.replace("1844", "1845"), encoding="utf-8")
    assert not library.index(docs).notes
    assert not library.index(docs).notes


def test_nothing_is_said_of_a_script_that_the_tokenizer_knows(library, docs):
    (docs / "turm.txt").write_text(GERMAN, encoding="utf-8")
    assert not library.index(docs).notes
    assert not library.notes()


def test_nothing_is_said_where_most_is_english(library, docs, monkeypatch):
    monkeypatch.setattr(library._models, "_encoder", Letters(fake_model()))
    (docs / "ta.txt").write_text(CHINESE, encoding="utf-8")
    for number in range(3):
        (docs / f"mill{number}.txt").write_text(ENGLISH + str(number), encoding="utf-8")
    assert not library.index(docs).notes


def test_nothing_is_said_of_chinese_which_all_models_read_by_character(library, docs, monkeypatch):
    monkeypatch.setattr(library._models, "_encoder", Letters(fake_model()))
    (docs / "ta.txt").write_text(CHINESE, encoding="utf-8")
    assert not library.index(docs).notes


def test_the_terminal_prints_notes_after_the_receipt(library, docs, monkeypatch, capsys):
    monkeypatch.setattr(library._models, "_encoder", Letters(fake_model()))
    (docs / "turm.txt").write_text(GERMAN, encoding="utf-8")
    print_receipt(Console(), library.index(docs))
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("most of the text is in German")


def test_the_doctor_says_it_again(library, docs, monkeypatch):
    (docs / "turm.txt").write_text(GERMAN, encoding="utf-8")
    library.index(docs)
    assert not examine(library.folder).notes
    monkeypatch.setattr("qa.models.load_encoder", Letters)
    [note] = examine(library.folder).notes
    assert "most of the text is in German" in note


def test_the_doctor_says_nothing_of_a_model_that_is_gone(library, docs, monkeypatch):
    (docs / "turm.txt").write_text(GERMAN, encoding="utf-8")
    library.index(docs)

    def gone(model):
        raise ModelError("it is gone")

    monkeypatch.setattr("qa.models.load_encoder", gone)
    examination = examine(library.folder)
    assert examination.documents == 1
    assert not examination.notes


@pytest.mark.slow
@pytest.mark.parametrize("text", [GERMAN, CHINESE], ids=["german", "chinese"])
def test_the_default_model_knows_english_alone(home, tmp_path, docs, text):
    (docs / "mill.txt").write_text(ENGLISH, encoding="utf-8")
    with Library.open(tmp_path / "library") as opened:
        assert not opened.index(docs).notes
        (docs / "mill.txt").write_text(text, encoding="utf-8")
        [note] = opened.index(docs).notes
    assert "all-MiniLM-L6-v2 was not trained on" in note
