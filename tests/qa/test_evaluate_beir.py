"""Sets in BEIR layout and TREC run files."""

import json
import os

import pytest

from corpus.errors import UsageError
from qa.evaluate import (
    evaluate,
    evaluate_run,
    load_beir,
    read_run,
    write_documents,
    write_run,
)
from qa.evaluate.gold import Judgments

CORPUS = [
    {"_id": "Light#1", "title": "Lighthouse", "text": "It was built of granite & <b>brass</b>."},
    {"_id": "../lake", "title": "", "text": "Ships rust on the sand.\nThe lake is dry."},
    {"_id": "a b", "text": "Agnes Orr kept the lighthouse for years."},
]
QUERIES = [
    {"_id": "q1", "text": "lighthouse of granite"},
    {"_id": "q2", "text": "ships on the dry lake", "answerable": True},
    {"_id": "q3", "text": "quantum lagrangian", "answerable": False},
    {"_id": "q4", "text": "not judged"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\tLight#1\t2\nq1\ta b\t1\nq1\t../lake\t-1\nq2\tnowhere\t1\n"


def lines(entries):
    return "".join(json.dumps(entry) + "\n" for entry in entries)


@pytest.fixture
def folder(tmp_path):
    """A folder in BEIR layout."""
    place = tmp_path / "tiny"
    (place / "qrels").mkdir(parents=True)
    (place / "corpus.jsonl").write_text(lines(CORPUS), encoding="utf-8")
    (place / "queries.jsonl").write_text(lines(QUERIES), encoding="utf-8")
    (place / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return place


@pytest.fixture
def place(tmp_path):
    """Where documents are written."""
    return tmp_path / "documents"


def evaluated(library, folder, place, **settings):
    """Evaluate a folder in BEIR layout."""
    beir = load_beir(folder)
    ids = write_documents(beir, place)
    library.index(place)
    return evaluate(library, beir.questions, ids=ids, **settings)


# Reading


def test_questions_are_those_that_are_judged_or_have_no_answer(folder):
    beir = load_beir(folder)
    assert [(question.id, question.gold) for question in beir.questions] == [
        ("q1", Judgments({"Light#1": 2, "a b": 1, "../lake": -1})),
        ("q2", Judgments({"nowhere": 1})),
        ("q3", None),
    ]


def test_judgments_of_a_question_without_an_answer_do_not_count(folder):
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q3\ta b\t1\n")
    assert load_beir(folder).questions[2].gold is None


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("queries.jsonl", None, "queries.jsonl cannot be read"),
        ("queries.jsonl", '{"_id": "q1", "text": "a"}\n' * 2, "line 2 has the _id of another"),
        ("queries.jsonl", '{"text": "a"}\n', 'line 1 has no "_id"'),
        ("queries.jsonl", '{"_id": "q1"}\n', 'line 1 has no "text"'),
        ("queries.jsonl", '{"_id": "q1", "text": " "}\n', "cannot be asked"),
        ("queries.jsonl", '{"_id": "q1", "text": "a"}\n', "judges the question 'q2'"),
        ("qrels/test.tsv", None, "test.tsv cannot be read"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "holds no judgments"),
        ("qrels/test.tsv", "q1 0 d 1\n", "line 1 is not a question's id"),
        ("qrels/test.tsv", "q1\td\tmany\n", "line 1 is not a question's id"),
        ("qrels/test.tsv", "q1\td\t2147483647\n", "at most 1000"),
        ("corpus.jsonl", None, "corpus.jsonl cannot be read"),
        ("corpus.jsonl", "\n", "holds no documents"),
        ("corpus.jsonl", '{"_id": "a", "text": "b"}\n' * 2, "line 2 has the _id of another"),
        ("corpus.jsonl", '{"_id": null, "text": "b"}\n', 'line 1 has no "_id"'),
        ("corpus.jsonl", '{"_id": "a", "title": "b"}\n', 'line 1 has no "text"'),
    ],
)
def test_what_is_at_fault_is_named(folder, place, file, text, said):
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        write_documents(load_beir(folder), place)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


# Documents


def test_documents_become_files_that_hold_title_and_text(folder, place, library):
    ids = write_documents(load_beir(folder), place)
    assert list(ids.values()) == ["Light#1", "../lake", "a b"]
    library.index(place)
    found = {ids[info.path]: info for info in library.documents()}
    assert found["Light#1"].title == "Lighthouse"
    light, lake = (library.text(found[name].document) for name in ("Light#1", "../lake"))
    assert light.splitlines()[0] == "Lighthouse"
    assert "It was built of granite & <b>brass</b>." in light
    assert lake.split("\n") == ["Ships rust on the sand.", "The lake is dry."]


def test_only_a_corpus_that_changed_is_written_again(folder, place, library, encoder):
    evaluated(library, folder, place)
    encoder.documents.clear()
    files = sorted(place.rglob("*.html"))
    for file in files:
        os.utime(file, (1, 1))
    past = [file.stat().st_mtime_ns for file in files]
    evaluated(library, folder, place)
    assert [file.stat().st_mtime_ns for file in files] == past
    assert encoder.documents == []

    changed = [CORPUS[0], {**CORPUS[1], "text": "Ships float again."}]
    (folder / "corpus.jsonl").write_text(lines(changed), encoding="utf-8")
    ids = write_documents(load_beir(folder), place)
    assert sorted(map(str, place.rglob("*.html"))) == sorted(ids) == [str(f) for f in files[:2]]
    assert files[0].stat().st_mtime_ns == past[0]
    assert "float again" in files[1].read_text(encoding="utf-8")


def test_a_write_that_was_cut_short_is_done_again(folder, place):
    beir = load_beir(folder)
    ids = write_documents(beir, place)
    stamp = place.with_name(place.name + ".sha256")
    stamp.unlink()
    (place / "000" / "001.html").write_text("half")
    write_documents(beir, place)
    assert "Ships rust" in (place / "000" / "001.html").read_text(encoding="utf-8")
    for file in place.rglob("*.html"):
        file.unlink()
    (place / "000").rmdir()
    place.rmdir()
    assert write_documents(beir, place) == ids
    assert len(list(place.rglob("*.html"))) == 3


def test_documents_of_any_characters_can_be_written(folder, place, library):
    strange = [
        {"_id": "\ud800", "title": "\x00\ud800</title>", "text": "\udcff \u2028 <p> \x1b[2J"}
    ]
    (folder / "corpus.jsonl").write_text(lines(strange), encoding="utf-8")
    ids = write_documents(load_beir(folder), place)
    assert list(ids.values()) == ["\ud800"]
    assert [file.status for file in library.index(place).files] == ["added"]


# Measuring


def test_judged_documents_are_ranked_by_their_best_passage(library, folder, place):
    evaluation = evaluated(library, folder, place, method="dense")
    first, second, third = evaluation.outcomes
    # The question shares two words of four with the first title and text, one with the third.
    assert first.ranking[:2] == ("Light#1", "a b")
    assert sorted(first.ranking) == sorted(["Light#1", "../lake", "a b"])
    assert evaluation.values[0] == dict.fromkeys(
        ("nDCG@10", "R@10", "R@100", "RR@10", "hit@1", "hit@5", "hit@10"), 1.0
    )
    assert set(evaluation.values[1].values()) == {0.0}
    assert (third.ranking, evaluation.values[2]) == ((), {})
    assert evaluation.metrics["nDCG@10"] == 0.5
    assert (evaluation.queries, evaluation.answerable) == (3, 2)
    assert (first.hit, second.hit, third.hit) == (True, False, False)
    assert evaluation.abstention["auroc"] == 1.0
    assert first.returned[0].location == "Light#1"
    assert first.returned[0].right


def test_enough_documents_are_ranked_however_many_passages_they_have(library, folder, place):
    long = " ".join(f"The keeper wrote line {at} of the diary." for at in range(150))
    corpus = [{"_id": "long", "text": long}]
    corpus += [{"_id": f"d{at}", "text": f"A keeper, {at}."} for at in range(120)]
    (folder / "corpus.jsonl").write_text(lines(corpus), encoding="utf-8")
    (folder / "queries.jsonl").write_text(lines([{"_id": "q", "text": "the diary of the keeper"}]))
    (folder / "qrels" / "test.tsv").write_text("q\tlong\t1\nq\tnowhere\t1\n")
    evaluation = evaluated(library, folder, place, method="dense")
    [ranking] = (outcome.ranking for outcome in evaluation.outcomes)
    assert len(ranking) == len(set(ranking)) == 100
    passages = library.rank("the diary of the keeper", k=100, method="dense")
    assert len({passage.file.path for passage in passages}) < 100
    assert ranking[0] == "long"


def test_rank_gives_the_passages_that_are_cited(library, folder, place):
    evaluated(library, folder, place)
    for method in ("hybrid", "dense", "sparse"):
        hits = library.search("lighthouse of granite", k=3, method=method)
        ranked = library.rank("lighthouse of granite", k=3, method=method)
        assert ranked == [hit.stored for hit in hits]


# Runs


def test_a_run_written_and_read_measures_the_same(library, folder, place, tmp_path):
    (folder / "corpus.jsonl").write_text(lines(CORPUS[:2]), encoding="utf-8")
    evaluation = evaluated(library, folder, place)
    write_run(tmp_path / "run.trec", evaluation)
    first = (tmp_path / "run.trec").read_text().splitlines()[0]
    assert first == "q1 Q0 Light#1 1 1.000000 hybrid"
    run = read_run(tmp_path / "run.trec")
    assert run.name == "hybrid"
    again = evaluate_run(run, load_beir(folder).questions)
    assert again.values == tuple(
        {name: value for name, value in found.items() if name != "hit@10"}
        for found in evaluation.values[:2]
    )
    assert (again.queries, again.answerable) == (2, 2)
    assert (again.abstention, again.calibration) == (None, None)
    assert again.seconds_per_query == {"p50": None, "p95": None}


def test_a_question_that_a_run_does_not_rank_counts_zero(folder, tmp_path):
    (tmp_path / "run").write_text("q1\tQ0\tLight#1\t7\t-3.5e0\tother\n\nq9 Q0 x 1 1 other\n")
    evaluation = evaluate_run(read_run(tmp_path / "run"), load_beir(folder).questions)
    assert evaluation.method == "other"
    assert [found["RR@10"] for found in evaluation.values] == [1.0, 0.0]
    assert evaluation.metrics["R@10"] == 0.25


def test_the_score_ranks_and_ties_go_by_name_from_the_end(tmp_path):
    (tmp_path / "run").write_text("q Q0 a 1 1 r\nq Q0 c 2 1 r\nq Q0 b 3 1 r\nq Q0 é 4 2 r\n")
    assert read_run(tmp_path / "run").ranking("q") == ("é", "c", "b", "a")
    assert read_run(tmp_path / "run").ranking("none") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("q Q0 d 1 0.5\n", "line 1 is not of six columns"),
        ("q Q0 d 1 high r\n", "'high', which is no number"),
        ("q Q0 d 1 nan r\n", "'nan', which is no number"),
        ("q Q0 d 1 2 r\nq Q0 d 2 1 r\n", "line 2 ranks 'd' a second time"),
        ("q9 Q0 d 1 2 r\n", "ranks no question of this set"),
    ],
)
def test_what_is_wrong_with_a_run_is_said(folder, tmp_path, text, said):
    (tmp_path / "run").write_text(text)
    with pytest.raises(UsageError, match=said):
        evaluate_run(read_run(tmp_path / "run"), load_beir(folder).questions)
    with pytest.raises(UsageError, match="cannot be read"):
        read_run(tmp_path / "none")


def test_a_run_cannot_hold_an_id_with_white_space(library, folder, place, tmp_path):
    evaluation = evaluated(library, folder, place)
    with pytest.raises(UsageError, match=r"'a b'.*white space"):
        write_run(tmp_path / "run.trec", evaluation)
    assert not (tmp_path / "run.trec").exists()
