import json

import pytest

from corpus.errors import UsageError
from qa.calibration import Example, calibrate, collect
from qa.cli import main
from qa.evaluate import LabelledQuestion
from qa.evaluate.gold import Quote
from qa.signals import Signals

WORDS = "granite copper oil storm reef island clock stair lens keeper".split()


def judged(similarity):
    return Signals(similarity, similarity, similarity, similarity, 0, 1, 0, 0, 0, 0)


@pytest.fixture
def asked(library, docs):
    """A library of ten documents, and questions of which half have an answer."""
    for number, word in enumerate(WORDS):
        (docs / f"{number}.txt").write_text(f"The {word} of the tower was mended by hand.")
    library.index(docs)
    lines: list[dict[str, str | None]] = [
        {"question": f"{word} {ending}", "doc": f"{n}.txt", "evidence": f"The {word} of"}
        for n, word in enumerate(WORDS)
        for ending in ("tower mended", "by hand")
    ]
    lines += [
        {"question": f"{word}s of nowhere", "doc": None, "evidence": None}
        for word in (f"{a}{b}" for a in "abcd" for b in "vwxyz")
    ]
    return library, lines


def labelled(lines):
    return [
        LabelledQuestion(str(at), line["question"], Quote(line["doc"], line["evidence"]))
        if line["doc"]
        else LabelledQuestion(str(at), line["question"], None)
        for at, line in enumerate(lines)
    ]


def test_examples_say_which_citations_are_right(asked):
    library, lines = asked
    examples = collect(library, labelled(lines))
    assert [sum(example.right) for example in examples] == [1] * 20 + [0] * 20
    assert [example.answerable for example in examples] == [True] * 20 + [False] * 20
    assert all(len(example.signals) == 5 for example in examples)


def test_a_calibration_tells_answers_from_others():
    near = [Example((judged(0.8), judged(0.2)), (True, False), True)] * 30
    far = [Example((judged(0.3), judged(0.2)), (False, False), False)] * 30
    found = calibrate([*near, *far], "f")
    assert found.auroc == 1
    assert found.error < 0.1
    assert found.brier < found.constant / 4
    assert found.model.fingerprint == "f"
    assert near[0].relevance(found.model) >= found.model.threshold > far[0].relevance(found.model)


def test_without_unanswerable_questions_there_is_no_auroc():
    examples = [Example((judged(0.8), judged(0.2)), (True, False), True)] * 50
    assert calibrate(examples, "f").auroc is None


@pytest.mark.parametrize("examples", [[], [Example((judged(0.5),), (False,), True)] * 50])
def test_too_little_to_fit_is_said(examples):
    with pytest.raises(UsageError, match="at least 40"):
        calibrate(examples, "f")


def test_the_command_keeps_what_it_fitted_and_goes_back(asked, tmp_path, capsys):
    library, lines = asked
    assert not library.ask("granite").calibrated
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    folder = str(library.folder)
    assert main(["calibrate", str(file), "--library", folder, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["questions"] == 40
    assert library.relevance_model().to_dict() == printed["model"]
    assert library.ask("granite").calibrated
    assert main(["calibrate", str(file), "--library", folder]) == 0
    assert "expected calibration error" in capsys.readouterr().out
    assert main(["calibrate", "--reset", "--library", folder]) == 0
    assert not library.ask("granite").calibrated
    assert library.verify() == []


def test_the_command_says_what_it_cannot_do(asked, tmp_path, capsys):
    library, lines = asked
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, lines[:5])))
    assert main(["calibrate", str(file), "--library", str(library.folder)]) == 2
    assert "at least 40" in capsys.readouterr().err
    assert main(["calibrate", str(file), "--reset", "--library", str(library.folder)]) == 2
    assert "not both" in capsys.readouterr().err
