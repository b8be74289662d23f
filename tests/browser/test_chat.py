import json

import pytest

pytestmark = pytest.mark.browser


def test_a_person_asks_and_reads_the_cited_passage(window):
    chat = window().open()
    assert chat.page.locator("#qa-heading").inner_text() == (
        "Ask your documents\n\n5 documents, 15 passages"
    )
    turn = chat.ask("Which keeper wrote nothing else?")
    assert turn.locator(".qa-question").inner_text() == "Which keeper wrote nothing else?"
    assert turn.locator(".qa-says").first.inner_text().endswith("of nothing else for a week. 1")
    assert "passages from 2 documents, best match first" in turn.inner_text()
    card = turn.locator(".qa-card").first
    assert card.locator(".qa-location").inner_text().startswith("diary.txt, character ")
    assert card.locator("mark strong").all_inner_texts() == ["keeper", "wrote", "nothing"]
    assert "75%" in card.inner_text()
    assert chat.page.get_by_role("textbox", name="Question").input_value() == ""
    chat.screenshot("asked")


def test_the_first_source_opens_by_itself_at_the_passage(window):
    chat = window().open()
    chat.ask("green flash at sunset seen by the keeper")
    source = chat.source()
    source.get_by_text("earlier text").wait_for()
    assert "green flash" in source.locator(".qa-passage").inner_text()
    assert len(source.locator(".qa-text").inner_text()) < 4_200
    passage = source.locator(".qa-passage").bounding_box()
    text = source.locator(".qa-text").bounding_box()
    assert text["y"] <= passage["y"] <= text["y"] + text["height"] / 2


def test_a_click_on_the_second_card_opens_its_source(window):
    chat = window().open()
    turn = chat.ask("Who was the first keeper of the lighthouse?")
    chat.source().locator(".qa-number", has_text="1").wait_for()
    second = turn.locator(".qa-card").nth(1)
    quote = second.locator("mark").first.inner_text()
    second.locator(".qa-quote").first.click()
    chat.source().locator(".qa-number", has_text="2").wait_for()
    assert quote in chat.source().locator(".qa-passage mark").all_inner_texts()
    assert turn.locator("[aria-current]").count() == 1
    assert second.locator("[aria-current]").count() == 1


def test_of_cards_clicked_in_haste_the_last_one_is_shown(window):
    chat = window().open()
    turn = chat.ask("Who was the first keeper of the lighthouse?")
    chat.source().locator(".qa-number", has_text="1").wait_for()
    turn.evaluate(
        "turn => [2, 3, 1, 2, 3].forEach("
        "at => turn.querySelector(`.qa-card:nth-of-type(${at}) .qa-open`).click())"
    )
    chat.source().locator(".qa-number", has_text="3").wait_for()
    chat.page.wait_for_timeout(500)  # nothing comes after it
    assert chat.source().locator(".qa-number").inner_text() == "3"
    assert turn.locator(".qa-card").nth(2).locator("[aria-current]").count() == 1


def test_earlier_turns_stay_and_can_still_be_opened(window):
    chat = window().open()
    first = chat.ask("How many prisms does the lens have?")
    chat.ask("green flash at sunset")
    assert chat.page.locator(".qa-turn").count() == 2
    first.locator(".qa-open").first.click()
    chat.source().get_by_text("A Guide to Skerry Point").wait_for()
    assert "prisms" in chat.source().locator(".qa-passage").inner_text()


def test_a_long_passage_unfolds(window):
    chat = window().open()
    card = chat.ask("How many prisms does the lens have?").locator(".qa-card").first
    assert "dogs wait below" not in card.inner_text()
    card.get_by_text("Whole passage").click()
    assert card.inner_text().count("prisms") == 1
    assert "dogs wait below" in card.inner_text()


def test_an_example_asks_itself(window):
    chat = window().open()
    chat.page.get_by_role("button", name="How many prisms does the lens have?").click()
    turn = chat.page.locator(".qa-turn")
    turn.locator(".qa-card").first.wait_for()
    assert turn.locator(".qa-question").inner_text() == "How many prisms does the lens have?"


def test_the_keyboard_is_enough(window):
    chat = window().open()
    page = chat.page
    page.locator("#qa-question textarea:focus").wait_for()
    page.keyboard.type("Who was the first keeper of the lighthouse?")
    page.keyboard.press("Enter")
    page.locator(".qa-card").nth(1).wait_for()
    focused = "document.activeElement.closest('.qa-card')?.dataset.number"
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate(focused) == "2":
            break
    while page.evaluate("!document.activeElement.matches('.qa-open')"):
        page.keyboard.press("Shift+Tab")
    chosen = page.evaluate(focused)
    page.keyboard.press("Enter")
    chat.source().locator(".qa-number", has_text=chosen).wait_for()
    assert page.evaluate(focused) == chosen
    page.keyboard.press("Shift+Tab")
    while page.evaluate("!document.activeElement.matches('.qa-open')"):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    chat.source().locator(".qa-number", has_text=page.evaluate(focused)).wait_for()


def test_no_answer_is_said_with_the_nearest_passages_folded_away(window):
    chat = window().open()
    turn = chat.ask("Which dragons visited purple lighthouse mountains?")
    assert "No passage answers this." in turn.inner_text()
    chat.source().get_by_text("The cited document appears here").wait_for()
    card = turn.locator(".qa-unanswered .qa-card").nth(1)
    assert not card.is_visible()
    chat.screenshot("unanswered")
    turn.get_by_text("nearest passages").click()
    card.locator(".qa-quote").first.click()
    chat.source().locator(".qa-number", has_text="2").wait_for()
    chat.screenshot("unanswered-unfolded")


def test_the_least_relevance_is_a_setting_with_its_default_stated(window):
    chat = window().open()
    question = "Which dragons visited purple lighthouse mountains?"
    form = chat.settings()
    form.get_by_text("Default: 0.50").wait_for()
    least = form.get_by_label("Minimum relevance")
    least.fill("0.1")
    assert "passages from" in chat.ask(question).inner_text()
    least.fill("0.5")
    assert "No passage answers this." in chat.ask(question).inner_text()


def test_sources_that_differ_are_shown_side_by_side(window):
    chat = window().open()
    turn = chat.ask("When was the harbour museum opened?")
    differ = turn.locator(".qa-differ")
    assert differ.inner_text().split() == ["Sources", "differ:", "1931", "1", "1932", "2"]
    assert "3 passages from 2 documents" in turn.inner_text()
    differ.get_by_role("button", name="Passage 2").click()
    chat.source().locator(".qa-number", has_text="2").wait_for()
    assert "1932" in chat.source().locator(".qa-passage").inner_text()
    assert turn.locator("[aria-current]").count() == 1
    focused = "document.activeElement.closest('.qa-card').dataset.number"
    assert chat.page.evaluate(focused) == "2"
    chat.screenshot("differ")


# Questions that lean on the one before


def test_a_question_that_leans_on_the_one_before_is_asked_whole_and_says_so(window):
    chat = window().open()
    chat.ask("When was the harbour museum opened?")
    turn = chat.ask("And when was it closed?")
    assert turn.locator(".qa-question").inner_text() == "And when was it closed?"
    asked = turn.locator(".qa-asked-as bdi").inner_text()
    assert asked == "When was the harbour museum closed?"
    assert "1987" in turn.locator(".qa-card").first.inner_text()
    chat.screenshot("followup")
    whole = chat.ask("How many prisms does the lens have?")
    assert whole.locator(".qa-asked-as").count() == 0


def test_what_was_made_of_a_question_can_be_edited(window):
    chat = window().open()
    chat.ask("When was the harbour museum opened?")
    turn = chat.ask("And when was it closed?")
    turn.get_by_role("button", name="Edit").click()
    box = chat.page.get_by_role("textbox", name="Question")
    chat.page.wait_for_function(
        "document.querySelector('#qa-question textarea').value.startsWith('When was the harbour')"
    )
    assert box.evaluate("box => box === document.activeElement")
    box.press("End")
    box.press_sequentially(" by the mayor?")
    box.press("Enter")
    edited = chat.page.locator(".qa-turn").nth(2)
    edited.locator(".qa-card").first.wait_for()
    assert edited.locator(".qa-question").inner_text() == (
        "When was the harbour museum closed? by the mayor?"
    )
    assert edited.locator(".qa-asked-as").count() == 0


def test_a_question_can_be_asked_as_it_was_written(window):
    chat = window().open()
    chat.ask("When was the harbour museum opened?")
    chat.ask("And when was it closed?").get_by_role("button", name="Ask as I wrote it").click()
    turn = chat.page.locator(".qa-turn").nth(2)
    turn.locator(".qa-card").first.wait_for()
    assert turn.locator(".qa-question").inner_text() == "And when was it closed?"
    assert turn.locator(".qa-asked-as").count() == 0
    assert turn.locator(".qa-card").count() == 1


def test_a_phone_shows_what_a_question_became_and_what_differs(window):
    chat = window(390, 844, scheme="dark").open()
    chat.ask("When was the harbour museum opened?")
    chat.screenshot("phone-differ-dark")
    turn = chat.ask("And when was it closed?")
    turn.locator(".qa-asked-as").wait_for()
    chat.screenshot("phone-followup-dark")
    assert chat.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_nothing_found_shows_no_cards_and_no_source(window):
    chat = window().open()
    chat.ask("green flash at sunset")
    turn = chat.ask("xylophone quartets")
    assert "No passage answers this." in turn.inner_text()
    assert turn.locator(".qa-card").count() == 0
    chat.source().get_by_text("The cited document appears here").wait_for()


def test_an_error_is_shown_as_it_is_and_the_chat_goes_on(window):
    chat = window().open()
    turn = chat.ask("Does it break?")
    assert "the library at /library is broken: run qa doctor --repair" in turn.inner_text()
    assert chat.ask("green flash at sunset").locator(".qa-card").count() == 1
    chat.screenshot("error")


def test_a_question_typed_while_another_is_sought_is_not_lost(window):
    chat = window().open()
    box = chat.page.get_by_role("textbox", name="Question")
    box.focus()
    for question in ("green flash at sunset", "hostile zebras", "prisms"):
        chat.page.keyboard.type(question)
        chat.page.keyboard.press("Enter")
        chat.page.wait_for_function("!document.querySelector('#qa-question textarea').value")
    chat.page.locator(".qa-turn").nth(2).locator(".qa-card").first.wait_for()
    assert chat.page.locator(".qa-question").all_inner_texts() == [
        "green flash at sunset",
        "hostile zebras",
        "prisms",
    ]
    assert box.input_value() == ""


def test_blank_questions_are_not_asked(window):
    chat = window().open()
    box = chat.page.get_by_role("textbox", name="Question")
    box.fill("   ")
    box.press("Enter")
    chat.page.wait_for_timeout(500)
    assert chat.page.locator(".qa-turn").count() == 0


def test_hostile_text_is_shown_and_does_nothing(window):
    chat = window().open()
    turn = chat.ask("hostile zebras <img src=x onerror=alert(5)> {{value}} ${alert(6)}")
    for text in (
        "${alert(1)}",
        "{{value}}",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(3)>",
    ):
        assert text in turn.locator(".qa-quote").first.inner_text()
        assert text in chat.source().locator(".qa-text").inner_text()
    assert "<img src=x onerror=alert(5)> {{value}} ${alert(6)}" in turn.inner_text()
    for place in (turn, chat.source()):
        assert "<script>alert('title')</script> {{title}}" in place.inner_text()
        assert "<b>evil</b> ${x}" in place.inner_text()
        assert place.locator("img, script, a, b, iframe, .katex").count() == 0
    chat.screenshot("hostile")


def test_a_phone_needs_no_sideways_scrolling(window):
    chat = window(390, 844).open()
    turn = chat.ask("Which lighthouse keeper visits to clean the lens?")
    chat.screenshot("phone")
    sideways = "document.documentElement.scrollWidth - window.innerWidth"
    assert chat.page.evaluate(sideways) <= 0
    turn.locator(".qa-open").nth(1).click()
    chat.source().locator(".qa-number", has_text="2").wait_for()
    chat.page.wait_for_function(
        "document.querySelector('.qa-text').getBoundingClientRect().top < window.innerHeight / 2"
    )
    chat.screenshot("phone-source")
    assert chat.page.evaluate(sideways) <= 0
    chat.page.get_by_role("button", name="Back to the passages").click()
    assert chat.page.evaluate("document.activeElement.closest('.qa-card').dataset.number") == "2"
    chat.ask("hostile zebras")
    assert chat.page.evaluate(sideways) <= 0


def test_dark_mode_is_dark(window):
    chat = window(scheme="dark").open()
    chat.screenshot("empty-dark")
    turn = chat.ask("Which lighthouse keeper visits to clean the lens?")
    chat.screenshot("asked-dark")
    for selector in (".qa-card", ".qa-question"):
        light = turn.locator(selector).first.evaluate(
            "e => getComputedStyle(e).color.match(/[0-9.]+/g).slice(0, 3).map(Number)"
        )
        assert min(light) > 180
    page = chat.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g)")
    assert max(map(float, page[:3])) < 60


def test_two_people_do_not_see_each_other(window):
    one, other = window().open(), window().open()
    one.ask("green flash at sunset")
    other.ask("How many prisms does the lens have?")
    assert one.page.locator(".qa-turn").count() == other.page.locator(".qa-turn").count() == 1
    assert "prisms" not in one.page.inner_text("body").replace("How many prisms does", "")
    assert "green flash" not in other.page.inner_text("body")
    one.ask("Who was the first keeper of the lighthouse?")
    assert one.page.locator(".qa-turn").count() == 2
    assert other.page.locator(".qa-turn").count() == 1


@pytest.mark.parametrize(
    "path",
    ["file=/etc/hostname", "file/etc/hostname", "file=http://example.org/", "proxy=x", "upload"],
)
def test_no_file_is_served_or_fetched(running, path):
    assert running.fetch(f"gradio_api/{path}") == (404, b"")


def test_the_page_offers_no_api(running):
    status, body = running.fetch("gradio_api/info")
    assert (status, json.loads(body)) == (200, {"named_endpoints": {}, "unnamed_endpoints": {}})


def test_ctrl_c_ends_quietly_while_a_browser_looks_on(window, serving):
    served = serving()
    window(url=served.url).open().ask("green flash at sunset")
    assert served.stop() == (0, "")
