"""Where a library in Milvus is, as `--store` takes it; passwords are neither shown nor kept."""

import json

import pytest

from corpus.errors import LibraryError, UsageError
from qa.backends import STORE, backend_of, remembered
from qa.library import Library
from qa.milvus.address import TOKEN_VARIABLE, StoreAddress
from qa.places import library_for_store


@pytest.mark.parametrize(
    ("text", "uri", "collection", "token"),
    [
        ("milvus://db.example:19531/papers", "http://db.example:19531", "papers", ""),
        ("milvus://db.example/papers", "http://db.example:19530", "papers", ""),
        ("milvus://[::1]:1/p", "http://[::1]:1", "p", ""),
        ("milvus://ann:s%40cret@host/p?secure=true", "https://host:19530", "p", "ann:s@cret"),
        ("milvus://host/p?db=team", "http://host:19530", "p", ""),
    ],
)
def test_an_address_names_server_and_collection(text, uri, collection, token):
    address = StoreAddress.parse(text)
    assert (address.uri, address.collection, address.token) == (uri, collection, token)
    assert not address.is_file


def test_a_password_is_not_shown():
    address = StoreAddress.parse("milvus://ann:s3cret@host:1/papers?secure=true")
    assert address.shown == "milvus://host:1/papers?secure=true"
    assert "s3cret" not in repr(address)


def test_a_password_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "key")
    assert StoreAddress.parse("milvus://host/papers").token == "key"
    assert StoreAddress.parse("milvus://ann:own@host/papers").token == "ann:own"


def test_a_file_is_one_of_milvus_lite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    address = StoreAddress.parse("papers.db")
    assert address.is_file
    assert address.uri == address.shown == str(tmp_path / "papers.db")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "papers",
        "papers.sqlite",
        "milvus://host",
        "milvus:///papers",
        "milvus://host/two/parts",
        "milvus://host/pa-pers",
        "milvus://host/1papers",
        "milvus://host:port/papers",
        "milvus://host/papers?colour=red",
        "http://host/papers.db",
    ],
)
def test_what_is_no_store_is_refused_with_how_one_looks(text):
    with pytest.raises(UsageError, match=r"give milvus://.*or FILE\.db") as refused:
        StoreAddress.parse(text)
    assert "\n" not in str(refused.value)


def test_a_refusal_does_not_tell_the_password():
    with pytest.raises(UsageError) as refused:
        StoreAddress.parse("milvus://ann:s3cret@host/")
    assert "s3cret" not in str(refused.value)


def test_each_store_has_a_folder_of_its_own_whoever_signs_in(home):
    one = library_for_store("milvus://host/papers")
    assert one == library_for_store("milvus://ann:secret@host/papers")
    assert one != library_for_store("milvus://other/papers")
    assert one.name.startswith("papers-")


def test_without_the_client_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("qa.backends.find_spec", lambda name: None)
    for store in ("milvus://host/papers", str(tmp_path / "papers.db")):
        with pytest.raises(UsageError, match=r"pip install 'document-qa\[milvus\]'"):
            Library.open(tmp_path / "library", store=store)
    assert not (tmp_path / "library").exists()


def test_a_folder_belongs_to_one_store(tmp_path, monkeypatch):
    monkeypatch.setattr("qa.backends.find_spec", lambda name: name)
    (tmp_path / STORE).write_text(json.dumps({"store": "milvus://host/papers"}))
    assert backend_of(tmp_path).where == "milvus://host/papers"
    assert backend_of(tmp_path, "milvus://ann:secret@host/papers").where == "milvus://host/papers"
    with pytest.raises(LibraryError, match="belongs to the library in milvus://host/papers"):
        backend_of(tmp_path, "milvus://host/others")


def test_a_library_of_its_own_is_not_mistaken_for_a_shared_one(library, monkeypatch):
    monkeypatch.setattr("qa.backends.find_spec", lambda name: name)
    with pytest.raises(LibraryError, match="holds a library already"):
        Library.open(library.folder, store="milvus://host/papers")


def test_a_note_that_cannot_be_read_says_what_to_do(tmp_path):
    (tmp_path / STORE).write_text("{}")
    with pytest.raises(LibraryError, match=r"give --store once more"):
        remembered(tmp_path)


def test_a_file_inside_the_folder_moves_with_it(tmp_path):
    (tmp_path / STORE).write_text(json.dumps({"store": "papers.db"}))
    assert remembered(tmp_path) == str(tmp_path / "papers.db")
