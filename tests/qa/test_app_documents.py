"""The list of documents as HTML, what the browser may ask of it, and runs that come in turn."""

import asyncio
import html
import re
import threading
from dataclasses import replace

import pytest

from corpus.errors import LibraryError
from corpus.types import FileReport, Receipt
from qa.app import indexing
from qa.app.render import documents as render
from qa.app.render.markup import alert
from qa.files import COLUMNS, FileInfo, Order
from qa.progress import Progress
from qa.uploads import Uploads

FILE = FileInfo(
    "a b&c.pdf", "/docs", "/docs/a b&c.pdf", "", "read", "", 3, 12, 900, 2_500_000, 1.7e9, False
)
HOSTILE = '<img src=x onerror=alert(1)>\u202e" ${x} {{y}}'


def files(number):
    return [replace(FILE, document=f"{n:04}.txt", path=f"/docs/{n:04}.txt") for n in range(number)]


def test_a_read_document_links_to_itself_and_says_its_numbers():
    shown = render.documents([FILE], Order(), 0)
    assert 'href="?document=a%20b%26c.pdf"' in shown
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())
    assert "a b&c.pdf PDF Read 3 12 2.5 MB 2023-11-1" in text
    assert "Remove? The file itself stays." in text


def test_a_name_of_several_roots_links_by_its_path():
    other = replace(FILE, root="/else", path="/else/a b&c.pdf")
    shown = render.documents([FILE, other], Order(), 0)
    assert shown.count('href="?document=%2Fdocs%2Fa%20b%26c.pdf"') == 1
    assert shown.count('href="?document=%2Felse%2Fa%20b%26c.pdf"') == 1


def test_what_cannot_be_opened_has_no_link_but_its_reason():
    failed = replace(FILE, state="failed", reason="it is broken", passages=0, is_upload=True)
    shown = render.documents([failed], Order(), 0)
    assert "<a " not in shown
    assert "it is broken" in shown
    assert "Delete this file?" in shown


def test_hostile_names_titles_and_reasons_stay_text():
    hostile = replace(FILE, document=HOSTILE, path=HOSTILE, title=HOSTILE, reason=HOSTILE)
    for shown in (
        render.documents([hostile], Order(), 0),
        render.receipt(Receipt((FileReport(HOSTILE, "failed", HOSTILE),), 1.0, 0, (HOSTILE,))),
        render.removed(HOSTILE, 1),
        alert(HOSTILE),
    ):
        assert "<img" not in shown
        assert '" ${x}' not in shown, "a quotation mark would end an attribute"


def test_thousands_of_documents_come_in_pages():
    shown = render.documents(files(1_234), Order(), 2)
    assert shown.count('<tr role="row" data-path') == render.ROWS
    assert "101 to 150 of 1,234 files" in shown
    assert "Page 3 of 25" in shown
    last = render.documents(files(1_234), Order(), 10_000)
    assert "1,201 to 1,234 of 1,234 files" in last
    assert re.search(r'data-page="25" disabled>Next', last)
    assert "Next" not in render.documents(files(render.ROWS), Order(), 0)


def test_an_empty_list_says_what_to_do():
    assert "add some above" in render.documents([], Order(), 0)
    assert "No document matches" in render.documents([FILE], Order(words="zebra"), 0)


def test_a_receipt_names_what_changed_and_gives_reasons():
    reports = [FileReport(f"{n}.txt", "added") for n in range(30)]
    reports += [FileReport("b.pdf", "failed", "it is broken"), FileReport("c.txt", "removed")]
    shown = render.receipt(Receipt(tuple(reports), 2.0, 77))
    assert "30 added, 1 failed, 1 removed; 77 passages in the library; 2.0 s" in shown
    assert "failed: b.pdf: it is broken" in shown
    assert "and 11 others" in shown


def test_limits_are_said_where_files_are_given(tmp_path):
    shown = render.uploading(Uploads(tmp_path))
    assert "Up to 200 MB each, 1,000 in all." in shown
    assert 'data-largest="200000000"' in shown


@pytest.fixture(scope="module")
def listing():
    pytest.importorskip("gradio")
    from qa.app.documents import Listing

    return Listing()


def test_a_column_sorts_and_sorts_the_other_way(listing):
    once = listing.turned({"column": "size"})
    assert once.order == Order(column="size", descending=True)
    assert once.turned({"column": "size"}).order == Order(column="size")
    assert once.turned({"column": "type"}).order == Order(column="type")
    assert once.turned({"words": "x" * 999}).order.words == "x" * 200
    assert listing.turned({"page": 3}).page == 3
    assert listing.turned({"page": 3}).turned({"words": "a"}).page == 0


@pytest.mark.parametrize(
    "data",
    [
        None, [], "size", {}, {"column": "path"}, {"column": ["size"]}, {"page": -1},
        {"page": 10**9}, {"page": "1"}, {"words": 3}, {"words": None}, {"page": 1.5},
    ],
)  # fmt: skip
def test_what_makes_no_sense_changes_nothing(listing, data):
    assert listing.turned(data) == listing


def test_every_column_can_be_sorted_by():
    for column in COLUMNS:
        assert len(Order(column=column).of(files(3))) == 3


# Runs


def test_two_runs_come_one_after_the_other_and_the_second_is_told():
    go_on = threading.Event()
    under_way, most = 0, 0

    def index(tell):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        tell(Progress("reading", 1, 2, "files"))
        assert go_on.wait(30)
        under_way -= 1
        return Receipt((), 0.0, 0)

    runs = indexing.Indexing(index)

    async def both():
        first, second = runs.run(), runs.run()
        told = [await anext(first)]
        while not (isinstance(told[-1], indexing.Running) and told[-1].stages):
            told.append(await anext(first))
        waiting = await anext(second)
        go_on.set()
        rest = [news async for news in first], [news async for news in second]
        return told, waiting, rest

    told, waiting, (first, second) = asyncio.run(both())
    assert isinstance(told[-1], indexing.Running)
    assert isinstance(waiting, indexing.Waiting)
    assert str(waiting.stages[0]) == "Reading: 1 of 2 files"
    assert isinstance(first[-1], Receipt)
    assert isinstance(second[-1], Receipt)
    assert most == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (LibraryError("the disk is full; make room"), "the disk is full; make room"),
        (ValueError("secret"), "Indexing failed: the terminal that runs qa says why."),
    ],
)
def test_a_run_that_fails_says_so_in_a_sentence(error, said):
    def index(tell):
        raise error

    async def run():
        return [news async for news in indexing.Indexing(index).run()]

    assert asyncio.run(run())[-1] == indexing.Failed(said)
