"""Questions with known answers: how they are read, asked and judged."""

import json

import pytest

from corpus.errors import UsageError
from qa.cli import main
from qa.evaluate import compare, evaluate, load_questions, misquoted
from qa.evaluate.gold import Excerpts, Pages, Quote, find_documents
from qa.progress import Progress
from qa.types import Method

LIGHT = "The lighthouse was built of granite.\n\nIts first keeper was Agnes Orr.\n"
LAKE = "Ships rust on the sand of the dry lake.\n"


@pytest.fixture
def filled(library, docs):
    """A library of two documents, each of one passage."""
    (docs / "far").mkdir()
    (docs / "light.txt").write_text(LIGHT, encoding="utf-8")
    (docs / "far" / "lake.txt").write_text(LAKE, encoding="utf-8")
    library.index(docs)
    return library


@pytest.fixture
def written(tmp_path):
    """Write entries as a questions file and return its path."""

    def write(*entries):
        path = tmp_path / "questions.jsonl"
        lines = [one if isinstance(one, str) else json.dumps(one) for one in entries]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write


def quoted(question, doc, evidence):
    return {"question": question, "doc": doc, "evidence": evidence}


# Reading


def test_each_form_is_read_by_its_keys(written):
    questions = load_questions(
        written(
            {"id": "a", **quoted("Who?", "light.txt", "Agnes Orr")},
            "",
            {"question": "Where?", "doc": "lease.pdf", "pages": [7, 3], "answer": "There"},
            {
                "_id": 9,
                "text": "What?",
                "corpus_id": "lake",
                "references": [
                    {"start_index": 3, "end_index": 5, "content": "ps"},
                    {"start_index": 0, "end_index": 2},
                ],
            },
            quoted("Why?", None, None),
            {"question": "When?"},
        )
    )
    assert [question.id for question in questions] == ["a", "2", "9", "4", "5"]
    assert [question.gold for question in questions] == [
        Quote("light.txt", "Agnes Orr"),
        Pages("lease.pdf", frozenset({3, 7})),
        Excerpts("lake", ((3, 5), (0, 2)), ("ps", "")),
        None,
        None,
    ]
    assert [question.answerable for question in questions] == [True, True, True, False, False]


def test_a_line_ends_with_a_line_feed_alone(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text('\ufeff{"question": "a\u2028b\x85c"}\r\n{"question": "d"}\n', encoding="utf-8")
    assert [question.question for question in load_questions(path)] == ["a\u2028b\x85c", "d"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json", "line 2 is not JSON"),
        ("[" * 100_000, "line 2 is not JSON"),
        ("[1]", "line 2 is not an object"),
        ({"doc": "a.txt", "evidence": "b"}, 'no "question"'),
        ({"question": " "}, 'no "question"'),
        (quoted("Who?", None, "b"), 'no "doc"'),
        (quoted("Who?", 7, "b"), 'no "doc"'),
        (quoted("Who?", "a.txt", " "), '"evidence" or "pages"'),
        ({"question": "Who?", "doc": "a.pdf", "pages": []}, '"evidence" or "pages"'),
        ({"question": "Who?", "doc": "a.pdf", "pages": [0]}, '"evidence" or "pages"'),
        ({"question": "Who?", "doc": "a.pdf", "pages": [True]}, '"evidence" or "pages"'),
        ({"text": "Who?", "corpus_id": "a", "references": [3]}, "start_index"),
        (
            {
                "text": "Who?",
                "corpus_id": "a",
                "references": [{"start_index": 2, "end_index": 2}],
            },
            "start_index",
        ),
        ({"id": "1", "question": "Who?"}, "line 2 has the id '1'"),
    ],
)
def test_a_line_at_fault_is_named(written, line, said):
    with pytest.raises(UsageError, match=r"questions\.jsonl, line 2") as error:
        load_questions(written({"question": "fine"}, line))
    assert said in str(error.value)


def test_a_file_at_fault_is_named(tmp_path, written):
    with pytest.raises(UsageError, match=r"none\.jsonl cannot be read"):
        load_questions(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="holds no questions"):
        load_questions(written("", " "))
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "caf\xe9"}')
    with pytest.raises(UsageError, match="not UTF-8"):
        load_questions(tmp_path / "latin.jsonl")


def test_documents_are_found_by_their_path_its_end_or_their_name():
    documents = ["a/x.txt", "b/x.txt", "mails.zip!2024/y.eml", "z.v2.md"]
    assert find_documents(
        ["a/x.txt", "x.txt", "2024/y.eml", "y.eml", "z.v2", "ext", "", "c/a/x.txt"], documents
    ) == {
        "a/x.txt": ["a/x.txt"],
        "x.txt": ["a/x.txt", "b/x.txt"],
        "2024/y.eml": ["mails.zip!2024/y.eml"],
        "y.eml": ["mails.zip!2024/y.eml"],
        "z.v2": ["z.v2.md"],
        "ext": [],
        "": [],
        "c/a/x.txt": [],
    }


# Quotes


def test_a_hit_is_one_citation_of_the_document_with_the_whole_evidence(filled, written):
    questions = load_questions(
        written(
            quoted("first keeper Agnes Orr", "light.txt", "keeper  was\nAgnes Orr."),
            quoted("ships rust on the dry lake", "light.txt", "Agnes Orr"),
            quoted("ships rust on the sand", "lake.txt", "sand of the river"),
            quoted("ships on the lake", "far/lake.txt", "Ships rust"),
        )
    )
    evaluation = evaluate(filled, questions)
    assert [dict(found) for found in evaluation.values] == [
        {"RR@10": 1.0, "hit@1": 1.0, "hit@5": 1.0, "hit@10": 1.0},
        {"RR@10": 0.5, "hit@1": 0.0, "hit@5": 1.0, "hit@10": 1.0},
        {"RR@10": 0.0, "hit@1": 0.0, "hit@5": 0.0, "hit@10": 0.0},
        {"RR@10": 1.0, "hit@1": 1.0, "hit@5": 1.0, "hit@10": 1.0},
    ]
    assert evaluation.metrics == {
        "nDCG@10": None,
        "R@10": None,
        "R@100": None,
        "RR@10": 0.625,
        "hit@1": 0.5,
        "hit@5": 0.75,
        "hit@10": 0.75,
    }
    assert evaluation.confidence.keys() == {"RR@10", "hit@1", "hit@5", "hit@10"}
    for name, (low, high) in evaluation.confidence.items():
        value = evaluation.metrics[name]
        assert value is not None
        assert low <= value <= high
    assert evaluation.abstention is None
    [_, second, *_] = evaluation.outcomes
    assert [one.right for one in second.returned] == [False, True]
    assert second.returned[0].document == "far/lake.txt"
    assert second.returned[0].quote == LAKE.strip()


def test_what_k_does_not_reach_is_not_reported(filled, written):
    questions = load_questions(written(quoted("first keeper", "light.txt", "Agnes Orr")))
    evaluation = evaluate(filled, questions, k=1)
    assert evaluation.metrics["hit@1"] == 1.0
    assert (evaluation.metrics["hit@5"], evaluation.metrics["RR@10"]) == (None, None)
    assert len(evaluation.outcomes[0].returned) == 1


def test_refusing_and_calibration_count_questions_without_an_answer(filled, written):
    questions = load_questions(
        written(
            quoted("Who was the first keeper?", "light.txt", "Agnes Orr"),
            quoted("first keeper of granite", "lake.txt", "Ships"),
            quoted("quantum lagrangian", None, None),
        )
    )
    evaluation = evaluate(filled, questions)
    assert (evaluation.queries, evaluation.answerable) == (3, 2)
    relevance = [outcome.relevance or 0.0 for outcome in evaluation.outcomes]
    assert min(relevance[:2]) > relevance[2]
    assert evaluation.abstention == {"auroc": 1.0, "precision": 1.0, "recall": 1.0}
    # The second question's document is cited as well, so two of the three have a right citation.
    squares = [(given - hit) ** 2 for given, hit in zip(relevance, (1.0, 1.0, 0.0), strict=True)]
    expected = sum(squares) / 3
    assert evaluation.calibration is not None
    assert evaluation.calibration["brier"] == pytest.approx(expected, abs=1e-4)
    assert evaluation.calibration["brier_constant"] == pytest.approx(2 / 9, abs=1e-4)
    assert 0 <= evaluation.calibration["ece"] <= 1
    assert evaluation.values[2] == {}


def test_questions_all_without_an_answer_measure_nothing_but_time(filled, written):
    evaluation = evaluate(filled, load_questions(written(quoted("quantum", None, None))))
    assert set(evaluation.metrics.values()) == {None}
    assert evaluation.confidence == {}
    assert evaluation.abstention is None
    assert evaluation.main_metric is None
    p50, p95 = (evaluation.seconds_per_query[name] or 0.0 for name in ("p50", "p95"))
    assert 0 < p50 <= p95


def test_progress_is_told_question_by_question(filled, written):
    questions = load_questions(written({"question": "keeper"}, {"question": "lake"}))
    told: list[Progress] = []
    evaluate(filled, questions, method="sparse", on_progress=told.append)
    assert [(p.stage, p.done, p.total) for p in told] == [
        ("asking (sparse)", 1, 2),
        ("asking (sparse)", 2, 2),
    ]


@pytest.mark.parametrize(
    ("settings", "said"), [({"k": 0}, "k is 0"), ({"within_document": True}, "no question names")]
)
def test_wrong_settings_are_said(filled, written, settings, said):
    with pytest.raises(UsageError, match=said):
        evaluate(filled, load_questions(written({"question": "keeper"})), **settings)


def test_a_document_that_is_not_there_is_said(filled, written):
    questions = load_questions(written(quoted("Who?", "dark.txt", "Agnes")))
    with pytest.raises(UsageError, match=r"'dark\.txt', which is not among the documents"):
        evaluate(filled, questions)
    with pytest.raises(UsageError, match="no questions"):
        evaluate(filled, [])


# Pages


def test_a_hit_is_a_citation_from_one_of_the_pages(library, docs, written, two_pages):
    (docs / "lease.pdf").write_bytes(two_pages)
    library.index(docs)
    questions = load_questions(
        written(
            {"question": "signed in spring by the harbour", "doc": "lease.pdf", "pages": [2]},
            {"question": "signed in spring by the harbour", "doc": "lease.pdf", "pages": [1, 9]},
            {"question": "signed in spring by the harbour", "doc": "lease.pdf", "pages": [9]},
        )
    )
    values = evaluate(library, questions).values
    assert [found["RR@10"] for found in values] == [1.0, 0.5, 0.0]


@pytest.fixture
def two_pages(tmp_path):
    """A PDF file of two pages with different words."""
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    path = tmp_path / "two.pdf"
    drawn = canvas.Canvas(str(path), invariant=True)
    for text in ("The house stands on a hill above the town.", "Signed in spring by the harbour."):
        drawn.drawString(72, 700, text)
        drawn.showPage()
    drawn.save()
    return path.read_bytes()


# One document alone


def test_a_question_can_be_asked_of_its_document_alone(filled, written):
    questions = load_questions(
        written(quoted("first keeper", "lake.txt", "Ships"), quoted("first keeper", None, None))
    )
    alone, anywhere = evaluate(filled, questions, within_document=True).outcomes
    assert [one.document for one in alone.returned] == ["far/lake.txt"]
    assert [one.document for one in anywhere.returned] == ["light.txt", "far/lake.txt"]
    first, second = evaluate(filled, questions).outcomes
    assert first.returned[0].document == second.returned[0].document == "light.txt"


# Characters


def excerpt(corpus, *spans):
    references = [{"start_index": start, "end_index": end} for start, end in spans]
    return {"text": "first keeper Agnes Orr", "corpus_id": corpus, "references": references}


def test_characters_of_the_retrieved_passages_are_measured(filled, written):
    start = LIGHT.index("Agnes")
    questions = load_questions(written(excerpt("light", (start, start + 9), (0, 3))))
    whole, lake = len(LIGHT.strip()), len(LAKE.strip())
    evaluation = evaluate(filled, questions)
    assert evaluation.values[0] == {
        "char_R@5": 1.0,
        "char_P@5": pytest.approx(12 / (whole + lake)),
        "char_IoU@5": pytest.approx(12 / (whole + lake)),
    }
    assert evaluation.calibration is None
    [first] = evaluate(filled, questions, k=1).values
    assert first["char_P@1"] == pytest.approx(12 / whole)


def test_excerpts_must_be_where_they_are_said_to_be(filled, written):
    there = excerpt("light", (4, 14))
    there["references"][0]["content"] = "lighthouse"
    assert evaluate(filled, load_questions(written(there))).values[0]["char_R@5"] == 1.0
    there["references"][0]["content"] = "lighthoose"
    with pytest.raises(UsageError, match=r"question 1: light\.txt holds other text"):
        evaluate(filled, load_questions(written(there)))
    with pytest.raises(UsageError, match="holds other text at characters 0 to 999"):
        evaluate(filled, load_questions(written(excerpt("light", (0, 999)))))


def test_an_excerpt_of_one_of_several_documents_is_refused(filled, docs, written):
    (docs / "far" / "light.txt").write_text("Another light.", encoding="utf-8")
    filled.index(docs)
    with pytest.raises(UsageError, match="'light' is the name of 2 documents"):
        evaluate(filled, load_questions(written(excerpt("light", (0, 3)))))


# What cannot be answered


def test_evidence_that_no_named_document_holds_is_found_out(filled, written):
    entries = (
        quoted("Who?", "light.txt", "first \n keeper was  Agnes Orr"),
        quoted("Whose?", "light.txt", "Agnes Or was the keeper"),
        quoted("What rusts?", "light.txt", "Ships rust"),
        quoted("What rusts there?", "lake.txt", "Ships rust"),
        quoted("Is it here?", "nowhere.txt", "Ships rust"),
        {"question": "Nothing?", "doc": None, "evidence": None},
        {"question": "Where?", "doc": "light.txt", "pages": [1]},
    )
    lost = misquoted(filled, load_questions(written(*entries)))
    assert [question.question for question in lost] == ["Whose?", "What rusts?"]


@pytest.mark.parametrize("command", ["evaluate", "tune", "calibrate"])
def test_commands_say_which_questions_can_only_be_missed(filled, written, capsys, command):
    file = written(*(quoted(f"Who was {name}?", "light.txt", name) for name in "ABCD"))
    main([command, str(file), "--library", str(filled.folder)])
    assert capsys.readouterr().err.startswith(
        "qa: the evidence of 3 questions stands in no document named with it, word for word, and "
        "can only be missed: 'Who was B?', 'Who was C?', 'Who was D?'\n"
    )


# Side by side


def test_methods_are_compared_question_by_question(filled, written):
    questions = load_questions(
        written(
            quoted("ships", "light.txt", "Agnes"),
            quoted("keeper", "light.txt", "Agnes"),
            quoted("nothing", None, None),
        )
    )
    settings: list[tuple[Method, int]] = [("dense", 1), ("hybrid", 5)]
    far, near = (evaluate(filled, questions, method=m, k=k) for m, k in settings)
    compared = {one.metric: one for one in compare([near, far])}
    assert compared.keys() == {"hit@1"}
    same = compared["hit@1"]
    assert (same.a, same.b, same.difference, same.p) == ("hybrid", "dense", 0.0, 1.0)
    assert same.to_dict() == {
        "metric": "hit@1",
        "a": "hybrid",
        "b": "dense",
        "difference": 0.0,
        "confidence": [0.0, 0.0],
        "p": 1.0,
    }
    assert compare([near]) == []
