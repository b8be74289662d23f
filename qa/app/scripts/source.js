// The viewer: what is shown says where it is (`data-place`); a wish to move sends that back changed.
const SVG = 'http://www.w3.org/2000/svg';
const narrow = window.matchMedia('(max-width: 900px)');
let view = 'picture'; // what the reader chose, while the page is open
let held = null; // the control that asked, which gets the focus back
const link = Object.fromEntries(new URLSearchParams(window.location.search));
let linked = 'document' in link;

const shownNow = () => element.querySelector('.qa-opened');
const showsPicture = () => shownNow()?.dataset.view === 'picture';
const scroller = () => element.querySelector(showsPicture() ? '.qa-view' : '.qa-text');
const placeOf = (shown) => JSON.parse(shown.dataset.place);

function go(change, act) {
  const { shown, ...place } = placeOf(shownNow());
  held = act;
  wish('go', { ...place, page: null, first: null, last: null, match: shown.match, ...change });
}

const acts = {
  previous: ({ previous }) => previous && { page: previous },
  following: ({ following }) => following && { page: following },
  earlier: ({ page, first }) => ({ page, last: first }),
  later: ({ page, last }) => ({ page, first: last }),
  passage: () => ({ match: null }),
  before: ({ match, matches }) => ({ match: match ? match - 1 || matches : matches }),
  after: ({ match, first }) => (match ? { match: match + 1 } : { match: 0, since: first }),
};

function act(name) {
  const change = acts[name](placeOf(shownNow()).shown);
  if (change) go(change, name);
}

function choose(chosen) {
  view = chosen;
  apply();
  toPassage();
}

function apply() {
  const shown = shownNow();
  const canChoose = shown.classList.contains('qa-pictured') && !shown.dataset.failed;
  shown.dataset.view = canChoose ? view : 'text';
  for (const button of shown.querySelectorAll('.qa-views .qa-act')) {
    button.setAttribute('aria-pressed', String(button.dataset.act === shown.dataset.view));
  }
}

// The panel scrolls by itself, so that the page it stands on stays where it is.
function scrollTo(target, share) {
  const box = scroller();
  if (!box || !target) return;
  const above = target.getBoundingClientRect().top - box.getBoundingClientRect().top;
  box.scrollTop += above - box.clientHeight * share;
}

function toPassage() {
  const from = showsPicture()
    ? ['here', 'evidence', 'passage', 'found'].map((kind) => `.qa-sheet path.qa-${kind}`)
    : ['.qa-text .qa-here', '.qa-text .qa-passage'];
  const target = from.map((selector) => element.querySelector(selector)).find(Boolean);
  scrollTo(target, 0.25);
}

function say(shown, sentence) {
  const note = document.createElement('p');
  note.className = 'qa-note';
  note.setAttribute('role', 'status');
  note.textContent = sentence;
  shown.querySelector('.qa-toolbar').before(note);
}

function fail(shown, sentence) {
  shown.dataset.failed = 'true';
  say(shown, `This page is shown as text. ${sentence}`);
  shown.querySelector('.qa-views').remove();
  apply();
  toPassage();
}

async function sentenceOf(response) {
  const said = await response.json().catch(() => ({}));
  return typeof said.error === 'string' ? said.error : '';
}

function drawBoxes(page, kinds, spans) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 1 1');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  for (const kind of ['passage', 'evidence', 'found', 'here']) {
    const boxes = spans.filter((_, index) => kinds[index] === kind).flatMap((span) => span.boxes);
    if (!boxes.length) continue;
    const path = document.createElementNS(SVG, 'path'); // one, so that no tint is laid on twice
    path.setAttribute('class', `qa-${kind}`);
    path.setAttribute(
      'd',
      boxes.map(([left, top, right, bottom]) => `M${left} ${top}H${right}V${bottom}H${left}Z`).join(''),
    );
    svg.append(path);
  }
  page.append(svg);
}

async function addBoxes(shown, page) {
  const wanted = JSON.parse(page.dataset.spans);
  if (!wanted.length) return;
  const place = placeOf(shown);
  const query = new URLSearchParams({ document: place.document, page: place.shown.page });
  for (const [, start, end] of wanted) query.append('span', `${start}-${end}`);
  const response = await fetch(`api/picture/boxes?${query}`);
  if (!response.ok || !page.isConnected) return; // the picture's own failure is told
  const { spans } = await response.json();
  if (spans.some((span) => span.boxes.length)) drawBoxes(page, wanted.map(([kind]) => kind), spans);
  else say(shown, 'Where the words stand on this picture is not known; Text shows them.');
}

async function addPicture(shown, page) {
  const picture = page.querySelector('.qa-picture');
  try {
    await picture.decode();
    if (page.isConnected) shown.dataset.drawn = 'true';
  } catch {
    if (!page.isConnected) return;
    const response = await fetch(picture.src).catch(() => null);
    fail(shown, response && !response.ok ? await sentenceOf(response) : 'Its picture cannot be had.');
  }
}

async function draw(shown) {
  const page = shown.querySelector('.qa-sheet');
  if (!page) return;
  await Promise.all([addPicture(shown, page), addBoxes(shown, page).catch(() => {})]);
  if (page.isConnected && !shown.dataset.failed) toPassage();
}

function giveFocusBack() {
  const asked = held && element.querySelector(`[data-act="${held}"]`);
  const lost = !document.activeElement || document.activeElement === document.body;
  if (held && lost) (asked && !asked.disabled ? asked : scroller())?.focus({ preventScroll: true });
  held = null;
}

// Whoever follows a link to a place sees it at once, where the conversation would stand above it.
function bringIntoView() {
  if (linked && narrow.matches) element.scrollIntoView({ block: 'start' });
}

watch('value', async () => {
  const shown = shownNow();
  if (shown) {
    apply();
    toPassage();
    giveFocusBack();
  }
  bringIntoView();
  if (shown) await draw(shown);
  bringIntoView(); // the picture has made room for it
  linked = false;
});

element.addEventListener('click', (event) => {
  const button = event.target.closest('.qa-act');
  if (event.target.closest('.qa-back')) {
    const card = document.querySelector('.qa-open[aria-current]');
    card?.scrollIntoView({ block: 'center' });
    card?.focus({ preventScroll: true });
  } else if (button?.closest('.qa-views')) {
    choose(button.dataset.act);
  } else if (button) {
    act(button.dataset.act);
  }
});

element.addEventListener('submit', (event) => {
  event.preventDefault();
});

function turnTo(input) {
  if (/^\d{1,6}$/.test(input.value.trim())) go({ page: Number(input.value) }, 'page');
}

function find(input, backwards) {
  const { query, shown } = placeOf(shownNow());
  if (input.value.trim() !== query) {
    go({ query: input.value.trim(), match: 0, since: shown.first }, 'find');
  } else if (shown.matches) {
    go(acts[backwards ? 'before' : 'after'](shown), 'find');
  }
}

// Arrows turn pages; so do Page Up and Page Down where there is no more to scroll.
function turning(event) {
  const box = scroller();
  const atTop = box.scrollTop <= 0;
  const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 1;
  const back = event.key === 'ArrowLeft' || (event.key === 'PageUp' && atTop);
  const on = event.key === 'ArrowRight' || (event.key === 'PageDown' && atEnd);
  return (back && 'previous') || (on && 'following') || null;
}

element.addEventListener('keydown', (event) => {
  if (!shownNow() || event.altKey || event.ctrlKey || event.metaKey) return;
  const input = event.target.closest('input');
  if (input && event.key === 'Enter') {
    event.preventDefault();
    if (input.dataset.act === 'page') turnTo(input);
    else find(input, event.shiftKey);
  } else if (!input && event.target.closest('.qa-view, .qa-text')) {
    const wish = turning(event);
    if (!wish) return;
    event.preventDefault();
    act(wish);
  }
});

// What a link names comes with the page; once in hundreds of times it did not. Then ask again.
if (linked) {
  setTimeout(() => {
    if (!element.querySelector('.qa-empty')) return;
    const { p, ...place } = link;
    wish('go', { ...place, page: p ?? null });
  }, 5000);
}
