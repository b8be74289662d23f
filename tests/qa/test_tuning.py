"""Weights fitted to labelled questions: found where there is something to find, or left alone."""

import json
from dataclasses import replace

import numpy as np
import pytest

from corpus.errors import UsageError
from corpus.types import Passage
from qa.cli import main
from qa.evaluate.gold import Excerpts, Judgments, Pages, Quote
from qa.evaluate.questions import LabelledQuestion
from qa.library import Library
from qa.progress import Progress
from qa.retrieval import Scored
from qa.searching import ScoredPassages
from qa.store import StoredPassage
from qa.tuning import LEAST_QUESTIONS, tune
from qa.types import DocumentInfo
from qa.weights import DEFAULT_WEIGHTS, Weights
from tests.fakes import record_of

ROWS = 12


class Shelf:
    """Candidates made up: one of a question's scores tells the right passage, the others luck."""

    def __init__(self, told_by, noise=0.0, known=True):
        self.told_by, self.noise, self.known = told_by, noise, known

    def documents(self):
        return [DocumentInfo("a.txt", "/root", "/root/a.txt", "a", None, ROWS, 100, "0" * 64)]

    def scored(self, question):
        generator = np.random.default_rng(int(question))
        scores = dict(
            zip(("dense", "sparse", "sentence"), generator.random((3, ROWS)), strict=True)
        )
        right = int(question) % ROWS
        if generator.random() >= self.noise:
            scores[self.told_by][right] = 1.5
        parts = {name: part.astype(np.float32) for name, part in scores.items()}
        stored = [
            StoredPassage(
                row,
                b"",
                Passage(row * 10, row * 10 + 10, f"passage {row:02}", "", "", row + 1, ""),
                "/root",
                record_of("a.txt"),
            )
            for row in range(ROWS)
        ]
        return ScoredPassages(
            Scored(
                rows=np.arange(ROWS, dtype=np.int64),
                **parts,
                sentences=[None] * ROWS,
                holds=np.zeros(ROWS, dtype=np.bool_),
                idf=np.ones(1, dtype=np.float32),
                vectors=np.ones((ROWS, 1), dtype=np.float32),
            ),
            stored,
            self.known,
        )


def labelled(number, gold=None):
    gold = gold or Quote("a.txt", f"passage {number % ROWS:02}")
    return LabelledQuestion(str(number), str(number), gold)


QUESTIONS = [labelled(number) for number in range(60)]


@pytest.mark.parametrize("told_by", ["dense", "sparse", "sentence"])
def test_the_score_that_tells_gets_the_weight(told_by):
    found = tune(Shelf(told_by), QUESTIONS)
    parts = {name: getattr(found.weights, name) for name in ("dense", "sparse", "sentence")}
    assert max(parts.values()) == parts.pop(told_by) > max(parts.values())
    assert found.questions == 60
    assert found.before < found.after <= 1
    low, high = found.confidence
    assert 0 < low < found.after - found.before < high
    assert found.p < 0.01
    assert found.is_better


def test_before_and_after_are_mean_reciprocal_ranks_of_right_passages():
    shelf = Shelf("dense")
    found = tune(shelf, QUESTIONS)
    values = {
        weights: np.mean([reciprocal_rank(shelf, question, weights) for question in QUESTIONS])
        for weights in (DEFAULT_WEIGHTS, found.weights)
    }
    assert found.before == pytest.approx(values[DEFAULT_WEIGHTS])
    assert values[found.weights] == 1
    assert 0.9 < found.after <= 1, "each fold is ranked by what the others are fitted to"


def reciprocal_rank(shelf, question, weights):
    """Return what a question is worth, worked out with plain numpy."""
    scored = shelf.scored(question.question).scored
    sentence = np.sort(scored.sentence)[::-1]
    above = (sentence[0] - sentence[:10].mean()) / scored.sentence.std()
    of_sentence = weights.sentence * min(1, above / 1.2)
    rest = (1 - of_sentence) / (weights.dense + weights.sparse)
    shares = (weights.dense * rest, weights.sparse * rest, of_sentence)
    parts = (scored.dense, scored.sparse, scored.sentence)
    fused = sum(
        share * (part - part.min()) / (part.max() - part.min())
        for share, part in zip(shares, parts, strict=True)
    )
    rank = 1 + int((fused > fused[int(question.question) % ROWS]).sum())
    return 1 / rank if rank <= 10 else 0


def test_luck_is_not_kept():
    shelf = Shelf("dense", noise=1.0)
    found = tune(shelf, QUESTIONS)
    fitted = np.mean([reciprocal_rank(shelf, question, found.weights) for question in QUESTIONS])
    assert fitted > found.before
    assert found.after < fitted, "no question is ranked by weights that were fitted to it"
    assert not found.is_better
    assert found.to_dict()["better"] is False


def test_a_gain_that_is_too_small_is_not_kept():
    found = tune(Shelf("dense"), QUESTIONS)
    assert replace(found, before=found.after - 0.006).is_better
    assert not replace(found, before=found.after - 0.004).is_better
    assert not replace(found, before=found.after + 0.1).is_better
    assert not replace(found, p=0.11).is_better


def test_a_tuning_is_the_same_every_time():
    assert tune(Shelf("sparse", 0.3), QUESTIONS) == tune(Shelf("sparse", 0.3), QUESTIONS)


def test_questions_in_an_unknown_script_are_ranked_as_they_will_be():
    known, unknown = (tune(Shelf("dense", known=known), QUESTIONS) for known in (True, False))
    assert unknown.before < known.before, "vectors, which are right here, weigh half"


@pytest.mark.parametrize(
    "gold_of",
    [
        lambda row: Quote("a.txt", f"passage {row:02}"),
        lambda row: Pages("a.txt", frozenset({row + 1})),
        lambda row: Excerpts("a.txt", ((row * 10 + 1, row * 10 + 2),), ("",)),
        lambda row: Quote("a", f"passage {row:02}"),
    ],
)
def test_every_form_of_answer_is_understood(gold_of):
    questions = [labelled(number, gold_of(number % ROWS)) for number in range(60)]
    assert tune(Shelf("dense"), questions) == tune(Shelf("dense"), QUESTIONS)


def test_too_few_questions_are_refused():
    without = [LabelledQuestion(f"n{at}", "0", None) for at in range(30)]
    judged = [LabelledQuestion(f"j{at}", "0", Judgments({"a": 1})) for at in range(30)]
    with pytest.raises(UsageError, match=r"^19 questions with an answer are too .* at least 20$"):
        tune(Shelf("dense"), [*QUESTIONS[:19], *without, *judged])
    assert tune(Shelf("dense"), [*QUESTIONS[:20], *without]).questions == LEAST_QUESTIONS == 20


def test_a_document_that_is_not_there_is_refused():
    questions = [*QUESTIONS, labelled(99, Quote("gone.txt", "x"))]
    with pytest.raises(UsageError, match=r"name 'gone.txt', which is not among the documents"):
        tune(Shelf("dense"), questions)


def test_an_answer_that_no_candidate_holds_counts_0():
    questions = [*QUESTIONS, *(labelled(99 + at, Quote("a.txt", "?")) for at in range(60))]
    found = tune(Shelf("dense"), questions)
    assert found.before == pytest.approx(tune(Shelf("dense"), QUESTIONS).before / 2)
    assert 0.45 < found.after <= 0.5


def test_progress_is_told_up_to_its_end():
    told: list[Progress] = []
    tune(Shelf("dense"), QUESTIONS[:20], on_progress=told.append)
    assert [(p.done, p.total, p.unit) for p in told] == [(n, 20, "questions") for n in range(1, 21)]


# The command


@pytest.fixture
def indexed(encoder, docs, tmp_path):
    """A library where the words of a question mislead, and its vector does not."""
    questions = tmp_path / "questions.jsonl"
    lines = []
    for at in range(24):
        right = f"alpha{at} beta{at} gamma{at}"
        decoy = " ".join([f"delta{at}", *(f"x{at}y{n}" for n in range(9)), f"delta{at}"])
        (docs / f"{at:02}.txt").write_text(f"{right}.\n", encoding="utf-8")
        (docs / f"{at:02}decoy.txt").write_text(f"{decoy}.\n", encoding="utf-8")
        asked = f"alpha{at} beta{at} delta{at} delta{at}"
        lines.append({"question": asked, "doc": f"{at:02}.txt", "evidence": right})
    questions.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    place = tmp_path / "library"
    with Library.open(place) as library:
        library.index(docs)
    return str(place), str(questions)


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_tune_reports_keeps_and_takes_back(indexed, capsys):
    place, questions = indexed
    code, out, err = run(capsys, "tune", questions, "--library", place, "--json")
    assert (code, err, out.count("\n")) == (0, "", 1)
    told = json.loads(out)
    assert told.keys() == {
        *("questions", "metric", "before", "after", "difference", "confidence", "p", "better"),
        "weights",
    }
    assert (told["questions"], told["metric"]) == (24, "RR@10")
    assert told["before"]["weights"] == {"dense": 0.3, "sparse": 0.4, "sentence": 0.3}
    assert told["after"]["RR@10"] > told["before"]["RR@10"]
    assert told["better"]
    assert told["weights"] == told["after"]["weights"]
    with Library.open(place) as library:
        assert library.weights() == Weights(**told["weights"]) != DEFAULT_WEIGHTS
    examined = json.loads(run(capsys, "doctor", "--library", place, "--json")[1])
    assert examined["weights"] == told["weights"]
    assert examined["findings"] == []
    code, out, err = run(capsys, "tune", "--reset", "--library", place)
    assert (code, out, err) == (0, "weights: dense 0.3, sparse 0.4, sentence 0.3\n", "")
    with Library.open(place) as library:
        assert library.weights() == DEFAULT_WEIGHTS


def test_tune_on_a_terminal_says_what_was_found(indexed, capsys):
    place, questions = indexed
    code, out, _ = run(capsys, "tune", questions, "--library", place)
    assert code == 0
    assert "24 questions" in out
    assert "better, and kept" in out
    assert f"weights: {tuned(place)}" in out
    assert f"weights  {tuned(place)}" in run(capsys, "doctor", "--library", place)[1]


def tuned(place):
    with Library.open(place) as library:
        return library.weights()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no questions are labelled"),
        (["x.jsonl", "--reset"], "name a file of questions, or give --reset"),
        (["/no/such/file.jsonl"], "/no/such/file.jsonl"),
    ],
)
def test_wrong_usage_of_tune_is_one_line(indexed, capsys, arguments, said):
    code, out, err = run(capsys, "tune", *arguments, "--library", indexed[0])
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
