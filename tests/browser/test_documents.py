"""The documents of the page: given, read, looked through and removed, as a person does it."""

import json
import re
from contextlib import suppress
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from tests.browser.conftest import PATIENCE, serve

pytestmark = pytest.mark.browser

TIDE = b"The tide table hangs in the porch.\n\nThe porch lantern burns green all winter."
BROKEN = b"%PDF-1.7\n1 0 obj\n<<"
SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module")
def served():
    """A page to which these tests alone give documents."""
    page = serve()
    yield page
    assert page.stop() == (0, "")


@pytest.fixture
def library(window, served):
    """Open the documents of that page; what a test gives is removed after it."""

    def show(*size, **options):
        return to_documents(window(*size, url=served.url, **options).open())

    before = documents_of(served)
    yield show
    for name in documents_of(served) - before | {"broken.pdf"}:
        asked = Request(f"{served.url}api/documents?document={quote(name)}", method="DELETE")
        with suppress(HTTPError), urlopen(asked, timeout=PATIENCE):
            pass


def documents_of(page):
    listed = json.loads(page.fetch("api/documents")[1])["documents"]
    return {info["document"] for info in listed}


def to_documents(opened):
    opened.page.get_by_role("tab", name="Documents").click()
    opened.page.locator(".qa-shown, .qa-none").wait_for()
    return opened


def file(name, content):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def give(opened, *files):
    """Choose files and wait for what became of them."""
    opened.page.set_input_files("#qa-files", files)
    opened.page.locator(".qa-receipt").wait_for()


def names(opened):
    return opened.page.locator("td.qa-col-document a, td.qa-col-document > bdi").all_inner_texts()


def drop(opened, *files):
    """Drop files, given as names and texts, as a browser does it."""
    opened.page.evaluate(
        """(files) => {
            const carried = new DataTransfer();
            files.forEach(([name, text]) => carried.items.add(new File([text], name)));
            const target = document.querySelector('.qa-drop');
            for (const kind of ['dragover', 'drop']) {
                const options = { dataTransfer: carried, bubbles: true, cancelable: true };
                const event = new DragEvent(kind, options);
                if (target.dispatchEvent(event)) throw new Error(`${kind} was not taken`);
            }
        }""",
        files,
    )


def test_three_files_one_broken_are_given_asked_and_removed(library):
    opened = library()
    page = opened.page
    give(opened, file("tide.txt", TIDE), file("broken.pdf", BROKEN), file("second.txt", TIDE))
    assert page.locator(".qa-coming-words").inner_text() == "3 uploaded"
    receipt = page.locator(".qa-receipt").inner_text()
    assert "2 added, 1 failed" in receipt
    assert "added: tide.txt" in receipt
    assert "failed: broken.pdf: the file is broken; open it in its own program" in receipt
    broken = page.locator("tr", has_text="broken.pdf")
    broken.get_by_text("Failed").wait_for()
    page.locator("#qa-heading").get_by_text("7 documents").wait_for()
    opened.screenshot("documents-receipt")

    page.get_by_role("tab", name="Ask").click()
    turn = opened.ask("Which lantern burns green all winter?")
    assert "tide.txt" in turn.inner_text()

    to_documents(opened)
    page.get_by_role("button", name="Remove tide.txt").click()
    opened.screenshot("documents-remove")
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("Removed tide.txt").wait_for()
    page.locator("#qa-heading").get_by_text("6 documents").wait_for()
    assert "tide.txt" not in names(opened)


def test_dropped_files_are_taken_and_the_same_again_changes_nothing(library):
    opened = library()
    drop(opened, ["tide.txt", "The tide is high."], ["reef.txt", "The reef is low."])
    opened.page.locator(".qa-receipt", has_text="2 added").wait_for()
    drop(opened, ["tide.txt", "The tide is high."], ["reef.txt", "The reef is lower."])
    opened.page.locator(".qa-receipt", has_text="2 unchanged").wait_for()
    assert opened.page.locator(".qa-came").all_inner_texts() == ["unchanged", "updated"]


def test_a_file_that_cannot_be_taken_says_why_and_stops_no_other(library):
    opened = library()
    give(opened, file("notes.tmp", b"x"), file("tide.txt", TIDE))
    items = opened.page.locator(".qa-coming li").all_inner_texts()
    assert "'notes.tmp' is the name of a temporary file; rename it" in items[0]
    assert "added" in items[1]
    assert opened.page.locator(".qa-coming-words").inner_text() == "1 uploaded, 1 not uploaded"


def test_hostile_names_and_texts_stay_text(library):
    opened = library()
    give(opened, file("<img src=x onerror=alert(1)> ${alert(2)} {{x}}.txt", b"<script>alert(3)"))
    assert "_img src=x onerror=alert(1)_ ${alert(2)} {{x}}.txt" in names(opened)
    assert opened.page.locator("#qa-library :is(img, script, svg, iframe)").count() == 0


def test_uploads_that_wait_can_be_cancelled(library):
    opened = library()
    page = opened.page
    page.route("**/api/uploads/*", lambda route: None)  # the first never comes through
    page.set_input_files("#qa-files", [file("a.txt", TIDE), file("b.txt", TIDE)])
    page.get_by_text("0 uploaded, 2 to go").wait_for()
    page.get_by_role("button", name="Cancel b.txt").click()
    page.get_by_text("0 uploaded, 1 not uploaded, 1 to go").wait_for()
    page.get_by_role("button", name="Cancel all").click()
    page.get_by_text("0 uploaded, 2 not uploaded").wait_for()
    assert page.locator(".qa-came").all_inner_texts() == ["cancelled", "cancelled"]
    page.unroute_all()
    give(opened, file("c.txt", TIDE))
    assert page.locator(".qa-coming-words").inner_text() == "1 uploaded"


def test_the_list_is_sorted_and_filtered(library):
    opened = library()
    page = opened.page
    by_name = names(opened)
    page.get_by_role("button", name="Size", exact=True).click()
    page.locator("th[aria-sort=descending]", has_text="Size").wait_for()
    assert names(opened)[0] == "diary.txt"
    focused = "document.activeElement.dataset.column"
    assert page.evaluate(focused) == "size"
    page.keyboard.press("Enter")
    page.locator("th[aria-sort=ascending]", has_text="Size").wait_for()
    assert names(opened)[-1] == "diary.txt"
    page.get_by_role("button", name="Document", exact=True).click()
    page.locator("th[aria-sort=ascending]", has_text="Document").wait_for()
    assert names(opened) == by_name

    box = page.get_by_role("searchbox", name="Filter documents")
    box.press_sequentially("skerry PDF")
    page.get_by_text("1 file of 5").wait_for()
    assert names(opened) == ["A Guide to Skerry Point"]
    assert box.evaluate("box => box === document.activeElement")
    box.fill("nothing like it")
    page.get_by_text("No document matches.").wait_for()
    box.fill("")
    page.get_by_text(re.compile("^5 files$")).wait_for()


def test_a_document_opens_in_the_viewer(library):
    opened = library()
    link = opened.page.get_by_role("link", name="A Guide to Skerry Point")
    assert link.get_attribute("href") == "?document=guide.pdf"
    link.click()
    opened.source().get_by_text("Agnes Orr").wait_for()


def test_the_keyboard_is_enough_to_remove(library):
    opened = library()
    page = opened.page
    give(opened, file("tide.txt", TIDE))
    page.get_by_role("button", name="Remove tide.txt").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "qa-no"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "qa-remove"
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Removed tide.txt").wait_for()
    page.wait_for_function("document.activeElement.matches('.qa-shown')")
    assert "tide.txt" not in names(opened)


def test_files_are_chosen_by_keyboard(library):
    opened = library()
    page = opened.page
    with page.expect_file_chooser() as chosen:
        page.locator("#qa-files").press("Space")
    chosen.value.set_files([file("tide.txt", TIDE)])
    page.locator(".qa-receipt", has_text="1 added").wait_for()


def test_who_comes_second_is_told_and_waits(library):
    one, other = library(), library()
    one.page.set_input_files("#qa-files", [file(f"{n}.txt", TIDE) for n in range(6)])
    one.page.locator(".qa-running", has_text="Bringing up to date").wait_for()
    other.page.get_by_role("button", name="Bring up to date").click()
    waiting = other.page.locator(".qa-running", has_text="Another is being indexed")
    waiting.wait_for()
    other.screenshot("documents-waiting")
    one.page.locator(".qa-receipt", has_text="6 added").wait_for()
    other.page.locator(".qa-receipt", has_text="6 unchanged").wait_for()
    assert other.page.locator(".qa-coming li").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(library, scheme):
    opened = library(390, 844, scheme=scheme)
    opened.screenshot(f"documents-phone-{scheme}")
    long = "a-very-long-name-without-any-space-" * 4
    give(opened, file(f"{long}.txt", TIDE), file("broken.pdf", BROKEN))
    assert opened.page.evaluate(SIDEWAYS) <= 0
    opened.page.get_by_role("button", name="Remove broken.pdf").click()
    assert opened.page.evaluate(SIDEWAYS) <= 0
    opened.page.locator("tr", has_text="broken.pdf").scroll_into_view_if_needed()
    opened.screenshot(f"documents-phone-list-{scheme}")


def test_uploads_go_into_the_library_of_the_samples(window, real):
    opened = to_documents(window(url=real.url).open())
    page = opened.page
    before = page.locator(".qa-files tbody tr").count()
    give(opened, file("lantern.txt", b"The porch lantern of Vellmoor burns turquoise in winter."))
    opened.screenshot("documents-real")
    assert "1 added" in page.locator(".qa-receipt").inner_text()
    page.get_by_role("tab", name="Ask").click()
    turn = opened.ask("What colour does the porch lantern of Vellmoor burn in winter?")
    assert "turquoise" in turn.locator(".qa-card").first.inner_text()
    to_documents(opened)
    page.get_by_role("button", name="Remove lantern.txt").click()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("Removed lantern.txt").wait_for()
    assert page.locator(".qa-files tbody tr").count() == before
