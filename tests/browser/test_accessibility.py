"""What axe-core finds on the page: nothing serious in our markup; of Gradio's own, a list is kept.

axe-core is a script, in ``node_modules`` beside the tests (``npm install --no-save axe-core``) or
where the environment variable ``AXE_CORE`` says.
"""

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / "node_modules" / "axe-core" / "axe.min.js"
DRAGONS = "Which dragons visited purple lighthouse mountains?"
FOUND = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.flatMap(({ id, impact, nodes }) => nodes.map((node) => {
    const place = node.target.flat().join(' ');
    const element = document.querySelector(place);
    const named = [element.id, ...element.classList].some((name) => name.startsWith('qa-'));
    const ours = named || element.closest('.html-container') !== null;
    return { id, impact, place, ours, why: node.failureSummary };
  }));
}"""


@pytest.fixture(scope="module")
def axe():
    """The text of axe-core."""
    script = Path(os.environ.get("AXE_CORE") or INSTALLED)
    if not script.is_file():
        pytest.skip("axe-core is not installed: npm install --no-save axe-core, or set AXE_CORE")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def others(chromium):
    """Keep what was found in Gradio's own markup, by the state of the page it was found in."""
    found: dict[str, list[str]] = {}
    yield found
    lines = [f"{state}: {line}" for state, lines in sorted(found.items()) for line in lines]
    kept = HERE / "screenshots" / "axe-gradio.txt"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("\n".join(lines or ["nothing"]) + "\n", encoding="utf-8")


@pytest.fixture
def check(axe, others):
    """Run axe on a window; nothing serious or critical may be ours."""

    def run(opened, state):
        opened.page.wait_for_timeout(300)  # transitions end, colours are what they will be
        opened.page.evaluate(axe)
        found = opened.page.evaluate(FOUND)
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        others[state] = [
            f"{one['impact']} {one['id']} at {one['place']}" for one in found if not one["ours"]
        ]
        ours = [f"{one['id']} at {one['place']}: {one['why']}" for one in serious if one["ours"]]
        assert not ours, "\n".join(ours)

    return run


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_nothing_serious_is_found_while_asking(window, check, scheme, width, height):
    chat = window(width, height, scheme=scheme).open()
    chat.page.locator(".qa-example").first.wait_for()
    state = f"{scheme} {width}"
    check(chat, f"{state} empty")
    chat.ask("When was the harbour museum opened?")
    chat.source().locator(".qa-number").first.wait_for()
    turn = chat.ask("And when was it closed?")
    turn.get_by_role("button", name="This answers").first.click()
    turn.locator('.qa-judge[aria-pressed="true"]').wait_for()
    check(chat, f"{state} answered")
    turn = chat.ask(DRAGONS)
    turn.get_by_text("nearest passages").click()
    check(chat, f"{state} unanswered")
    chat.settings()
    check(chat, f"{state} settings")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found_in_any_tab(window, check, scheme):
    chat = window(scheme=scheme).open()
    tabs = chat.page.locator("#qa-tabs > .tab-wrapper").get_by_role("tab")
    for place in range(tabs.count()):
        tabs.nth(place).click()
        chat.page.wait_for_timeout(1_000)  # a tab that is seen first fills itself
        check(chat, f"{scheme} tab {tabs.nth(place).inner_text()}")
