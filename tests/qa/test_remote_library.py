"""Libraries of documents that fsspec opens: as on disk, and nothing is lost with the network."""

import io
import json
import zipfile
from datetime import datetime
from typing import ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from corpus.errors import UsageError
from corpus.limits import Limits
from qa.cli import main
from qa.library import Library

TOWER = "The keeper of the tower wrote a diary. Oil burned in the lamp.\n"
REEF = "A reef lies north of the island. Seals sleep on it.\n"
AN_HOUR = 3_600


class Bucket(MemoryFileSystem):  # type: ignore[misc]
    """A store that may be out of reach, or parts of it; its files are an hour old."""

    protocol = "bucket"
    cachable = False
    store: ClassVar[dict[str, object]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    broken: ClassVar[set[str]] = set()
    opened: ClassVar[list[str]] = []

    @classmethod
    def _strip_protocol(cls, path):
        path = path.removeprefix("bucket://").strip("/")
        return "/" + path if path else ""

    def ls(self, path, detail=True, **options):
        self._try(path)
        return [self._aged(info) for info in super().ls(path, detail=True)]

    def info(self, path, **options):
        self._try(path)
        return self._aged(super().info(path))

    def _open(self, path, *args, **options):
        self._try(path)
        self.opened.append(path)
        return super()._open(path, *args, **options)

    def _try(self, path):
        if path in self.broken or "all" in self.broken:
            raise OSError("Unable to locate credentials")

    def _aged(self, info):
        if isinstance(made := info.get("created"), datetime):
            info = {**info, "created": made.timestamp()}
        return {**info, "created": info["created"] - AN_HOUR} if made else info


@pytest.fixture(autouse=True)
def bucket():
    fsspec.register_implementation("bucket", Bucket, clobber=True)
    for kept in (Bucket.store, Bucket.broken, Bucket.opened):
        kept.clear()
    Bucket.pseudo_dirs[:] = [""]
    return Bucket()


@pytest.fixture
def put(bucket):
    def put(name, text=TOWER):
        bucket.pipe_file(name, text if isinstance(text, bytes) else text.encode())
        bucket.opened.clear()

    return put


def statuses(receipt):
    return {report.path: report.status for report in receipt.files}


def names(library):
    return [info.document for info in library.documents()]


def cited(library, question="keeper of the tower"):
    return sorted(citation.path for citation in library.ask(question, k=100).citations)


def test_the_library_is_that_of_the_same_files_on_disk(library, put, docs, tmp_path):
    for name, text in {"a.txt": TOWER, "sub/b.md": f"# Reefs\n\n{REEF}"}.items():
        put(f"docs/{name}", text)
        (docs / name).parent.mkdir(exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")
    assert statuses(library.index("bucket://docs")) == {"a.txt": "added", "sub/b.md": "added"}
    with Library.open(tmp_path / "local") as local:
        local.index(docs)
        for question in ("keeper of the tower", "seals on a reef"):
            here, there = local.ask(question).citations, library.ask(question).citations
            assert [(c.id, c.document, c.text, c.relevance) for c in here] == [
                (c.id, c.document, c.text, c.relevance) for c in there
            ]
    assert cited(library) == ["bucket://docs/a.txt", "bucket://docs/sub/b.md"]
    assert library.roots() == ["bucket://docs/"]
    assert library.text("bucket://docs/a.txt") == library.text("a.txt") == TOWER


def test_what_is_unchanged_is_not_fetched_and_what_changes_is_followed(library, put, bucket):
    put("docs/a.txt")
    put("docs/b.txt", REEF)
    library.index("bucket://docs/")
    assert sorted(bucket.opened) == ["/docs/a.txt", "/docs/b.txt"]
    bucket.opened.clear()
    assert statuses(library.index("bucket://docs")) == {"a.txt": "unchanged", "b.txt": "unchanged"}
    assert bucket.opened == []
    put("docs/a.txt", TOWER + REEF)
    put("docs/c.txt", REEF + TOWER)
    bucket.rm_file("/docs/b.txt")
    expected = {"a.txt": "updated", "b.txt": "removed", "c.txt": "added"}
    assert statuses(library.index()) == expected
    assert sorted(bucket.opened) == ["/docs/a.txt", "/docs/c.txt"]


def test_a_new_time_alone_changes_nothing(library, put, encoder):
    put("docs/a.txt")
    library.index("bucket://docs")
    encoder.documents.clear()
    put("docs/a.txt")
    assert statuses(library.index()) == {"a.txt": "unchanged"}
    assert encoder.documents == []


def test_parts_of_a_root_and_single_files_may_be_named(library, put):
    put("docs/a.txt")
    put("docs/sub/b.txt", REEF)
    put("other/c.txt", REEF)
    put("docs/docs", TOWER)
    library.index(["bucket://docs", "bucket://docs/sub", "bucket://other/c.txt"])
    assert library.roots() == ["bucket://docs/", "bucket://other/c.txt"]
    put("docs/a.txt", REEF)
    put("docs/sub/b.txt", TOWER)
    assert statuses(library.index("bucket://docs/sub")) == {"sub/b.txt": "updated"}
    assert library.text("a.txt") == TOWER
    paths = {info.document: info.path for info in library.documents()}
    assert paths["c.txt"] == "bucket://other/c.txt"
    assert paths["docs"] == "bucket://docs/docs"


def test_a_nested_root_and_what_is_excluded_are_passed_over(library, put):
    for name in ("a.txt", "sub/b.txt", "log/c.txt"):
        put(f"docs/{name}")
    library.index("bucket://docs/sub")
    assert statuses(library.index("bucket://docs", exclude=["log/"])) == {"a.txt": "added"}


def test_files_inside_others_are_documents(library, put):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", TOWER)
        archive.writestr("b.txt", REEF)
    put("docs/all.zip", packed.getvalue())
    library.index("bucket://docs")
    assert names(library) == ["all.zip!a.txt", "all.zip!b.txt"]
    assert library.forget("bucket://docs/all.zip!a.txt") == ["all.zip!a.txt"]
    library.index()
    assert names(library) == ["all.zip!b.txt"]
    library.index("bucket://docs/all.zip!a.txt")
    assert names(library) == ["all.zip!a.txt", "all.zip!b.txt"]


def test_what_is_forgotten_stays_so_until_it_is_named(library, put):
    for name in ("a.txt", "sub/b.txt", "sub/c.txt"):
        put(f"docs/{name}", TOWER + name)
    library.index("bucket://docs")
    assert library.forget("bucket://docs/sub") == ["sub/b.txt", "sub/c.txt"]
    assert library.forget("a.txt") == ["a.txt"]
    library.index()
    assert names(library) == []
    library.index("bucket://docs/sub/")
    assert names(library) == ["sub/b.txt", "sub/c.txt"]
    library.forget("bucket://docs/")
    assert library.roots() == []
    library.index("bucket://docs")
    assert names(library) == ["sub/b.txt", "sub/c.txt"]


@pytest.mark.parametrize("prune", [False, True])
def test_what_cannot_be_reached_keeps_its_documents(library, put, bucket, docs, prune):
    put("docs/a.txt")
    (docs / "b.txt").write_text(REEF)
    library.index(["bucket://docs", docs])
    bucket.broken.add("all")
    receipt = library.index(prune=prune)
    assert statuses(receipt) == {"./": "failed", "b.txt": "unchanged"}
    (failed,) = receipt.failed
    assert "bucket://docs/" in (failed.reason or "")
    assert "Unable to locate credentials" in (failed.reason or "")
    assert "kept" in (failed.reason or "")
    assert names(library) == ["a.txt", "b.txt"]
    assert statuses(library.index("bucket://docs/a.txt", prune=prune)) == {"a.txt": "failed"}
    assert names(library) == ["a.txt", "b.txt"]
    with pytest.raises(UsageError, match="Unable to locate credentials"):
        library.index("bucket://others")


def test_a_folder_or_file_out_of_reach_leaves_the_others_their_way(library, put, bucket):
    put("docs/a.txt")
    put("docs/sub/b.txt")
    library.index("bucket://docs")
    put("docs/c.txt", REEF)
    put("docs/a.txt", REEF)
    bucket.broken.update(["/docs/sub", "/docs/c.txt"])
    receipt = library.index()
    assert statuses(receipt) == {"sub/": "failed", "a.txt": "updated", "c.txt": "failed"}
    assert names(library) == ["a.txt", "sub/b.txt"]
    bucket.broken.clear()
    expected = {"a.txt": "unchanged", "c.txt": "added", "sub/b.txt": "unchanged"}
    assert statuses(library.index()) == expected


def test_a_place_that_is_gone_keeps_its_documents_unless_pruned(library, put, bucket):
    put("docs/a.txt")
    library.index("bucket://docs")
    bucket.rm("/docs", recursive=True)
    receipt = library.index()
    assert [report.status for report in receipt.files] == ["failed"]
    assert "--prune" in (receipt.files[0].reason or "")
    assert names(library) == ["a.txt"]
    assert statuses(library.index("bucket://docs", prune=True)) == {"a.txt": "removed"}
    assert library.roots() == []


def test_a_file_above_the_limit_is_not_fetched(library, put, bucket):
    put("docs/a.txt", TOWER * 100)
    receipt = library.index("bucket://docs", limits=Limits(size=1_000))
    assert "--max-file-size" in (receipt.files[0].reason or "")
    assert statuses(library.index()) == {"a.txt": "added"}


def test_verify_compares_with_what_is_there_now(library, put, bucket):
    put("docs/a.txt")
    put("docs/b.txt", REEF)
    put("docs/c.txt", REEF + TOWER)
    library.index("bucket://docs")
    citation = library.ask("keeper of the tower").citations[0].id
    assert library.verify() == []
    assert library.check_citation(citation).status == "stands"
    put("docs/a.txt", "Other words.")
    bucket.rm_file("/docs/b.txt")
    bucket.broken.add("/docs/c.txt")
    found = {finding.where: finding.what for finding in library.verify()}
    assert found["a.txt"] == "its file has changed since it was indexed"
    assert found["b.txt"] == "its file is gone"
    assert "Unable to locate credentials" in found["c.txt"]
    library.index()
    assert names(library) == ["a.txt", "c.txt"]


def test_the_command_takes_urls(home, encoder, put, tmp_path, capsys):
    put("docs/a.txt")
    folder = str(tmp_path / "library")
    assert main(["index", "bucket://docs", "--library", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 1
    assert main(["index", "bucket://docs", "--json"]) == 0
    assert main(["index", "bucket://docs", "--library", folder, "--watch"]) == 2
    assert "on this machine only" in capsys.readouterr().err
    assert main(["index", "bucket://nothing", "--library", folder]) == 2
    assert "there is no file or folder 'bucket://nothing'" in capsys.readouterr().err
    assert main(["index", "ftp://me:secret@host/docs", "--library", folder]) == 2
    assert "secret" not in capsys.readouterr().err
