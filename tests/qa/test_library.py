"""Index, then ask: what comes back is right, checkable, and costs no more than it must."""

import hashlib
import os
import re
import shutil
import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import LibraryError, ModelError, UsageError
from corpus.sentences import split_sentences
from embeddings.analyzer import count_terms
from qa.library import Library
from qa.progress import Progress
from qa.relevance import load_relevance_model
from qa.types import Citation
from tests.fakes import fake_model, fake_models

LIGHTHOUSE = """The lighthouse of Skerry Point was built of granite. It took six years.

Its first keeper was Agnes Orr. She kept a weather diary for thirty one years. \
Meteorologists still use it today.

The lamp burned colza oil until paraffin came. A mercury bath carries the lens.

Volunteers open the tower on Saturdays from May to September. Dogs wait below.
"""
LAKE = (
    "# Aral Sea\n\nThe lake lost its water to cotton.\n\n## Ships\n\nShips rust on the sand now.\n"
)


@pytest.fixture
def write(docs):
    """Write a file among the documents."""

    def write(name, content, folder=docs):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def age(path, seconds=3600):
    """Make a file look as if it had been written long ago."""
    then = time.time_ns() - seconds * 10**9
    os.utime(path, ns=(then, then))


def statuses(receipt):
    return {report.path: report.status for report in receipt.files}


def cited(library, question, **options):
    return [c.document for c in library.ask(question, **options).citations]


# Answers


def test_a_citation_is_the_slice_it_says_and_can_be_checked(library, write, docs):
    write("sea/lake.md", LAKE)
    path = write("light.txt", LIGHTHOUSE)
    library.index(docs)
    answer = library.ask("Who was the first keeper?", k=50)
    with library._store.view() as view:
        assert len(answer.citations) == view.passages > 3
    for citation in answer.citations:
        file = docs / citation.document
        assert citation.path == str(file)
        text = library.text(citation.document)
        assert text == file.read_text(encoding="utf-8")
        assert citation.text == text[citation.start : citation.end] != ""
        file_digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert citation.sha256 == file_digest
        text_digest = hashlib.sha256(citation.text.encode()).hexdigest()
        span = f"{citation.start}-{citation.end}"
        assert citation.id == f"{file_digest[:16]}.{span}.{text_digest[:8]}"
        assert re.fullmatch(r"[0-9a-f]{16}\.\d+-\d+\.[0-9a-f]{8}", citation.id)
        for start, end in citation.highlights:
            assert citation.start <= start < end <= citation.end
            assert (start, end) in split_sentences(text)
        for start, end in citation.words:
            assert any(a <= start < end <= b for a, b in citation.highlights)
    assert path.name in answer.citations[0].location
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert len({c.id for c in answer.citations}) == len(answer.citations)


def test_the_passage_and_the_sentence_that_answer_come_first(library, write, docs):
    write("lake.md", LAKE)
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    for question, sentence in [
        ("Who was the first keeper?", "Its first keeper was Agnes Orr."),
        ("What carries the lens?", "A mercury bath carries the lens."),
        ("Which ships rust on the sand?", "Ships rust on the sand now."),
    ]:
        answer = library.ask(question)
        first = answer.citations[0]
        [(start, end)] = first.highlights
        assert library.text(first.document)[start:end] == sentence
        assert answer.answered
        assert answer.question == question
        judged = [hit.signals for hit in library.search(question)]
        model = library.relevance_model()
        assert answer.relevance == pytest.approx(model.of_answer(judged), abs=1e-4)


def test_offsets_count_code_points_of_the_decoded_file(library, write, docs):
    text = "\U0001f5fc \U0001f5fc\r\n\r\nCafé «été» öffnet spät.\r\n\r\nThe keeper sleeps.\r\n"
    write("a.txt", text)
    library.index(docs)
    [citation] = library.ask("keeper").citations
    [(start, end)] = citation.highlights
    assert text[start:end] == "The keeper sleeps."
    assert library.text("a.txt") == text


@pytest.mark.parametrize("method", ["hybrid", "dense", "sparse"])
def test_k_is_how_many_come_and_a_larger_k_only_adds(library, write, docs, method):
    write("lake.md", LAKE)
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    everything = library.ask("keeper of the lens", k=1000, method=method).citations
    for k in range(1, len(everything) + 1):
        some = library.ask("keeper of the lens", k=k, method=method).citations
        assert [c.id for c in some] == [c.id for c in everything[:k]]


def test_a_question_the_documents_do_not_answer_still_gets_the_nearest(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    answer = library.ask("Quantum chromodynamics lagrangian?", k=2)
    assert not answer.answered
    assert answer.relevance < load_relevance_model().threshold
    assert len(answer.citations) == 2


def test_a_method_tells_only_the_scores_it_asked_for(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    for method, given_scores in [
        ("hybrid", {"dense", "sparse", "sentence"}),
        ("dense", {"dense", "sentence"}),
        ("sparse", {"sparse", "sentence"}),
    ]:
        for citation in library.ask("first keeper", method=method).to_dict()["citations"]:
            scores = citation["scores"]
            assert {name for name, score in scores.items() if score is not None} == given_scores
            assert -1 <= scores["sentence"] <= 1.001
            assert 0 <= citation["relevance"] <= 1


@pytest.mark.parametrize("method", ["dense", "sparse"])
def test_citations_of_one_score_are_in_its_order(library, write, docs, method):
    write("lake.md", LAKE)
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    found = library.ask("the keeper of the tower", k=50, method=method).citations
    scores = [getattr(c.scores, method) for c in found]
    assert scores == sorted(scores, reverse=True)


def test_title_section_and_place_are_those_of_the_document(library, write, docs):
    write("lake.md", LAKE)
    write("notes_on-it.txt", "Stairs of granite.\n")
    library.index(docs)
    ships = library.ask("ships rust").citations[0]
    assert (ships.title, ships.page) == ("Aral Sea", None)
    assert ships.section.endswith("Ships")
    assert "lake.md" in ships.location
    assert library.ask("granite").citations[0].title == "notes on it"


@pytest.mark.parametrize("question", ["???", "\0", "the", "keeper " * 3000, "Schlüssel\u202e?"])
def test_odd_questions_are_answered_like_others(library, write, docs, question):
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    assert len(library.ask(question, k=2).citations) == 2


def test_passages_that_are_encoded_alike_keep_their_own_sentences(library, write, docs):
    write("a.txt", "Alpha.\nOne here. Two there.")
    write("b.html", "<html><title>Alpha.</title><body><p>One here. Two there.</p></body></html>")
    library.index(docs)
    answer = library.ask("two there")
    assert {c.document for c in answer.citations} == {"a.txt", "b.html"}
    for citation in answer.citations:
        [(start, end)] = citation.highlights
        assert library.text(citation.document)[start:end] == "Two there."


# What is asked wrongly


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"question": ""}, "empty"),
        ({"question": " \n\t"}, "empty"),
        ({"k": 0}, "k is 0"),
        ({"k": -3}, "k is -3"),
        ({"method": "best"}, "unknown method 'best'"),
    ],
)
def test_a_wrong_request_is_refused_in_one_line(library, write, docs, options, said):
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    with pytest.raises(UsageError, match=said) as refused:
        library.ask(**{"question": "keeper", **options})
    assert "\n" not in str(refused.value)


def test_a_path_that_is_not_there_is_refused_and_nothing_is_indexed(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    with pytest.raises(UsageError, match=r"no file or folder .*missing"):
        library.index([docs, docs / "missing"])
    assert library.documents() == []


def test_an_empty_folder_gives_an_empty_receipt_and_nothing_to_ask(library, docs):
    receipt = library.index(docs)
    assert (receipt.files, receipt.passages) == ((), 0)
    with pytest.raises(UsageError, match="nothing to search"):
        library.ask("keeper")
    assert library.documents() == []


def test_an_unknown_document_is_refused(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    with pytest.raises(UsageError, match=r"no document 'dark\.txt'"):
        library.text("dark.txt")


# Opening


def test_a_library_that_is_not_there_is_made_only_when_asked(encoder, tmp_path):
    with pytest.raises(LibraryError, match=r"no library in .*qa index"):
        Library.open(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()
    Library.open(tmp_path / "none").close()
    Library.open(tmp_path / "none", create=False).close()


def test_a_folder_with_other_files_is_not_taken_over(encoder, docs):
    (docs / "letter.txt").write_text("Dear Sir", encoding="utf-8")
    with pytest.raises(LibraryError, match="holds other files"):
        Library.open(docs)
    assert [path.name for path in docs.iterdir()] == ["letter.txt"]


def test_a_file_in_the_place_of_a_library_is_refused(encoder, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(LibraryError, match="cannot hold a library"):
        Library.open(tmp_path / "file")


def test_another_model_is_refused_and_the_same_one_by_name_is_not(encoder, tmp_path):
    Library.open(tmp_path / "library").close()
    Library.open(tmp_path / "library", model="bag-of-words").close()
    with pytest.raises(LibraryError, match="made with the model 'bag-of-words'"):
        Library.open(tmp_path / "library", model="another")
    Library.open(tmp_path / "second", model="another").close()
    with pytest.raises(LibraryError, match="made with the model 'another'"):
        Library.open(tmp_path / "second", model="bag-of-words")


def test_an_unknown_model_is_refused_and_leaves_no_library_behind(encoder, tmp_path):
    with pytest.raises(ModelError, match="unknown model"):
        Library.open(tmp_path / "library", model="nonsense")
    assert not (tmp_path / "library").exists()


def test_a_model_that_has_changed_since_is_refused_when_it_is_needed(
    library, write, docs, monkeypatch
):
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    monkeypatch.setattr("qa.models.find_model", lambda name=None: fake_model("another"))
    with Library.open(library.folder) as opened:
        assert opened.documents()
        with pytest.raises(LibraryError, match="another version of the model"):
            opened.ask("keeper")


def test_a_library_answers_the_same_after_it_is_opened_again(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    before = library.ask("keeper").citations
    library.close()
    with Library.open(library.folder, create=False) as opened:
        assert opened.ask("keeper").citations == before


def test_many_may_open_a_new_library_at_once(encoder, tmp_path):
    faults, gate = [], threading.Barrier(8)

    def run():
        gate.wait()
        try:
            Library.open(tmp_path / "library").close()
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


@pytest.mark.parametrize("left", [["writer.lock", "writer.json"], ["library.sqlite"]])
def test_a_library_whose_making_was_cut_short_is_made_anew(encoder, tmp_path, write, docs, left):
    folder = tmp_path / "library"
    folder.mkdir()
    for name in left:
        (folder / name).touch()
    write("light.txt", LIGHTHOUSE)
    with Library.open(folder) as opened:
        opened.index(docs)
        assert opened.ask("keeper").answered


def test_a_damaged_snapshot_changes_no_answer(library, write, docs):
    for at in range(5):
        write(f"{at}.txt", LIGHTHOUSE.replace("granite", f"granite {at}"))
    library.index(docs)
    before = library.ask("granite 3 keeper", k=30).citations
    for path in (library.folder / "snapshots").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-3])
    with Library.open(library.folder) as opened:
        assert opened.ask("granite 3 keeper", k=30).citations == before
    shutil.rmtree(library.folder / "snapshots")
    with Library.open(library.folder) as opened:
        assert opened.ask("granite 3 keeper", k=30).citations == before


# Staying equal to the disk, at the least cost


def test_a_second_run_embeds_nothing(library, encoder, write, docs):
    write("light.txt", LIGHTHOUSE)
    write("lake.md", LAKE)
    first = library.index(docs)
    assert statuses(first) == {"light.txt": "added", "lake.md": "added"}
    assert encoder.documents
    encoder.documents.clear()
    for _ in range(2):
        again = library.index(docs)
        assert statuses(again) == {"light.txt": "unchanged", "lake.md": "unchanged"}
        assert again.passages == first.passages
    assert encoder.documents == []


def test_an_old_file_is_not_even_opened_again(library, encoder, write, docs):
    path = write("light.txt", LIGHTHOUSE)
    age(path)
    library.index(docs)
    state = path.stat()
    path.write_text(LIGHTHOUSE.swapcase(), encoding="utf-8")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))  # what no size or time can tell
    assert statuses(library.index(docs)) == {"light.txt": "unchanged"}
    assert library.text("light.txt") == LIGHTHOUSE


def test_a_young_file_is_read_again_though_size_and_time_are_the_same(library, write, docs):
    path = write("light.txt", LIGHTHOUSE)
    library.index(docs)
    state = path.stat()
    path.write_text(LIGHTHOUSE.replace("Agnes", "Edith"), encoding="utf-8")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    assert statuses(library.index(docs)) == {"light.txt": "updated"}
    assert "Edith Orr" in library.ask("first keeper").citations[0].text


def test_a_new_time_alone_changes_nothing(library, encoder, write, docs):
    path = write("light.txt", LIGHTHOUSE)
    library.index(docs)
    encoder.documents.clear()
    for seconds in (7200, 3600):
        age(path, seconds)
        assert statuses(library.index(docs)) == {"light.txt": "unchanged"}
    assert encoder.documents == []


def test_renaming_and_copying_embed_nothing(library, encoder, write, docs):
    path = write("light.txt", LIGHTHOUSE)
    library.index(docs)
    encoder.documents.clear()
    path.rename(docs / "tower.txt")
    assert statuses(library.index(docs)) == {"tower.txt": "added", "light.txt": "removed"}
    shutil.copy(docs / "tower.txt", docs / "copy.txt")
    library.index(docs)
    assert encoder.documents == []
    assert {info.document for info in library.documents()} == {"tower.txt", "copy.txt"}
    first = library.ask("first keeper").citations[0]
    assert (first.document, [copy.document for copy in first.copies]) == ("copy.txt", ["tower.txt"])


def test_an_edit_embeds_only_the_passages_it_changed(library, encoder, write, docs):
    paragraphs = [f"Paragraph {n} tells of item{n}. " + "Many plain words. " * 12 for n in range(9)]
    write("long.txt", "\n\n".join(paragraphs))
    first = library.index(docs)
    assert first.passages >= 9
    encoder.documents.clear()
    write("long.txt", "\n\n".join([*paragraphs[:-1], paragraphs[-1] + " One thing more."]))
    assert statuses(library.index(docs)) == {"long.txt": "updated"}
    assert encoder.documents
    assert not any("item1." in text for text in encoder.documents)
    whole = [text for text in encoder.documents if text.count(".") > 2]
    assert len(whole) <= 2, "only the last passages are new"
    assert "One thing more." in library.ask("one thing more").citations[0].text


def test_a_deleted_file_disappears_from_answers_and_from_disk(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    gone = write("lake.md", LAKE)
    library.index(docs)
    assert "lake.md" in cited(library, "ships rust on the sand")
    gone.unlink()
    receipt = library.index(docs)
    assert statuses(receipt) == {"light.txt": "unchanged", "lake.md": "removed"}
    assert set(cited(library, "ships rust on the sand", k=50)) == {"light.txt"}
    with library._store.view() as view:
        assert view.statistics(list(count_terms("cotton rust"))).frequencies.tolist() == [0, 0]
        assert receipt.passages == view.passages
    assert library._store.count_without_sentences() == 0


def test_a_file_that_comes_back_is_answered_from_again(library, write, docs):
    path = write("lake.md", LAKE)
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    path.unlink()
    library.index(docs)
    write("lake.md", LAKE)
    assert statuses(library.index(docs))["lake.md"] == "added"
    assert cited(library, "ships rust on the sand")[0] == "lake.md"


def test_broken_files_are_named_and_stop_no_other(library, write, docs, unreadable):
    write("a.pdf", b"%PDF-1.7 and then nothing that makes sense")
    write("b.docx", b"PK\x03\x04 no archive")
    write("c.xyz", b"\x00\x01\x02 no text \xff")
    (docs / "d.txt").symlink_to(unreadable)
    write("e.txt", "")
    write("f.txt", " \n\n ")
    write("light.txt", LIGHTHOUSE)
    receipt = library.index(docs)
    failed = {"a.pdf", "b.docx", "d.txt"}
    assert statuses(receipt) == {
        **dict.fromkeys(failed, "failed"),
        "c.xyz": "skipped",
        "e.txt": "empty",
        "f.txt": "empty",
        "light.txt": "added",
    }
    assert {report.path for report in receipt.failed} == failed
    for report in receipt.files:
        assert bool(report.reason) == (report.status != "added")
        assert "\n" not in (report.reason or "")
    assert [info.document for info in library.documents()] == ["light.txt"]
    assert statuses(library.index(docs)) == {**statuses(receipt), "light.txt": "unchanged"}


def test_a_name_that_is_no_unicode_is_reported_and_stops_no_other(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    (docs / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"oil and lens")
    for expected in ("added", "unchanged"):
        receipt = library.index(docs)
        assert statuses(receipt)["light.txt"] == expected
        [other] = [report for report in receipt.files if report.path != "light.txt"]
        assert other.status == "failed"
        assert "Unicode" in (other.reason or "")
        str(receipt.to_dict()).encode()  # it can be printed
    assert library.ask("keeper").answered


def test_a_file_that_becomes_unreadable_is_reported_until_it_can_be_read(
    library, write, docs, unreadable
):
    path = write("light.txt", LIGHTHOUSE)
    write("lake.md", LAKE)
    library.index(docs)
    path.unlink()
    path.symlink_to(unreadable)
    receipt = library.index(docs)
    assert statuses(receipt) == {"lake.md": "unchanged", "light.txt": "failed"}
    [report] = receipt.failed
    assert "cannot be opened" in (report.reason or "")
    path.unlink()
    write("light.txt", LIGHTHOUSE.replace("Agnes", "Edith"))
    assert statuses(library.index(docs))["light.txt"] == "updated"
    assert "Edith Orr" in library.ask("first keeper").citations[0].text


def test_a_good_file_that_breaks_is_no_longer_cited(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    write("lake.md", LAKE)
    library.index(docs)
    write("light.txt", b"%PDF-1.7 broken")
    assert statuses(library.index(docs))["light.txt"] == "failed"
    assert set(cited(library, "first keeper", k=50)) == {"lake.md"}
    write("light.txt", "")
    assert statuses(library.index(docs))["light.txt"] == "empty"
    write("light.txt", LIGHTHOUSE)
    assert statuses(library.index(docs))["light.txt"] == "added"


def test_roots_are_kept_apart(library, write, docs, tmp_path):
    other = tmp_path / "other"
    write("light.txt", LIGHTHOUSE)
    write("same.txt", "The keeper of the first root.")
    write("same.txt", "The keeper of the second root.", other)
    library.index([docs, other])
    assert {info.root for info in library.documents()} == {str(docs), str(other)}
    (docs / "light.txt").unlink()
    (other / "same.txt").unlink()
    receipt = library.index(other)
    assert statuses(receipt) == {"same.txt": "removed"}
    assert set(cited(library, "first keeper", k=50)) == {"light.txt", "same.txt"}
    assert library.text("same.txt") == "The keeper of the first root."


def test_a_document_in_two_roots_is_told_by_its_full_path(library, write, docs, tmp_path):
    other = tmp_path / "other"
    first = write("same.txt", "The keeper of the first root.")
    second = write("same.txt", "The keeper of the second root.", other)
    library.index([docs, other])
    with pytest.raises(UsageError, match="several roots") as refused:
        library.text("same.txt")
    assert str(first) in str(refused.value)
    assert str(second) in str(refused.value)
    for citation in library.ask("keeper root").citations:
        assert library.text(citation.path) == Path(citation.path).read_text(encoding="utf-8")


def test_a_single_file_is_a_root(library, write, docs):
    path = write("light.txt", LIGHTHOUSE)
    write("lake.md", LAKE)
    assert statuses(library.index(path)) == {"light.txt": "added"}
    [citation] = library.ask("keeper", k=1).citations
    assert (citation.document, citation.path) == ("light.txt", str(path))


def test_a_file_named_as_its_folder_keeps_its_path(library, write, docs):
    path = write("notes/notes", "The keeper sleeps.")
    library.index(docs / "notes")
    assert library.ask("keeper").citations[0].path == str(path)


def test_the_same_root_twice_or_by_a_link_is_one(library, write, docs, tmp_path):
    write("light.txt", LIGHTHOUSE)
    (tmp_path / "link").symlink_to(docs)
    assert len(library.index([docs, str(docs), tmp_path / "link"]).files) == 1
    assert len(library.documents()) == 1


def test_a_library_inside_its_own_root_does_not_index_itself(encoder, write, docs):
    write("light.txt", LIGHTHOUSE)
    with Library.open(docs / "kept" / "library") as library:
        for status in ("added", "unchanged"):
            assert statuses(library.index(docs)) == {"light.txt": status}


def test_a_run_that_is_interrupted_keeps_what_was_done_and_goes_on(library, encoder, write, docs):
    for at in range(270):  # more than are encoded at a time
        write(f"{at}.txt", f"Keeper number {at} sleeps. Dogs wait below.")

    def stop(progress):
        if progress.stage == "sentences" and progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.index(docs, on_progress=stop)
    first = library.ask("keeper number 33").citations[0]
    assert first.document == "33.txt", "passages are searchable before their sentences"
    encoded = len(encoder.documents)
    assert library.index(docs).passages
    assert 0 < len(encoder.documents) - encoded < encoded
    assert library._store.count_without_sentences() == 0
    encoder.documents.clear()
    library.index(docs)
    assert encoder.documents == []


def test_progress_is_told_for_every_stage_up_to_its_end(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    write("lake.md", LAKE)
    told: list[Progress] = []
    library.index(docs, on_progress=told.append)
    for stage in ("reading", "embedding", "sentences"):
        own = [progress for progress in told if progress.stage == stage]
        assert own[-1].done == own[-1].total, stage
        assert [p.done for p in own] == sorted(p.done for p in own)


def test_a_library_that_is_asked_while_it_grows_gives_whole_answers(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    library.index(docs)
    faults: list[Citation] = []
    done = threading.Event()

    def keep_asking():
        with Library.open(library.folder) as reader:
            while not done.is_set():
                found = reader.ask("first keeper", k=5).citations
                faults.extend(c for c in found if "keeper" not in reader.text(c.document))

    threads = [threading.Thread(target=keep_asking) for _ in range(2)]
    for thread in threads:
        thread.start()
    for at in range(6):
        write(f"{at}.txt", f"{LIGHTHOUSE}\n\nkeeper {at}")
        library.index(docs)
    done.set()
    for thread in threads:
        thread.join()
    assert faults == []


# Any sequence of edits leaves what a fresh library would hold

edits = st.lists(
    st.tuples(
        st.sampled_from(["a.txt", "b.md", "sub/c.txt", "d.html"]),
        st.sampled_from(
            [
                None,  # delete
                "",
                "The keeper of the tower.",
                "# Tower\n\nThe keeper. The oil.\n\n## Lens\n\nThe lens of the tower turns.",
                "<p>The keeper of the tower.</p><p>Oil for the lens.</p>",
                "%PDF-1.4 broken",
                "Reef. " * 90 + "Keeper.",
            ]
        ),
        st.booleans(),  # whether the library is brought up to date afterwards
    ),
    min_size=1,
    max_size=6,
)
QUESTIONS = ("Who is the keeper of the tower?", "oil lens on a reef")


@settings(max_examples=8, deadline=None)
@given(edits)
def test_after_any_edits_answers_are_those_of_a_fresh_library(changes):
    with tempfile.TemporaryDirectory() as name, fake_models():
        docs = Path(name) / "docs"
        docs.mkdir()
        with Library.open(Path(name) / "grown") as grown, Library.open(Path(name) / "new") as new:
            for path, content, sync in changes:
                edit(docs / path, content)
                if sync:
                    grown.index(docs)
            grown_receipt, new_receipt = grown.index(docs), new.index(docs)
            assert grown_receipt.passages == new_receipt.passages
            assert grown.documents() == new.documents()
            if not new.documents():
                return
            for question in QUESTIONS:
                for method in ("hybrid", "dense", "sparse"):
                    ours = grown.ask(question, k=20, method=method).citations
                    theirs = new.ask(question, k=20, method=method).citations
                    assert ours == theirs, (question, method)


def edit(path, content):
    path.parent.mkdir(exist_ok=True)
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(content, encoding="utf-8")


def test_files_without_text_are_told_with_the_reason(library, write, docs):
    write("light.txt", LIGHTHOUSE)
    write("blank.txt", " \n")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    library.index(docs)
    told = {report.path: (report.status, report.reason) for report in library.unread()}
    assert told.keys() == {"blank.txt", "broken.pdf"}
    assert told["blank.txt"] == ("empty", "no text")
    assert told["broken.pdf"][0] == "failed"
