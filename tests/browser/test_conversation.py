"""A conversation: kept by the browser, copied from, judged, exported, asked with settings."""

import json

import pytest

pytestmark = pytest.mark.browser

KEEPER = "Who was the first keeper of the lighthouse?"
MUSEUM = "When was the harbour museum opened?"
DRAGONS = "Which dragons visited purple lighthouse mountains?"
FOCUSED = "document.activeElement.closest('.qa-card')?.dataset.number"


def allow_clipboard(chat):
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])


def clipboard(chat):
    return chat.page.evaluate("navigator.clipboard.readText()")


def announced(chat, text):
    chat.page.locator(".qa-announced", has_text=text).wait_for(state="attached")


# The reply


def test_the_reply_is_the_evidence_with_chips_that_open_it(window):
    chat = window().open()
    turn = chat.ask("Which keeper wrote nothing else?")
    says = turn.locator(".qa-says").first
    assert "wrote of nothing else for a week." in says.locator("q").inner_text()
    turn.locator(".qa-chips").get_by_role("button", name="Passage 2").click()
    chat.source().locator(".qa-number", has_text="2").wait_for()
    assert chat.page.evaluate(FOCUSED) == "2"
    announced(chat, "best match first")


def test_a_question_appears_at_once_and_is_announced(window):
    chat = window().open()
    chat.page.route("**/component_server/**", lambda route: None)
    chat.page.get_by_role("textbox", name="Question").fill(KEEPER)
    chat.page.keyboard.press("Enter")
    chat.page.locator(".qa-question", has_text=KEEPER).wait_for()
    announced(chat, "Searching")


def test_a_server_that_is_gone_is_said_and_the_question_can_be_asked_again(window, serving):
    served = serving()
    chat = window(url=served.url).open()
    chat.ask(KEEPER)
    chat.page.route("**/component_server/**", lambda route: route.abort())
    turn = chat.ask(MUSEUM)
    assert "lost its server" in turn.inner_text()
    chat.page.unroute("**/component_server/**")
    turn.get_by_role("button", name="Ask again").click()
    turn.locator(".qa-card").first.wait_for()
    assert chat.page.locator(".qa-turn").count() == 2


# Copies


def test_a_quote_is_copied_with_its_reference_and_its_link(window):
    chat = window().open()
    allow_clipboard(chat)
    card = chat.ask("Which keeper wrote nothing else?").locator(".qa-card").first
    card.get_by_role("button", name="Copy quote").click()
    card.get_by_role("button", name="Copied").wait_for()
    announced(chat, "Copied")
    quote, reference, link = clipboard(chat).split("\n")
    assert quote.startswith("“The lighthouse keeper saw a green flash")
    assert reference.startswith("diary.txt, character ")
    assert link.startswith(f"{chat.url}?document=diary.txt&start=")
    card.get_by_role("button", name="Copy quote").wait_for()


def test_a_copied_link_opens_the_passage_and_keeps_the_conversation(window):
    chat = window().open()
    allow_clipboard(chat)
    card = chat.ask(KEEPER).locator(".qa-card").nth(1)
    card.get_by_role("button", name="Copy link").click()
    card.get_by_role("button", name="Copied").wait_for()
    link = clipboard(chat)
    words = card.locator("mark").first.inner_text()
    chat.page.goto(link)
    chat.page.locator(".qa-turn .qa-card").first.wait_for()
    chat.source().get_by_text(words).first.wait_for()
    other = window()
    other.page.goto(link)
    other.source().get_by_text(words).first.wait_for()
    assert other.page.locator(".qa-turn").count() == 0


def test_without_a_clipboard_the_text_is_offered(window):
    chat = window()
    chat.page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
        "document.execCommand = () => false;"
    )
    card = chat.open().ask(KEEPER).locator(".qa-card").first
    card.get_by_role("button", name="Copy link").click()
    field = card.get_by_label("Text to copy")
    field.wait_for()
    assert field.input_value().startswith(f"{chat.url}?document=")
    selected = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert field.evaluate(selected) == field.input_value()
    announced(chat, "The text is selected")


# What is said of passages


def test_a_passage_is_judged_and_the_judgement_taken_back(window, serving):
    chat = window(url=serving().url).open()
    card = chat.ask(KEEPER).locator(".qa-card").first
    answers = card.get_by_role("button", name="This answers")
    answers.click()
    card.locator('.qa-judge[data-answers="true"][aria-pressed="true"]').wait_for()
    announced(chat, "Kept")
    card.get_by_role("button", name="Does not answer").click()
    card.locator('.qa-judge[data-answers="false"][aria-pressed="true"]').wait_for()
    assert answers.get_attribute("aria-pressed") == "false"
    chat.screenshot("judged")
    card.get_by_role("button", name="Does not answer").click()
    announced(chat, "Taken back")
    assert chat.page.locator('[aria-pressed="true"]').count() == 0


def test_the_right_passage_is_named_where_none_was_said_to_answer(window, serving):
    chat = window(url=serving().url).open()
    turn = chat.ask(DRAGONS)
    nothing = turn.get_by_role("button", name="Right, nothing answers it")
    nothing.click()
    turn.locator('.qa-note .qa-judge[aria-pressed="true"]').wait_for()
    turn.get_by_text("nearest passages").click()
    turn.get_by_role("button", name="This is the right passage").first.click()
    turn.locator('.qa-card .qa-judge[aria-pressed="true"]').wait_for()
    assert nothing.get_attribute("aria-pressed") == "false"
    chat.open()
    pressed = chat.page.locator('.qa-card .qa-judge[aria-pressed="true"]')
    pressed.wait_for(state="attached")
    assert pressed.count() == 1


# History


def test_a_conversation_survives_a_reload(window):
    chat = window().open()
    chat.ask(KEEPER)
    chat.ask(MUSEUM)
    before = chat.page.locator(".qa-turns").inner_text()
    chat.open()
    chat.page.locator(".qa-turn").nth(1).locator(".qa-card").first.wait_for()
    assert chat.page.locator(".qa-turns").inner_text() == before
    chat.source().locator(".qa-number", has_text="1").wait_for()
    turn = chat.ask("And when was it closed?")
    assert turn.locator(".qa-asked-as bdi").inner_text() == "When was the harbour museum closed?"
    chat.page.locator(".qa-turn").first.locator(".qa-open").nth(1).click()
    chat.source().locator(".qa-number", has_text="2").wait_for()


def test_a_conversation_survives_the_server_and_an_open_page_goes_on(window, serving):
    first = serving()
    chat = window(url=first.url).open()
    chat.ask(KEEPER)
    chat.source().locator(".qa-number", has_text="1").wait_for()  # nothing is under way any more
    first.stop()
    serving(port=first.port)
    assert chat.ask(MUSEUM).locator(".qa-card").count() == 3
    chat.open()
    chat.page.locator(".qa-turn").nth(1).locator(".qa-card").first.wait_for()


def test_a_new_conversation_forgets_the_old_one(window):
    chat = window().open()
    chat.ask(KEEPER)
    chat.page.get_by_role("button", name="New conversation").click()
    chat.page.get_by_text("Ask a question in plain language.").wait_for()
    chat.source().get_by_text("The cited document appears here").wait_for()
    assert chat.page.evaluate("document.activeElement.matches('#qa-question textarea')")
    assert chat.page.evaluate("Object.keys(localStorage).filter(k => k.includes('history'))") == []
    chat.open()
    assert chat.page.locator(".qa-turn").count() == 0


@pytest.mark.parametrize(
    "kept",
    [
        "no json",
        "5",
        "{}",
        '[{"question": "<img src=x onerror=alert(1)>"}]',
        '[null, [], {"question": "x", "asked": "", "error": "<b onclick=alert(1)>x</b>"}]',
    ],
)
def test_a_history_that_was_tampered_with_does_no_harm(window, kept):
    chat = window().open()
    chat.ask(KEEPER)
    key = chat.page.evaluate("Object.keys(localStorage).find(key => key.includes('history'))")
    chat.page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, kept])
    chat.open()
    assert chat.ask(MUSEUM).locator(".qa-card").count() == 3
    turns = chat.page.locator(".qa-turns")
    assert turns.locator("img, b, script").count() == 0
    assert ("<b onclick=alert(1)>x</b>" in turns.inner_text()) == ("onclick" in kept)


def test_only_the_last_questions_are_kept(window):
    chat = window().open()
    chat.ask("Does it break?")
    key = chat.page.evaluate("Object.keys(localStorage).find(key => key.includes('history'))")
    (turn,) = json.loads(chat.page.evaluate("key => localStorage.getItem(key)", key))
    many = [{**turn, "question": f"Question {n}?"} for n in range(50)]
    chat.page.evaluate(
        "([key, all]) => localStorage.setItem(key, JSON.stringify(all))", [key, many]
    )
    chat.open()
    chat.page.locator(".qa-turn").nth(49).wait_for()
    box = chat.page.get_by_role("textbox", name="Question")
    box.fill(KEEPER)
    box.press("Enter")
    chat.page.locator(".qa-card").first.wait_for()
    assert chat.page.locator(".qa-turn").count() == 50
    assert chat.page.locator(".qa-question").first.inner_text() == "Question 1?"


def test_two_browsers_do_not_see_each_others_history(window):
    one, other = window().open(), window().open()
    one.ask(KEEPER)
    other.open()
    other.page.get_by_text("Ask a question in plain language.").wait_for()
    assert other.page.locator(".qa-turn").count() == 0
    assert KEEPER not in other.page.locator("#qa-conversation").inner_text()


def test_a_conversation_is_exported_as_markdown(window):
    chat = window().open()
    chat.ask(KEEPER)
    chat.ask("hostile zebras")
    chat.ask(DRAGONS)
    with chat.page.expect_download() as download:
        chat.page.get_by_role("button", name="Export as Markdown").click()
    assert download.value.suggested_filename.endswith(".md")
    text = download.value.path().read_text(encoding="utf-8")
    assert f"## {KEEPER}\n" in text
    assert "> The first keeper, Agnes Orr, kept a weather diary for thirty-one years." in text
    assert f"([open]({chat.url}?document=guide.pdf&start=" in text
    assert r"\<script\>alert(2)\</script\>" in text
    assert "**No passage answers this.**" in text


# Settings


def test_settings_are_obeyed_remembered_and_set_back(window):
    chat = window().open()
    form = chat.settings()
    form.get_by_label("Passages").fill("2")
    form.get_by_label("Words only").check()
    assert chat.ask(KEEPER).locator(".qa-card").count() == 2
    chat.screenshot("settings")
    chat.open()
    summary = chat.page.locator("#qa-controls summary")
    assert summary.inner_text() == "Settings: 2 passages, words only"
    form = chat.settings()
    assert form.get_by_label("Passages").input_value() == "2"
    form.get_by_role("button", name="Back to defaults").click()
    chat.page.get_by_text("Settings", exact=True).wait_for()
    assert form.get_by_label("Passages").input_value() == "5"
    assert form.get_by_label("Meaning and words").is_checked()
    assert chat.ask(KEEPER).locator(".qa-card").count() > 2


def test_a_question_is_asked_of_chosen_documents_only(window):
    chat = window().open()
    form = chat.settings()
    form.get_by_label("Filter documents by name").fill("diary")
    form.locator(".qa-within li").nth(1).wait_for(state="detached")
    form.get_by_label("diary.txt").check()
    form.get_by_label("Filter documents by name").fill("")
    form.locator(".qa-within li").nth(4).wait_for()
    assert form.locator(".qa-within input").first.is_checked(), "what is ticked stays, on top"
    assert chat.page.locator("#qa-controls summary").inner_text() == "Settings: only 1 document"
    locations = chat.ask(KEEPER).locator(".qa-location").all_inner_texts()
    assert {location.split(",")[0] for location in locations} == {"diary.txt"}
    chat.screenshot("chosen-documents")
    form.get_by_label("diary.txt").uncheck()
    assert "documents" in chat.ask(KEEPER).locator(".qa-reply").inner_text()


@pytest.mark.parametrize("number", ["0", "99", "", "2.5"])
def test_a_number_of_passages_that_is_none_is_the_default(window, number):
    chat = window().open()
    chat.settings().get_by_label("Passages").fill(number)
    assert (
        chat.ask("Which lighthouse keeper visits to clean the lens?").locator(".qa-card").count()
        == 5
    )


# The keyboard


def test_the_keyboard_asks_opens_copies_and_judges(window, serving):
    chat = window(url=serving().url).open()
    allow_clipboard(chat)
    page = chat.page
    page.locator("#qa-question textarea:focus").wait_for()
    page.keyboard.type("Which lighthouse keeper visits to clean the lens?")
    page.keyboard.press("Enter")
    page.locator(".qa-card").nth(4).wait_for()

    def back_to(selector):
        for _ in range(80):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("one => document.activeElement.matches(one)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached")

    back_to('.qa-card[data-number="3"] .qa-judge[data-answers="true"]')
    page.keyboard.press("Space")
    page.locator('.qa-card[data-number="3"] .qa-judge[aria-pressed="true"]').wait_for()
    back_to('.qa-card[data-number="3"] [data-document]')
    page.keyboard.press("Enter")
    page.locator(".qa-card").get_by_role("button", name="Copied").wait_for()
    assert "?document=" in clipboard(chat)
    back_to('.qa-card[data-number="3"] .qa-open')
    page.keyboard.press("Enter")
    chat.source().locator(".qa-number", has_text="3").wait_for()
    back_to('.qa-chips .qa-chip[data-number="2"]')
    page.keyboard.press("Enter")
    chat.source().locator(".qa-number", has_text="2").wait_for()
    assert page.evaluate(FOCUSED) == "2"
    back_to('[role="tab"]')
