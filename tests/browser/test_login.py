"""Logging in and out, and what the server's policy allows the page and its description."""

import pytest

from tests.browser.conftest import serve

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def guarded():
    page = serve("ann:secret")
    yield page
    assert page.stop() == (0, "")


def log_in(page, password="secret"):
    page.get_by_label("User").fill("ann")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def complaints(page):
    """Collect what the browser says on the console that is no mere note."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else 0)
    return said


def test_a_person_logs_in_asks_and_logs_out(window, guarded):
    assert guarded.fetch("config")[0] == 401
    chat = window(url=guarded.url)
    page = chat.page
    page.goto(guarded.url)
    assert page.url == f"{guarded.url}login"
    log_in(page)
    page.locator("#qa-heading h1").wait_for()
    assert chat.ask("How many prisms does the lens have?").locator(".qa-card").count()
    page.get_by_role("link", name="Log out").click()
    page.get_by_role("button", name="Log in").wait_for()
    page.goto(f"{guarded.url}?x=1")
    assert page.url.startswith(f"{guarded.url}login?next=")
    log_in(page)
    page.locator("#qa-heading h1").wait_for()
    assert page.url == f"{guarded.url}?x=1"


@pytest.mark.parametrize(
    ("scheme", "width", "name"), [("light", 1280, "login"), ("dark", 390, "phone-login-dark")]
)
def test_a_wrong_password_is_said_and_the_form_stays(window, guarded, scheme, width, name):
    chat = window(width, 800, scheme=scheme, url=guarded.url)
    page = chat.page
    page.goto(guarded.url)
    page.locator("input[name=user]:focus").wait_for()
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type("guess")
    page.keyboard.press("Enter")
    assert page.get_by_role("alert").inner_text() == "Wrong user or password."
    assert page.get_by_label("User").input_value() == "ann"
    assert page.get_by_label("Password").input_value() == ""
    chat.screenshot(name)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    log_in(page)
    page.locator("#qa-heading h1").wait_for()


def test_two_windows_log_in_by_themselves(window, guarded):
    one, other = window(url=guarded.url), window(url=guarded.url)
    one.page.goto(guarded.url)
    log_in(one.page)
    one.page.locator("#qa-heading h1").wait_for()
    other.page.goto(guarded.url)
    assert other.page.url == f"{guarded.url}login"


def test_without_a_login_nobody_is_asked_to_log_out(window):
    chat = window().open()
    assert chat.page.get_by_role("link", name="Log out").count() == 0


def test_the_policy_lets_the_page_work(window):
    chat = window()
    said = complaints(chat.page)
    chat.open().ask("Which lighthouse keeper visits to clean the lens?")
    assert [text for text in said if "Content Security Policy" in text] == []


def test_the_description_is_shown_without_another_host(window, running):
    chat = window()
    said = complaints(chat.page)
    chat.page.goto(f"{running.url}docs")
    chat.page.get_by_text("/api/ask").first.wait_for()
    chat.page.locator("#operations-library-ask").click()
    chat.page.get_by_role("button", name="Try it out").first.wait_for()
    chat.screenshot("api")
    assert said == []
