"""A running page, over the fake library or the real one, and Chromium to look at it with."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SCREENSHOTS = HERE / "screenshots"
PATIENCE = 60  # seconds to wait for anything; machines that run tests are busy
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Running:
    """A page that is served by a process of its own."""

    url: str
    process: subprocess.Popen[str]

    @property
    def port(self):
        """The port it listens on."""
        return int(self.url.rstrip("/").rpartition(":")[2])

    def fetch(self, path):
        """Return the status and the body of a path."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def stop(self):
        """Press Ctrl-C; return the exit code and all that was said on stderr."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@dataclass
class Window:
    """A browser window, and what it did that it should not."""

    page: Any
    url: str
    outside: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self):
        """Watch the page from the beginning."""
        self.page.on("request", self._request)
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self):
        """Go to the page and wait until it can be used."""
        self.page.goto(self.url)
        self.page.locator("#qa-heading h1").wait_for()
        self.page.get_by_role("textbox", name="Question").wait_for()
        return self

    def ask(self, question):
        """Type the question, press Enter and return the turn that answers it."""
        turns = self.page.locator(".qa-turn")
        before = turns.count()
        box = self.page.get_by_role("textbox", name="Question")
        box.fill(question)
        box.press("Enter")
        turns.nth(before).wait_for()
        turn = turns.nth(before)
        turn.get_by_text("Searching …").wait_for(state="detached")
        return turn

    def settings(self):
        """Unfold the settings and return them."""
        self.page.locator("#qa-controls summary").click()
        form = self.page.get_by_role("form", name="Settings")
        form.locator(".qa-within li").first.wait_for()
        return form

    def source(self):
        """Return the side panel."""
        return self.page.locator("#qa-source")

    def screenshot(self, name):
        """Keep what is seen as ``screenshots/name.png``."""
        self.page.wait_for_timeout(250)  # transitions end
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def _request(self, request):
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.outside.append(request.url)

    def _dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()


def serve(*arguments, port=None):
    """Start the fake page, unless told on a free port, and wait until it says where it is."""
    port = port or free_port()
    return serve_command(port, [str(HERE / "fake_page.py"), str(port), *arguments])


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def serve_command(port, arguments, **environment):
    """Start Python with arguments that serve a page, and wait until it says where it is."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{port}/"
    assert process.stdout
    said = process.stdout.readline()
    if url not in said:
        process.kill()
        pytest.fail(f"the page did not start: {said}{process.communicate()}")
    return Running(url, process)


@pytest.fixture(scope="session")
def chromium():
    """Chromium of the system, through Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def running():
    """One page for all tests; it must have reached no other machine when they are done."""
    page = serve()
    yield page
    assert page.stop() == (0, "")


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """The page of `qa chat` over the bundled samples, with the real model."""
    port = free_port()
    page = serve_command(
        port,
        ["-m", "qa", "chat", "--port", str(port), "--no-browser"],
        XDG_DATA_HOME=str(tmp_path_factory.mktemp("data")),
    )
    yield page
    assert page.stop() == (0, "")


@pytest.fixture(scope="module")
def chat():
    """Start `qa chat` with options; none may have anything to say when the tests are done."""
    started = []

    def start(*options):
        port = free_port()
        arguments = ["-m", "qa", "chat", "--port", str(port), "--no-browser", *map(str, options)]
        started.append(serve_command(port, arguments))
        return started[-1]

    yield start
    for page in started:
        assert page.stop() == (0, "")


@pytest.fixture
def serving():
    """Start a page that the test may stop; what is left running is ended."""
    started = []

    def start(*arguments, port=None):
        started.append(serve(*arguments, port=port))
        return started[-1]

    yield start
    for page in started:
        with page.process:  # closes its pipes
            page.process.kill()


@pytest.fixture(scope="session")
def profile(chromium):
    """A browser that many tests use one after the other, so that the page's scripts are cached."""
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture
def window(chromium, profile, running):
    """Open a window; no request may leave, no dialog open, no script fail.

    The first of a test is of the browser that is kept, with nothing of the tests before but what
    it cached of addresses; every other is of a browser of its own.
    """
    windows: list[Window] = []

    def make(width=1280, height=800, scheme="light", url=None):
        context = chromium.new_context() if windows else profile
        context.set_default_timeout(PATIENCE * 1_000)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        windows.append(Window(page, url or running.url))
        return windows[-1]

    yield make
    for made in windows:
        if made.page.context is profile:
            _forget(made.page)
        else:
            made.page.context.close()
    for made in windows:
        assert (made.outside, made.dialogs, made.errors) == ([], [], [])


def _forget(page):
    """Close all windows of a browser, with what pages have kept in it."""
    for address in {one.url for one in page.context.pages if one.url.startswith("http")}:
        kept = page.context.new_page()
        kept.route("**", lambda route: route.fulfill(body="", content_type="text/html"))
        kept.goto(address)
        kept.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.context.clear_cookies()
    page.context.clear_permissions()
    for one in page.context.pages:
        one.close()
