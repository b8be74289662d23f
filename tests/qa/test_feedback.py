"""What readers say of passages: kept, taken back, followed through changes, and measured."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from corpus.errors import LibraryError, UsageError
from corpus.limits import Limits
from qa import doctor
from qa.cli import main
from qa.evaluate import evaluate, load_questions
from qa.evaluate.gold import AnyOf, Quote
from qa.feedback import MOST, Feedback
from qa.labels import LONGEST_EVIDENCE, LONGEST_QUESTION, Label, evidence_of, label_in, line_of
from qa.library import Library
from qa.types import Citation, Scores

LIGHT = "The lighthouse was built of granite in winter.\n\nIts first keeper was Agnes Orr.\n"
LAKE = "Ships rust on the sand of the dry lake.\n"
QUESTION = "Who was the first keeper?"


@pytest.fixture
def filled(library, docs):
    """A library of two documents, each of one passage."""
    (docs / "far").mkdir()
    (docs / "light.txt").write_text(LIGHT, encoding="utf-8")
    (docs / "far" / "lake.txt").write_text(LAKE, encoding="utf-8")
    library.index(docs)
    return library


def cited(library, document, question=QUESTION):
    """Return the citation of a document for a question."""
    citations = library.ask(question).citations
    return next(citation for citation in citations if citation.document == document)


def said(library):
    """Return what the labels say: question, document, answers."""
    return [(label.question, label.doc, label.answers) for label in library.labels()]


def lines(library):
    return [json.loads(line) for line in library.questions.read_text("utf-8").splitlines()]


# Keeping


def test_a_label_is_a_line_that_an_evaluation_reads(filled, docs):
    filled.add_feedback(f"  {QUESTION}\n", cited(filled, "light.txt"), True)
    [entry] = lines(filled)
    citation = cited(filled, "light.txt")
    assert entry == {
        "question": QUESTION,
        "doc": "light.txt",
        "evidence": "Its first keeper was Agnes Orr.",
        "answers": True,
        "passage": citation.id,
        "root": str(docs),
        "sha256": citation.sha256,
        "date": date.today().isoformat(),
    }
    [question] = load_questions(filled.questions)
    assert question.gold == AnyOf((Quote("light.txt", "Its first keeper was Agnes Orr."),))
    assert evaluate(filled, [question]).metrics["RR@10"] == 1.0


def test_the_last_word_counts_once(filled):
    citation = cited(filled, "light.txt")
    for answers in (True, True, False, True):
        filled.add_feedback(QUESTION, citation, answers)
    assert said(filled) == [(QUESTION, "light.txt", True)]
    filled.add_feedback(QUESTION.upper(), replace(citation, number=3), False)
    assert said(filled) == [(QUESTION.upper(), "light.txt", False)]


def test_a_label_is_taken_back(filled):
    for document in ("light.txt", "far/lake.txt"):
        filled.add_feedback(QUESTION, cited(filled, document), document == "light.txt")
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), None)
    assert said(filled) == [(QUESTION, "far/lake.txt", False)]
    filled.withdraw(filled.labels()[0])
    filled.withdraw(Label("never said"))
    assert filled.labels() == []
    assert not filled.questions.exists()


def test_that_nothing_answers_and_that_something_does_exclude_each_other(filled):
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    filled.add_feedback(QUESTION, cited(filled, "far/lake.txt"), False)
    filled.add_feedback("Another?", cited(filled, "light.txt"), True)
    filled.add_feedback(QUESTION, None, False)
    assert said(filled) == [
        (QUESTION, "far/lake.txt", False),
        ("Another?", "light.txt", True),
        (QUESTION, None, False),
    ]
    assert lines(filled)[-1] == {
        "question": QUESTION,
        "doc": None,
        "evidence": None,
        "answers": False,
        "date": date.today().isoformat(),
    }
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    assert (QUESTION, None, False) not in said(filled)
    filled.add_feedback(QUESTION, None, False)
    filled.add_feedback(QUESTION, None, None)
    assert (QUESTION, None, False) not in said(filled)


@pytest.mark.parametrize("question", ["", " \n", "x" * (LONGEST_QUESTION + 1)])
def test_a_question_that_cannot_be_labelled_is_refused(filled, question):
    with pytest.raises(UsageError, match="1 to 4,000 characters"):
        filled.add_feedback(question, None, False)
    with pytest.raises(UsageError, match="name the passage"):
        filled.add_feedback(QUESTION, None, True)
    assert filled.labels() == []


def test_what_no_longer_stands_there_is_not_labelled(filled, docs):
    citation = cited(filled, "light.txt")
    (docs / "light.txt").write_text("The tower is gone.", encoding="utf-8")
    filled.index(docs)
    with pytest.raises(UsageError, match=r"light\.txt has changed"):
        filled.add_feedback(QUESTION, citation, True)
    filled.forget("light.txt")
    with pytest.raises(UsageError, match="no document"):
        filled.add_feedback(QUESTION, citation, True)
    assert filled.labels() == []


def test_text_of_any_kind_is_kept_on_one_line(filled):
    question = 'Who\u2028said "\u202e{{x}}" \ud800 \x00?'
    filled.add_feedback(question, cited(filled, "light.txt"), True)
    assert filled.questions.read_bytes().count(b"\n") == 1
    assert filled.labels()[0].question == 'Who said "\u202e{{x}}" � \x00?'


def test_lines_of_others_stay_as_they_are(filled):
    own = '{ "question" : "By hand?", "doc" : "light.txt", "evidence" : "granite" }'
    filled.questions.write_bytes(f"\ufeff{own}\r\n\n{own[:20]}".encode())
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    kept = [f"\ufeff{own}\r".encode(), own[:20].encode()]
    assert filled.questions.read_bytes().split(b"\n")[:2] == kept
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), None)
    filled.forget("light.txt")
    assert filled.questions.read_bytes().split(b"\n") == [*kept, b""]


@pytest.mark.parametrize(
    "line",
    [
        '{"question": "Who?", "doc": "a", "evidence": "b"}',
        '{"question": "Who?", "doc": "a", "evidence": "b", "answers": 1}',
        '{"question": "Who?", "doc": "a", "evidence": null, "answers": true}',
        '{"question": "Who?", "doc": null, "evidence": null, "answers": true}',
        '{"question": " ", "doc": "a", "evidence": "b", "answers": true}',
        '{"question": ["Who?"], "doc": "a", "evidence": "b", "answers": true}',
        '{"question": "Who?", "doc": "a", "evidence": "b", "answers": true, "root": 3}',
        '{"question": "Who?", "doc": "a", "evid',
        "[" * 100_000,
        "\xff",
    ],
)
def test_what_is_no_label_is_none(line):
    assert label_in(line.encode("latin-1")) is None


def test_a_label_is_what_its_line_says():
    label = Label("Wer?", "ä.txt", "Schöne\nZeit", True, "id", "/root", "0" * 64, "2026-01-02")
    assert label_in(line_of(label)) == label
    assert label_in(line_of(Label("Wer?"))) == Label("Wer?")


def test_there_is_a_limit(filled):
    line = b'{"question": "By hand?", "doc": null, "evidence": null}\n'
    filled.questions.write_bytes(line * MOST)
    with pytest.raises(UsageError, match="remove some first"):
        filled.add_feedback(QUESTION, None, False)
    filled.questions.write_bytes(line * (MOST - 1))
    filled.add_feedback(QUESTION, None, False)
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)  # in its place
    assert said(filled) == [(QUESTION, "light.txt", True)]


def test_a_file_that_cannot_be_read_is_said(filled):
    filled.questions.mkdir()
    with pytest.raises(LibraryError, match="cannot be read"):
        filled.labels()
    with pytest.raises(LibraryError, match="cannot be read"):
        filled.add_feedback(QUESTION, None, False)


def test_several_processes_lose_nothing(tmp_path):
    writer = (
        "import sys\nfrom pathlib import Path\nfrom qa.feedback import Feedback\n"
        "feedback = Feedback(Path(sys.argv[1]))\n"
        "for at in range(20):\n"
        "    feedback.add(f'{sys.argv[2]} asks {at}', None, False, None)\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", writer, str(tmp_path), name]) for name in "abc"
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    asked = sorted(label.question for label in Feedback(tmp_path).labels())
    assert asked == sorted(f"{name} asks {at}" for name in "abc" for at in range(20))
    assert not (tmp_path / ".questions.jsonl").exists()


# Evidence


def marking(text, *sentences):
    """Return a citation of all of a text in which sentences are marked as evidence."""
    spans = [(text.index(one), text.index(one) + len(one)) for one in sentences]
    return Citation(
        1, "id", "a.txt", "/a.txt", "", "", "", None, 0, len(text), text, tuple(spans), 0.5,
        Scores(), "0" * 64,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentences", "evidence"),
    [
        ("It rained. The keeper slept.", ["It rained.", "The keeper slept."], "The keeper slept."),
        ("It rained. The keeper slept.", ["It rained."], "It rained."),
        ("It rained. Yes. No. Yes.", ["Yes."], "It rained. Yes. No. Yes."),
        ("It rained.", [], "It rained."),
        ("x" * 3_000, [], "x" * LONGEST_EVIDENCE),
    ],
)
def test_evidence_is_the_longest_sentence_if_it_stands_there_once(text, sentences, evidence):
    assert evidence_of(marking(text, *sentences), text) == evidence


def test_evidence_holds_when_the_document_is_cut_anew(filled, docs):
    """The label is made of a long passage, and asked for where each sentence is one."""
    words = [f"Sentence {at} tells of matter number {at} and of little else." for at in range(8)]
    text = " ".join(words)
    (docs / "long.txt").write_text(text, encoding="utf-8")
    filled.index(docs)
    citation = cited(filled, "long.txt", "matter number 5")
    assert len(citation.text) > 2 * len(words[5])
    filled.add_feedback("matter number 5", citation, True)
    assert [label.evidence for label in filled.labels()] == [words[5]]


# Following the documents


def test_a_forgotten_document_takes_its_labels_with_it(filled, docs):
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    filled.add_feedback(QUESTION, cited(filled, "far/lake.txt"), False)
    filled.forget("light.txt")
    assert said(filled) == [(QUESTION, "far/lake.txt", False)]
    assert "Agnes" not in filled.questions.read_text("utf-8")
    filled.forget(str(docs))
    assert not filled.questions.exists()


def test_a_deleted_file_and_a_pruned_root_take_their_labels_with_them(filled, docs):
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    filled.add_feedback(QUESTION, cited(filled, "far/lake.txt"), False)
    (docs / "light.txt").unlink()
    receipt = filled.index(docs)
    assert receipt.notes == ("1 label of a passage was dropped: the text is no longer there",)
    assert said(filled) == [(QUESTION, "far/lake.txt", False)]
    shutil.rmtree(docs)
    filled.index()
    assert len(filled.labels()) == 1  # the root may be on a disk that is away
    filled.index(docs, prune=True)
    assert filled.labels() == []


def test_a_label_goes_with_its_renamed_file(filled, docs):
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    (docs / "light.txt").rename(docs / "tower.txt")
    assert filled.index(docs).notes == ()
    assert said(filled) == [(QUESTION, "tower.txt", True)]
    assert evaluate(filled, load_questions(filled.questions)).metrics["RR@10"] == 1.0


def test_a_label_stays_while_its_evidence_does(filled, docs):
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    changed = "A new beginning.\n\n" + LIGHT.replace("keeper was", "keeper\nwas")
    (docs / "light.txt").write_text(changed, encoding="utf-8")
    filled.index(docs)
    assert said(filled) == [(QUESTION, "light.txt", True)]
    assert filled.labels()[0].sha256 == filled.document("light.txt").file.sha256
    (docs / "light.txt").write_text(changed.replace("Agnes", "Anna"), encoding="utf-8")
    filled.index(docs)
    assert filled.labels() == []


def test_an_emptied_file_drops_its_labels_and_one_that_cannot_be_read_does_not(filled, docs):
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    filled.add_feedback(QUESTION, cited(filled, "far/lake.txt"), True)
    (docs / "light.txt").write_bytes(b"")
    (docs / "far" / "lake.txt").write_text(LAKE + LAKE, encoding="utf-8")
    receipt = filled.index(docs, limits=Limits(size=len(LAKE)))
    assert {file.status for file in receipt.files} == {"empty", "failed"}
    assert said(filled) == [(QUESTION, "far/lake.txt", True)]


def test_labels_are_made_to_follow_by_the_next_run_where_one_was_killed(filled, docs):
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    line = filled.questions.read_bytes()
    filled.forget("light.txt")
    filled.questions.write_bytes(line)
    filled.index()
    assert not filled.questions.exists()


def test_doctor_leaves_labels_alone(filled):
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    filled.close()
    assert doctor.examine(filled.folder).findings == []
    (filled.folder / "library.sqlite").write_bytes(b"no database")
    doctor.repair(filled.folder, None)
    with Library.open(filled.folder) as again:
        assert said(again) == [(QUESTION, "light.txt", True)]


# Measuring


def label(question, evidence, answers, doc="light.txt"):
    return {"question": question, "doc": doc, "evidence": evidence, "answers": answers}


def test_labels_of_one_question_are_one_question(tmp_path):
    path = tmp_path / "questions.jsonl"
    entries = [
        label("Who?", "Agnes Orr", True),
        label("Where?", "granite", False),
        label(" who? ", "Ships", True, "far/lake.txt"),
        label("who?", "granite", False),
        {"question": "Why?", "doc": None, "evidence": None, "answers": False},
        {"question": "Who?", "doc": "light.txt", "evidence": "granite"},
    ]
    path.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
    questions = load_questions(path)
    assert [(one.id, one.question, one.docs) for one in questions] == [
        ("1", "Who?", ("light.txt", "far/lake.txt")),
        ("2", "Why?", ()),
        ("3", "Who?", ("light.txt",)),
    ]
    assert [one.answerable for one in questions] == [True, False, True]


def test_any_of_the_passages_that_answer_is_right(filled):
    question = "ships rust on the dry lake"
    for document in ("light.txt", "far/lake.txt"):
        filled.add_feedback(question, cited(filled, document, question), True)
    [asked] = load_questions(filled.questions)
    [outcome] = evaluate(filled, [asked]).outcomes
    assert outcome.relevant_ranks == (1, 2)
    assert (
        str(asked.gold) == "light.txt: " + LIGHT.split("\n")[0] + "; or far/lake.txt: " + LAKE[:-1]
    )
    [alone] = evaluate(filled, [asked], within_document=True).outcomes
    assert len(alone.returned) == 2


def test_without_a_set_the_library_s_own_questions_are_measured(filled, capsys):
    folder = str(filled.folder)
    for command in ("evaluate", "tune"):
        assert main([command, "--library", folder]) == 2
        assert "no questions are labelled in" in capsys.readouterr().err
    filled.add_feedback(QUESTION, cited(filled, "light.txt"), True)
    assert main(["evaluate", "--library", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["hit@1"] == 1.0
    assert main(["tune", "--library", folder]) == 2
    assert "1 questions with an answer are too few" in capsys.readouterr().err
