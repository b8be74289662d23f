"""A library of hostile documents in every view of the page: nothing runs, and nothing is markup."""

import json
from urllib.parse import quote, urlencode

import pytest
from markdown_it import MarkdownIt

from qa.library import Library
from tests.browser.hostile_corpus import LONG_WORD, QUESTION, TRICKS, file_name, write_documents

pytestmark = pytest.mark.browser

LONG = 180_000  # milliseconds that asking all labelled questions may take on a busy machine
# What our own markup is made of; none of the tricks' elements is among them, unless told apart by
# what they carry.
ELEMENTS = """
a article bdi br button circle datalist dd details div dl dt fieldset figcaption figure footer form
g h1 h2 h3 h4 header img input label legend li line mark nav ol option output p path polyline
progress q rect section select small span strong summary svg table tbody td template text th thead
time title tr ul
""".split()
AUDIT = """(elements) => {
  const wrong = [];
  const own = (address) => /^(\\?|#|api\\/|logout$|blob:)/.test(address);
  const texts = ['value', 'title', 'alt', 'placeholder', 'href', 'src', 'content'];
  for (const one of document.querySelectorAll('.html-container, .html-container *')) {
    const shown = one.cloneNode(false).outerHTML.slice(0, 200);
    if (!elements.includes(one.localName)) wrong.push(shown);
    for (const { name, value } of one.attributes) {
      const address = ['href', 'src', 'action', 'formaction', 'data', 'srcset'].includes(name);
      const isText = texts.includes(name) || name.startsWith('data-') || name.startsWith('aria-');
      const isWrong = name.startsWith('on') || name === 'srcdoc' || (address && !own(value))
        || (name === 'style' && value && !/^[a-z-]+: ?[\\w.%-]+;?$/.test(value))
        || (!isText && value.includes('leaked'));
      if (isWrong) wrong.push(shown);
    }
  }
  const outside = 'script[src*=leaked], link[href*=leaked], base[href*=leaked], [class*=leaked]';
  if (document.querySelector(outside)) wrong.push('outside of what is ours');
  return wrong;
}"""
UNFOLD = "for (const one of document.querySelectorAll('.html-container details')) one.open = true"
SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"
HOSTILE_PLACES = (
    {"document": TRICKS[0], "start": 0, "end": 50},
    {"document": f"{file_name(TRICKS[1])}.md", "start": 0, "end": 40},
    {"document": f"{file_name(TRICKS[1])}.md", "start": TRICKS[0], "end": "-1e309"},
    {"document": "one line.txt", "start": 20_000, "end": 20_100, "find": TRICKS[2]},
    {"document": "../../etc/passwd", "start": 0, "end": 10},
)


@pytest.fixture(scope="module")
def served(chat, tmp_path_factory):
    """`qa chat` over the hostile documents, with the real model."""
    docs, folder = tmp_path_factory.mktemp("docs"), tmp_path_factory.mktemp("library")
    write_documents(docs)
    with Library.open(folder) as library:
        receipt = library.index(docs)
        assert sum(file.status == "added" for file in receipt.files) > len(TRICKS)
    return chat("--library", folder)


def tab(opened, name):
    opened.page.get_by_role("tab", name=name).click()


# What can be seen of documents. Each shows its view, and leaves it on the page; in this order.


def conversation(opened):
    form = opened.settings()
    form.get_by_label("Passages").fill("20")
    turn = opened.ask(QUESTION)
    assert turn.locator(".qa-card").count() > 10
    assert "<script>alert(1)</script>" in opened.page.locator("#qa-conversation").inner_text()


def hostile_questions(opened):
    for trick in TRICKS[::4]:
        turn = opened.ask(f"Who said {trick}?")
        assert trick.split("\n")[0][:12] in turn.locator(".qa-question").inner_text()


def viewer(opened):
    for card in opened.page.locator(".qa-turn").first.locator(".qa-card").all()[:12]:
        card.locator(".qa-open").click()
        name = card.locator(".qa-location").inner_text().rpartition(", ")[0]
        opened.source().locator(".qa-location").filter(has_text=name[:40]).wait_for()


def filter_of_documents(opened):
    within = opened.page.get_by_role("form", name="Settings").locator(".qa-within")
    within.locator("li", has_text="onerror").first.wait_for()
    within.locator("input").first.check()
    within.locator("input").first.uncheck()


def judged(opened):
    """Of one question the first passage is right, of others the last: these are measured worst."""
    for turn in opened.page.locator(".qa-turn").all():
        opened.page.evaluate(UNFOLD)
        card = turn.locator(".qa-card").nth(0 if turn.get_by_text("harbour gate?").count() else -1)
        card.locator('.qa-judge[data-answers="true"]').click()
        card.locator(".qa-judge[aria-pressed=true]").wait_for()


def restored(opened):
    opened.page.reload()
    opened.page.locator(".qa-turn .qa-card").first.wait_for()


def documents(opened):
    tab(opened, "Documents")
    opened.page.locator("#qa-documents td", has_text="onerror").first.wait_for()


def receipt(opened):
    files = [
        {"name": f"given {file_name(trick)}.txt", "mimeType": "text/plain", "buffer": b"Harbour."}
        for trick in TRICKS[:6]
    ]
    opened.page.set_input_files("#qa-files", files)
    opened.page.locator(".qa-receipt").wait_for(timeout=LONG)


def quality(opened):
    tab(opened, "Quality")
    opened.page.get_by_role("button", name="Evaluate").click()
    opened.page.locator("#qa-outcome table").first.wait_for(timeout=LONG)
    opened.page.locator("#qa-outcome article").first.wait_for(state="attached")


VIEWS = (
    *(conversation, filter_of_documents, viewer, hostile_questions, judged, restored),
    *(documents, receipt, quality),
)


def audit(opened, view):
    """Nothing is there that is not ours, and the page is no wider than its window."""
    opened.page.evaluate(UNFOLD)
    assert (view, opened.page.evaluate(AUDIT, ELEMENTS)) == (view, [])
    assert (view, max(0, opened.page.evaluate(SIDEWAYS))) == (view, 0)
    assert (view, opened.page.title()) == (view, "Ask your documents")


def test_the_audit_finds_each_trick_that_works(chromium):
    page = chromium.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.route("**", lambda route: route.abort())
    clean = '<div class="html-container"><p class="qa-note" title="leaked">leaked</p>{}</div>'
    page.set_content(clean.format(""))
    assert page.evaluate(AUDIT, ELEMENTS) == []
    for trick in TRICKS:
        if trick.startswith(("<", '"><', "'><")) and "http-equiv" not in trick:  # that goes away
            page.set_content(clean.format(trick))
            assert page.evaluate(AUDIT, ELEMENTS), trick
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_hostile_documents_are_text_in_every_view(served, window, width, scheme):
    opened = window(width=width, height=844, scheme=scheme, url=served.url)
    asked: list[str] = []
    opened.page.on("request", lambda request: asked.append(request.url.partition("?")[0]))
    opened.open()
    for view in VIEWS:
        view(opened)
        audit(opened, view.__name__)
        opened.screenshot(f"hostile-{width}-{view.__name__}")
    given = f"{served.url}api/uploads/"
    assert [one for one in asked if "leaked" in one and not one.startswith(given)] == []


@pytest.mark.parametrize("place", HOSTILE_PLACES, ids=range(len(HOSTILE_PLACES)))
def test_a_hostile_link_opens_text_or_says_why_not(served, window, place):
    opened = window(width=390, url=served.url)
    opened.page.goto(f"{served.url}?{urlencode(place)}")
    opened.source().locator("article, [role=alert]").first.wait_for()
    audit(opened, str(place))
    opened.page.goto(f"{served.url}{quote(TRICKS[1], safe='')}")
    assert opened.page.evaluate("document.querySelectorAll('img, script[src*=leaked]').length") == 0


def test_what_was_kept_is_not_believed(served, window):
    """Whoever can write what the browser keeps of a conversation gains no markup by it."""
    opened = window(url=served.url).open()
    opened.ask(QUESTION)
    forged = opened.page.evaluate(
        """(trick) => {
          const key = Object.keys(localStorage).find((name) => name.startsWith('qa-history'));
          const all = JSON.parse(localStorage.getItem(key));
          const forge = (value) => Array.isArray(value) ? value.map(forge)
            : value && typeof value === 'object'
              ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, forge(one)]))
              : typeof value === 'string' ? trick : value;
          localStorage.setItem(key, JSON.stringify([...all.map(forge), all[0], { html: trick }]));
          return all.length;
        }""",
        TRICKS[1],
    )
    assert forged == 1
    opened.page.reload()
    opened.page.locator(".qa-turn .qa-card").first.wait_for()
    audit(opened, "forged")


def test_an_export_is_markdown_without_markup(served, window):
    opened = window(url=served.url).open()
    opened.settings().get_by_label("Passages").fill("20")
    opened.ask(QUESTION)
    opened.ask(f"Who said {TRICKS[6]} {TRICKS[18]}?")
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="Export").click()
    exported = download.value.path().read_text("utf-8")
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(exported)
    parts = [part for token in tokens for part in (token, *(token.children or ()))]
    kinds = {part.type for part in parts}
    assert not kinds & {"html_block", "html_inline", "image", "fence", "code_block", "code_inline"}
    links = {str(part.attrs["href"]) for part in parts if part.type == "link_open"}
    assert links
    assert all(link.startswith(served.url) for link in links)


def test_a_login_that_fails_shows_what_was_typed_as_text(serving, window):
    guarded = serving("ann:secret")
    opened = window(width=390, url=guarded.url)
    for trick in TRICKS[:6]:
        opened.page.goto(f"{guarded.url}login?{urlencode({'next': trick})}")
        opened.page.get_by_label("User").fill(trick)
        opened.page.get_by_label("Password").fill(trick)
        opened.page.get_by_role("button", name="Log in").click()
        opened.page.get_by_role("alert").wait_for()
        assert opened.page.get_by_label("User").input_value() == trick
        assert opened.page.evaluate("document.querySelectorAll('img, svg, iframe').length") == 0
        assert opened.page.evaluate(SIDEWAYS) <= 0


def test_the_description_of_the_api_asks_nothing_of_others(served, window):
    opened = window(url=served.url)
    opened.page.goto(f"{served.url}docs?{urlencode({'url': '//leaked.invalid/openapi.json'})}")
    opened.page.get_by_text("document-qa").first.wait_for()
    body = json.loads(served.fetch("openapi.json")[1])
    assert not any(name in json.dumps(body) for name in ("leaked", LONG_WORD))
