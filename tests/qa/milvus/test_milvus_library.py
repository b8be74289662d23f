"""A library in Milvus from outside: the same commands and answers as of one in a folder."""

import json

import pytest

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

from corpus.errors import LibraryError
from qa import doctor
from qa.backends import STORE
from qa.cli import main
from qa.library import Library
from qa.milvus.store import MilvusStore
from tests.milvus import address_for, connection_for, free_port

pytestmark = [pytest.mark.slow, pytest.mark.long]

TEXTS = {
    "tower.txt": "The tower of the lighthouse is built of granite. It was lit in 1844.",
    "keeper.txt": "The keeper climbs the tower each evening. She fills the lamp with oil.",
    "lens.txt": "A lens of glass gathers the light. Nobody may touch it but the keeper.",
}
QUESTIONS = ("Who fills the lamp?", "What is the tower built of?", '"touch it" lens', "zebra")


@pytest.fixture
def written(docs):
    for name, text in TEXTS.items():
        (docs / name).write_text(text)
    return docs


@pytest.fixture
def address(tmp_path):
    return address_for(tmp_path)


def collections_of(library):
    assert isinstance(library._store, MilvusStore)
    return library._store.collections


def citations(library, question):
    found = library.ask(question)
    return found.answered, [
        (c.document, c.start, c.end, c.text, c.highlights, c.scores) for c in found.citations
    ]


def test_it_answers_as_a_library_in_a_folder_does(encoder, written, address, tmp_path):
    with (
        Library.open(tmp_path / "one") as one,
        Library.open(tmp_path / "other", store=address) as other,
    ):
        for library in (one, other):
            library.index(written)
        for question in QUESTIONS:
            for within in ((), ("tower.txt", "lens.txt")):
                assert [c.text for c in one.ask(question, within=within).citations] == [
                    c.text for c in other.ask(question, within=within).citations
                ]
            assert citations(one, question) == citations(other, question)
        assert one.documents() == other.documents()
        assert other.verify() == []


def test_changes_are_followed_and_renamed_files_are_not_encoded_again(
    encoder, written, address, tmp_path
):
    with Library.open(tmp_path / "library", store=address) as library:
        library.index(written)
        encoded = len(encoder.documents)
        (written / "keeper.txt").rename(written / "renamed.txt")
        (written / "lens.txt").unlink()
        receipt = library.index(written)
        assert receipt.counts == {"added": 1, "removed": 2, "unchanged": 1}
        assert len(encoder.documents) == encoded
        assert [info.document for info in library.documents()] == ["renamed.txt", "tower.txt"]
        assert library.ask("Who fills the lamp?").citations[0].document == "renamed.txt"
        assert library.verify() == []
        assert library.index(written).counts == {"unchanged": 2}


def test_the_folder_remembers_its_store_but_no_password(encoder, written, address, tmp_path):
    place = tmp_path / "library"
    signed = address.replace("milvus://", "milvus://ann:s3cret@", 1)
    with Library.open(place, store=signed) as library:
        library.index(written)
    assert json.loads((place / STORE).read_text()) == {"store": address}
    assert not any("s3cret" in p.read_text("latin-1") for p in place.rglob("*") if p.is_file())
    with Library.open(place, create=False) as library:
        assert library.ask("Who fills the lamp?").citations[0].document == "keeper.txt"


def test_the_store_alone_opens_what_another_machine_filled(
    encoder, written, address, tmp_path, capsys
):
    with Library.open(tmp_path / "filled", store=address) as library:
        library.index(written)
    for path in written.iterdir():
        path.unlink()  # the files are on that machine
    assert main(["ask", "Who fills the lamp?", "--store", address, "--json"]) == 0
    [first, *_] = json.loads(capsys.readouterr().out)["citations"]
    assert first["document"] == "keeper.txt"
    assert main(["show", "keeper.txt", "--store", address]) == 0
    assert capsys.readouterr().out == TEXTS["keeper.txt"]
    assert main(["list", "--store", address, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["documents"]) == 3
    assert main(["doctor", "--store", address, "--json"]) == 1  # the files are gone from here
    examined = json.loads(capsys.readouterr().out)
    assert examined["store"]["address"] == address
    assert {finding["what"] for finding in examined["findings"]} == {"its file is gone"}


def test_a_reader_sees_what_a_writer_elsewhere_wrote(encoder, written, address, tmp_path):
    with (
        Library.open(tmp_path / "one", store=address) as one,
        Library.open(tmp_path / "two", store=address) as two,
    ):
        one.index(written)
        assert len(two.documents()) == 3
        (written / "oil.txt").write_text("Whale oil burned in it until 1860.")
        one.index(written)
        assert two.ask("Until when did whale oil burn?").citations[0].document == "oil.txt"
        one.forget("oil.txt")
        assert len(two.documents()) == 3
        assert "oil.txt" not in {c.document for c in two.ask("whale oil").citations}


def test_what_is_forgotten_leaves_no_row_and_no_word(encoder, written, address, tmp_path):
    (written / "secret.txt").write_text("The password is xylophone.")
    with Library.open(tmp_path / "library", store=address) as library:
        library.index(written)
        assert library.forget("secret.txt") == ["secret.txt"]
        rows = [
            *collections_of(library)["passages"].scan("row >= 0", ["body", "counts"]),
            *collections_of(library)["terms"].scan("changed >= 0", ["term"]),
            *collections_of(library)["files"].scan("changed >= 0", ["value"]),
        ]
        assert rows
        assert "xylophon" not in str(rows)
        assert "secret" not in str(rows)
        assert library.verify() == []
        assert library.index(written).counts == {"unchanged": 3}


def test_another_model_is_refused(encoder, written, address, tmp_path):
    with Library.open(tmp_path / "one", store=address) as library:
        library.index(written)
    with pytest.raises(LibraryError, match="was made with the model 'bag-of-words'"):
        Library.open(tmp_path / "two", store=address, model="another")


def test_a_folder_with_other_files_is_not_taken(encoder, address, docs, tmp_path):
    Library.open(tmp_path / "one", store=address).close()
    (docs / "thesis.txt").write_text("mine")
    with pytest.raises(LibraryError, match="holds other files"):
        Library.open(docs, store=address)
    assert not (docs / STORE).exists()


def test_a_store_without_a_library_is_said_and_not_made(encoder, address, tmp_path, capsys):
    assert main(["ask", "Who?", "--store", address]) == 2
    said = capsys.readouterr().err
    assert f"there is no library in {address}" in said
    assert f"qa index PATH --store {address}" in said


def test_a_server_that_is_away_is_said_in_one_line(encoder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DOCUMENT_QA_MILVUS_TIMEOUT", "0.5")
    address = f"milvus://ann:s3cret@127.0.0.1:{free_port()}/papers"
    assert main(["ask", "Who?", "--store", address]) == 2
    [said] = capsys.readouterr().err.splitlines()
    assert "cannot be reached" in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("collection", "field", "value"),
    [
        ("passages", "body", "x"),
        ("passages", "counts", '{"x": 1}'),
        ("passages", "numbers", [1]),
        ("vectors", "value", "AAAA"),
        ("terms", "value", "0:1"),
        ("texts", "value", "AAAA"),
    ],
)
def test_damage_is_found_refused_and_mended(
    collection, field, value, encoder, written, address, tmp_path
):
    place = tmp_path / "library"
    with Library.open(place, store=address) as library:
        library.index(written)
        before = [citations(library, question) for question in QUESTIONS]
        rows = collections_of(library)[collection]
        fields = {"passages": "row", "vectors": "key", "terms": "id", "texts": "part"}
        everything = {
            "passages": "row >= 0",
            "vectors": "state == 1",
            "terms": "changed >= 0",
            "texts": "version >= 0",
        }
        [row, *_] = rows.query(everything[collection], [fields[collection]], 1)
        rows.upsert([{**row, field: value}], partial=True)
        assert library.verify() != []
    doctor.repair(place, None)
    with Library.open(place) as library:
        assert library.verify() == []
        assert [citations(library, question) for question in QUESTIONS] == before


def test_a_lost_passage_is_found(encoder, written, address, tmp_path):
    with Library.open(tmp_path / "library", store=address) as library:
        library.index(written)
        collections_of(library)["passages"].delete([1])
        assert any("passages" in finding.what for finding in library.verify())


def test_a_newer_format_is_refused(encoder, address, tmp_path):
    from dataclasses import replace

    from qa.milvus.state import read_state, write_state

    Library.open(tmp_path / "library", store=address).close()
    meta = connection_for(tmp_path).collection("meta")
    state = read_state(meta, "")
    assert state is not None
    write_state(meta, replace(state, format=99))
    with pytest.raises(LibraryError, match=r"newer version.*update document-qa"):
        Library.open(tmp_path / "library")


def test_a_file_of_milvus_lite_needs_no_server(encoder, written, tmp_path):
    place = tmp_path / "library"
    with Library.open(place, store=str(place / "papers.db")) as library:
        library.index(written)
        assert library.ask("Who fills the lamp?").citations[0].document == "keeper.txt"
        assert library.verify() == []
    assert json.loads((place / STORE).read_text()) == {"store": "papers.db"}
