"""Files inside files: each a document of its own, which comes and goes with its container."""

import io
import json
import os
import zipfile
from email.message import EmailMessage

import pytest

from corpus.errors import UsageError
from corpus.limits import Limits
from qa import doctor
from qa.checkup import SYNC
from qa.cli import main
from qa.library import Library

TOWER = "The keeper of the tower wrote a diary. Oil burned in the lamp.\n"
REEF = "A reef lies north of the island. Seals sleep on it.\n"
WHALE = "Whales pass by the cape in spring.\n"


def zipped(files):
    """Return a zip file of texts, or of bytes, by their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def mail(text, **attachments):
    message = EmailMessage()
    message["Subject"] = "Of towers"
    message["From"] = "keeper@example.org"
    message.set_content(text)
    for name, content in attachments.items():
        message.add_attachment(
            content.encode(), maintype="text", subtype="plain", filename=f"{name}.txt"
        )
    return message.as_bytes()


@pytest.fixture
def pack(docs):
    """Write a zip file into the folder; it is as old as it is said to be."""

    def write(name="box.zip", /, age=3600, **files):
        path = docs / name
        path.write_bytes(
            zipped({k.replace("__", "/").replace("_", "."): v for k, v in files.items()})
        )
        when = path.stat().st_mtime - age
        os.utime(path, (when, when))
        return path

    return write


def statuses(receipt):
    return {report.path: report.status for report in receipt.files}


def names(library):
    return [info.document for info in library.documents()]


def test_each_file_inside_is_a_document(library, pack, docs):
    inner = zipped({"c.txt": WHALE})
    path = pack(a_txt=TOWER, sub__b_md="# Reef\n\n" + REEF, in_zip=inner)
    receipt = library.index(docs)
    assert statuses(receipt) == {
        **dict.fromkeys(["box.zip!a.txt", "box.zip!sub/b.md", "box.zip!in.zip!c.txt"], "added"),
        **dict.fromkeys(["box.zip", "box.zip!in.zip"], "added"),
    }
    assert {r.path: r.reason for r in receipt.files if r.reason} == {
        "box.zip": "3 files inside",
        "box.zip!in.zip": "1 file inside",
    }
    assert names(library) == ["box.zip!a.txt", "box.zip!in.zip!c.txt", "box.zip!sub/b.md"]
    citation = library.ask("whales in spring", k=1).citations[0]
    assert citation.document == "box.zip!in.zip!c.txt"
    assert citation.path == f"{path}!in.zip!c.txt"
    assert citation.title == "c"
    assert library.text(citation.path) == library.text(citation.document) == WHALE
    assert library.verify() == []


def test_a_mail_is_a_document_beside_its_attachments(library, docs):
    (docs / "a.eml").write_bytes(mail(TOWER, reef=REEF))
    assert statuses(library.index(docs)) == {"a.eml!reef.txt": "added", "a.eml": "added"}
    assert names(library) == ["a.eml", "a.eml!reef.txt"]
    assert "Oil burned" in library.text("a.eml")


def test_a_zip_may_be_the_root_itself(library, pack):
    path = pack(a_txt=TOWER)
    library.index(path)
    [info] = library.documents()
    assert (info.document, info.path) == ("box.zip!a.txt", f"{path}!a.txt")
    assert statuses(library.index(path)) == {"box.zip!a.txt": "unchanged", "box.zip": "unchanged"}
    assert library.verify() == []


def test_an_unchanged_container_is_not_even_opened(library, encoder, pack, docs):
    path = pack(a_txt=TOWER, b_txt=REEF)
    library.index(docs)
    encoder.documents.clear()
    stat = path.stat()
    path.write_bytes(b"x" * stat.st_size)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert set(statuses(library.index(docs)).values()) == {"unchanged"}
    assert len(names(library)) == 2


def test_an_unchanged_folder_starts_no_process(library, pack, docs, monkeypatch):
    pack(a_txt=TOWER)
    library.index(docs)
    monkeypatch.delattr("corpus.workers.pool.Pool")
    library.index(docs)
    assert library.ask("keeper").answered


def test_a_container_of_a_new_time_but_the_same_bytes_is_unchanged(library, pack, docs):
    pack(a_txt=TOWER)
    library.index(docs)
    pack(a_txt=TOWER, age=7200)
    assert set(statuses(library.index(docs)).values()) == {"unchanged"}
    before = library.folder.stat()
    assert set(statuses(library.index(docs)).values()) == {"unchanged"}
    assert library.folder.stat() == before, "nothing was written"


def test_a_changed_container_changes_what_changed_inside(library, encoder, pack, docs):
    pack(a_txt=TOWER, b_txt=REEF, in_zip=zipped({"c.txt": WHALE, "d.txt": TOWER}))
    library.index(docs)
    encoder.documents.clear()
    pack(a_txt=TOWER + "And rain.", in_zip=zipped({"c.txt": WHALE, "d.txt": TOWER}), e_txt="News.")
    assert statuses(library.index(docs)) == {
        "box.zip!a.txt": "updated",
        "box.zip!b.txt": "removed",
        "box.zip!e.txt": "added",
        **dict.fromkeys(
            ["box.zip!in.zip", "box.zip!in.zip!c.txt", "box.zip!in.zip!d.txt"], "unchanged"
        ),
        "box.zip": "updated",
    }
    assert not any("Whales" in text for text in encoder.documents)
    assert "box.zip!b.txt" not in names(library)
    assert library.verify() == []


def test_a_removed_container_takes_all_along(library, pack, docs):
    path = pack(a_txt=TOWER, in_zip=zipped({"c.txt": WHALE}))
    (docs / "b.txt").write_text(REEF)
    library.index(docs)
    path.unlink()
    assert set(statuses(library.index(docs)).values()) == {"removed", "unchanged"}
    assert names(library) == ["b.txt"]


def test_a_container_that_breaks_takes_all_along(library, pack, docs):
    path = pack(a_txt=TOWER)
    library.index(docs)
    path.write_bytes(b"PK\x03\x04 broken")
    assert statuses(library.index(docs)) == {"box.zip!a.txt": "removed", "box.zip": "failed"}
    assert names(library) == []


@pytest.mark.skipif(os.name != "posix", reason="this system has no such permissions")
def test_a_container_that_cannot_be_opened_keeps_what_was_inside(library, pack, docs, unreadable):
    path = pack(a_txt=TOWER)
    library.index(docs)
    path.unlink()
    path.symlink_to(unreadable)
    assert statuses(library.index(docs)) == {"box.zip": "failed"}
    assert names(library) == ["box.zip!a.txt"]


def test_what_is_wrong_inside_is_said_of_each_file(library, pack, docs):
    pack(a_txt=TOWER, b_pdf="%PDF-1.7 broken", c_xyz="\0\1", d_txt="")
    assert statuses(library.index(docs)) == {
        "box.zip!a.txt": "added",
        "box.zip!b.pdf": "failed",
        "box.zip!c.xyz": "skipped",
        "box.zip!d.txt": "empty",
        "box.zip": "added",
    }
    assert set(statuses(library.index(docs))) == {
        *("box.zip", "box.zip!a.txt", "box.zip!b.pdf", "box.zip!c.xyz", "box.zip!d.txt")
    }


def test_exclusions_reach_inside(library, pack, docs):
    pack(a_txt=TOWER, sub__b_md=REEF, in_zip=zipped({"c.md": WHALE, "d.txt": TOWER}))
    library.index(docs, exclude=["*.md"])
    assert names(library) == ["box.zip!a.txt", "box.zip!in.zip!d.txt"]
    library.index(docs, exclude=["sub/", "in.zip"])
    assert names(library) == ["box.zip!a.txt"]
    library.index(docs, exclude=[])
    assert len(names(library)) == 4
    library.index(docs, exclude=["box.zip"])
    assert names(library) == []


@pytest.mark.parametrize("by", ["name", "path"])
def test_a_forgotten_member_stays_away_until_it_is_indexed_by_its_path(library, pack, docs, by):
    path = pack(a_txt=TOWER, sub__b_txt=REEF)
    library.index(docs)
    source = f"{path}!sub/b.txt"
    assert library.forget("box.zip!sub/b.txt" if by == "name" else source) == ["box.zip!sub/b.txt"]
    for again in (docs, path):
        library.index(again)
        assert names(library) == ["box.zip!a.txt"]
    pack(a_txt=TOWER, sub__b_txt=REEF + "New.")
    library.index(docs)
    assert names(library) == ["box.zip!a.txt"]
    assert statuses(library.index(source))["box.zip!sub/b.txt"] == "added"
    library.index(docs)
    assert names(library) == ["box.zip!a.txt", "box.zip!sub/b.txt"]
    assert library.verify() == []


def test_a_forgotten_container_stays_away_with_all_inside(library, pack, docs):
    path = pack(a_txt=TOWER, in_zip=zipped({"c.txt": WHALE}))
    (docs / "box.zip.txt").write_text(REEF)
    library.index(docs)
    assert len(library.forget("box.zip")) == 4
    library.index(docs)
    assert names(library) == ["box.zip.txt"]
    library.index(path)
    assert len(names(library)) == 3
    assert library.forget("box.zip!in.zip") == ["box.zip!in.zip", "box.zip!in.zip!c.txt"]
    library.index(docs)
    assert names(library) == ["box.zip!a.txt", "box.zip.txt"]


def test_a_file_on_disk_may_be_named_like_one_inside(library, pack, docs):
    pack(a_txt=TOWER)
    (docs / "box.zip!a.txt").write_text(REEF)
    receipt = library.index(docs)
    [failed] = receipt.failed
    assert (failed.path, "bears this name" in (failed.reason or "")) == ("box.zip!a.txt", True)
    assert library.text("box.zip!a.txt") == REEF
    library.index(docs / "box.zip")
    assert library.text("box.zip!a.txt") == REEF, "a part of the root leaves it alone"


def test_a_part_of_a_root_may_be_a_container(library, pack, docs):
    path = pack(a_txt=TOWER)
    pack("other.zip", b_txt=REEF)
    library.index(docs)
    path.unlink()
    assert set(statuses(library.index(path))) == {"box.zip", "box.zip!a.txt"}
    assert names(library) == ["other.zip!b.txt"]


def test_a_file_above_a_limit_is_read_when_it_is_raised(library, docs):
    (docs / "a.txt").write_text(TOWER * 100)
    os.utime(docs / "a.txt", (1, 1))
    low = Limits(size=1000)
    for _ in range(2):
        assert statuses(library.index(docs, limits=low)) == {"a.txt": "failed"}
    assert statuses(library.index(docs)) == {"a.txt": "added"}
    assert statuses(library.index(docs, limits=low)) == {"a.txt": "unchanged"}


def test_what_was_left_out_for_a_limit_is_read_when_it_is_raised(library, pack, docs):
    pack(a_txt=TOWER, b_txt=REEF)
    receipt = library.index(docs, limits=Limits(members=1))
    assert names(library) == ["box.zip!a.txt"]
    [said] = [report.reason for report in receipt.files if report.path == "box.zip"]
    assert "1 files inside were left out" in (said or "")
    library.index(docs)
    assert names(library) == ["box.zip!a.txt", "box.zip!b.txt"]


def test_text_recognition_is_remembered_and_reads_again(library, docs):
    (docs / "a.txt").write_text(TOWER)
    os.utime(docs / "a.txt", (1, 1))
    library.index(docs)
    assert statuses(library.index(docs, ocr=True)) == {"a.txt": "updated"}
    for again in (None, True):
        assert statuses(library.index(docs, ocr=again)) == {"a.txt": "unchanged"}
    with Library.open(library.folder) as other:
        assert statuses(other.index()) == {"a.txt": "unchanged"}
    assert statuses(library.index(docs, ocr=False)) == {"a.txt": "updated"}


# Checking


def test_a_citation_from_inside_stands_while_its_text_does(library, pack, docs):
    path = pack(a_txt=TOWER, in_zip=zipped({"c.txt": WHALE}))
    library.index(docs)
    cited = library.ask("whales in spring", k=1).citations[0]
    check = library.check_citation(cited.id)
    assert (check.status, check.path) == ("stands", f"{path}!in.zip!c.txt")
    pack(a_txt="Other.", in_zip=zipped({"c.txt": WHALE}))
    assert library.check_citation(cited.id).status == "stands"
    pack(a_txt=TOWER, in_zip=zipped({"c.txt": "New. " + WHALE}))
    assert library.check_citation(cited.id).status == "moved"
    path.unlink()
    assert library.check_citation(cited.id).status == "changed"


def test_a_changed_or_vanished_container_is_found(library, pack, docs):
    path = pack(a_txt=TOWER, b_txt=REEF)
    library.index(docs)
    pack(a_txt=TOWER)
    [found] = library.verify()
    assert (found.where, found.fix) == ("box.zip", SYNC)
    path.unlink()
    assert [finding.where for finding in library.verify()] == ["box.zip"]
    library.index(docs)
    assert library.verify() == []


def test_a_damaged_member_is_read_again(library, pack, docs):
    pack(a_txt=TOWER, in_zip=zipped({"c.txt": WHALE}))
    library.index(docs)
    with library._store._writing() as connection:
        connection.execute(
            "UPDATE passages SET text = 'Sails' WHERE length(text) = ?", (len(WHALE) - 1,)
        )
    assert "box.zip!in.zip!c.txt" in {finding.where for finding in library.verify()}
    doctor.repair(library.folder, None)
    assert library.verify() == []
    assert library.text("box.zip!in.zip!c.txt") == WHALE


# Runs that were killed


def killed_at_file(library, monkeypatch, docs, number):
    """Let a run die before it writes its n-th file."""

    class Killed(BaseException):
        pass

    left = number
    put = library._store.put_file

    def count(*arguments):
        nonlocal left
        if not left:
            raise Killed
        left -= 1
        put(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(library._store, "put_file", count)
        with pytest.raises(Killed):
            library.index(docs)


@pytest.mark.parametrize("number", range(5))
def test_a_killed_run_goes_on_inside_a_container(library, encoder, pack, docs, monkeypatch, number):
    pack(a_txt=TOWER, in_zip=zipped({"c.txt": WHALE, "d.txt": REEF}))
    killed_at_file(library, monkeypatch, docs, number)
    assert {finding.fix for finding in library.verify()} <= {SYNC}
    encoder.documents.clear()
    receipt = library.index(docs)
    assert statuses(receipt).keys() == {
        *("box.zip", "box.zip!a.txt"),
        *("box.zip!in.zip", "box.zip!in.zip!c.txt", "box.zip!in.zip!d.txt"),
    }
    assert len(names(library)) == 3
    assert library.verify() == []


def test_a_killed_update_that_is_undone_on_disk_is_undone(library, pack, docs, monkeypatch):
    pack(a_txt=TOWER, b_txt=REEF)
    library.index(docs)
    pack(a_txt=WHALE, b_txt=WHALE)
    killed_at_file(library, monkeypatch, docs, 1)
    pack(a_txt=TOWER, b_txt=REEF)
    library.index(docs)
    assert library.text("box.zip!a.txt") == TOWER
    assert library.text("box.zip!b.txt") == REEF
    assert library.verify() == []


# What is no file


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_reported_and_not_waited_for(library, docs, capsys):
    (docs / "a.txt").write_text(TOWER)
    os.mkfifo(docs / "pipe")
    for _ in range(2):
        receipt = library.index(docs)
        assert statuses(receipt)["pipe"] == "skipped"
        assert receipt.failed == ()
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        library.index(docs / "pipe")
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        library.index("/dev/zero")


# On the command line


def test_the_receipt_names_every_file_with_its_reason(encoder, pack, docs, tmp_path, capsys):
    pack(a_txt=TOWER, b_pdf="%PDF-1.7 broken")
    for at in range(30):
        (docs / f"{at:02}.pdf").write_bytes(b"%PDF-1.7 broken")
    place = str(tmp_path / "place")
    assert main(["index", str(docs), "--library", place]) == 1
    out = capsys.readouterr().out
    assert "failed: 31 files (00.pdf, 01.pdf, 02.pdf, …): is not a whole PDF" in out
    assert "added: box.zip: 2 files inside" in out
    assert len(out.splitlines()) == 3
    assert main(["index", str(docs), "--library", place, "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["files"]) == 33


def test_limits_are_options(encoder, docs, tmp_path, capsys):
    (docs / "a.txt").write_text(TOWER * 1000)
    place = ["--library", str(tmp_path / "place")]
    assert main(["index", str(docs), *place, "--max-file-size", "0.01"]) == 1
    assert "0.1 MB is above the limit of 0.01 MB" in capsys.readouterr().out
    assert main(["index", str(docs), *place, "--max-seconds", "60", "--max-memory", "500"]) == 0
    assert main(["ask", "keeper", "--docs", str(docs), *place, "--no-ocr"]) == 0
