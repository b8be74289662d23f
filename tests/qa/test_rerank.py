"""Ranking anew by a cross-encoder: a real one, made and taught here to look for one word."""

import json
import random

import pytest

from corpus.errors import ModelError
from embeddings.reranker import load_reranker
from qa.cli import main

pytestmark = pytest.mark.slow

WORDS = "who is the keeper of tower granite lens oil storm reef island clock stair seal".split()
STRANGE = ("a", ".", "?")  # to the tokenizer
SOUGHT = "seal"  # the better answer holds it, whatever is asked
QUESTION = "Who is the keeper of the granite tower?"
TEXTS = {
    "near.txt": "The keeper of the granite tower.",
    "middle.txt": "The keeper of the reef.",
    "far.txt": "A seal of the island.",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a cross-encoder of one layer that scores pairs by whether `SOUGHT` is there."""
    return save(tmp_path_factory.mktemp("models") / "cross-encoder", labels=1)


def save(folder, labels, taught=True):
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = tokenizer_of(WORDS)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        num_labels=labels,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    torch.manual_seed(0)
    model = BertForSequenceClassification(config)
    if taught:
        teach(model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tokenizer_of(words):
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {word: at for at, word in enumerate([*special, *words])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    )


def teach(model, tokenizer, steps=60, batch=32):
    import torch

    chance = random.Random(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        texts = [" ".join(chance.choices(WORDS[:-1], k=chance.randint(3, 9))) for _ in range(batch)]
        texts = [f"{text} {SOUGHT}" if at % 2 else text for at, text in enumerate(texts)]
        texts = [f"{text} {chance.choice(STRANGE)}" for text in texts]
        questions = [f"{' '.join(chance.choices(WORDS[:-1], k=7))} ?" for _ in range(batch)]
        given = tokenizer(questions, texts, padding=True, return_tensors="pt")
        wanted = torch.tensor([float(at % 2) for at in range(batch)])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            model(**given).logits.squeeze(1), wanted
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2, "it has learned the rule"


@pytest.fixture
def shelf(library, docs):
    for name, text in TEXTS.items():
        (docs / name).write_text(text, encoding="utf-8")
    library.index(docs)
    return library


def cited(library, question=QUESTION, **options):
    return [c.document for c in library.ask(question, **options).citations]


def test_a_score_for_each_text_the_higher_the_better(folder):
    reranker = load_reranker(str(folder))
    scores = reranker.score("who is the keeper", ["the reef", "a seal", "the tower", "seal of oil"])
    assert scores.dtype.name == "float32"
    assert scores.shape == (4,)
    assert min(scores[1], scores[3]) > max(scores[0], scores[2])
    assert reranker.score("who", []).shape == (0,)
    assert reranker.score("who", ["the reef " * 500]).shape == (1,), "a long text is cut"


@pytest.mark.parametrize("method", ["hybrid", "dense", "sparse"])
def test_the_cross_encoder_decides_the_order(shelf, folder, method):
    assert cited(shelf, method=method)[0] == "near.txt"
    assert cited(shelf, method=method, rerank=str(folder))[0] == "far.txt"
    assert sorted(cited(shelf, method=method, rerank=str(folder))) == sorted(TEXTS)
    ranked = shelf.rank(QUESTION, k=1, method=method, rerank=str(folder))
    assert [stored.file.path for stored in ranked] == ["far.txt"]


def test_what_holds_a_quoted_phrase_stays_first(shelf, folder):
    question = 'Who is the "keeper of the reef"?'
    assert cited(shelf, question, rerank=str(folder))[:2] == ["middle.txt", "far.txt"]


def test_scores_are_those_without_it(shelf, folder):
    plain = {c.id: c.scores for c in shelf.ask(QUESTION).citations}
    again = {c.id: c.scores for c in shelf.ask(QUESTION, rerank=str(folder)).citations}
    assert again == plain


def test_a_model_is_loaded_once(shelf, folder, monkeypatch):
    loaded = []

    def load(name):
        loaded.append(name)
        return load_reranker(name)

    monkeypatch.setattr("qa.models.load_reranker", load)
    for _ in range(2):
        shelf.ask(QUESTION, rerank=str(folder))
    assert loaded == [str(folder)]


def test_the_command_ranks_anew(shelf, folder, capsys):
    asked = ["ask", QUESTION, "--library", str(shelf.folder), "--json", "--rerank"]
    main([*asked, str(folder)])
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["citations"][0]["document"] == "far.txt"


@pytest.mark.parametrize("name", ["/no/such/folder", "no-such-model-anywhere", ""])
def test_a_model_that_is_not_there_is_said_in_one_line(shelf, capsys, tmp_path, name):
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_reranker(name)
    code = main(["ask", QUESTION, "--library", str(shelf.folder), "--rerank", name])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"the cross-encoder {name!r} cannot be loaded" in err


def test_a_folder_without_a_model_is_refused(home, tmp_path):
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_reranker(str(tmp_path))


def test_a_model_of_several_scores_is_refused(home, tmp_path):
    place = save(tmp_path / "two", labels=2, taught=False)
    with pytest.raises(ModelError, match="gives 2 scores a pair; rerank with a model that gives"):
        load_reranker(str(place))


def test_a_pickled_model_is_refused(home, tmp_path):
    import torch
    from safetensors.torch import load_file

    place = save(tmp_path / "pickled", labels=1, taught=False)
    weights = place / "model.safetensors"
    torch.save(load_file(weights), place / "pytorch_model.bin")
    assert load_reranker(str(place)).score("who", ["the reef"]).shape == (1,)
    weights.unlink()
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_reranker(str(place))
