// A card opens its citation, gives its quote or its link, and takes whether it answers.
const narrow = window.matchMedia('(max-width: 900px)');
const COPIED = 1_500; // milliseconds for which a button says so

function open(card, chosen = true) {
  element.querySelectorAll('[aria-current]').forEach((old) => old.removeAttribute('aria-current'));
  card.querySelector('.qa-open').setAttribute('aria-current', 'true');
  wish('cite', { citation: JSON.stringify(citationOf(card)) });
  if (chosen && narrow.matches) document.getElementById('qa-source').scrollIntoView({ block: 'start' });
}

function close() {
  element.querySelectorAll('[aria-current]').forEach((old) => old.removeAttribute('aria-current'));
  wish('cite', {});
}

function citationOf(card) {
  const entry = entries.get(card.closest('.qa-turn'));
  return entry.answer.citations[Number(card.dataset.number) - 1];
}

function textOf(button) {
  const { text, document: named, start, end } = button.dataset;
  const card = button.closest('.qa-card');
  const link = card.querySelector('[data-document]').dataset;
  const query = new URLSearchParams({ document: link.document, start: link.start, end: link.end });
  const address = `${location.origin}${location.pathname}?${query}`;
  return named === undefined ? `${text}\n${address}` : address;
}

// The clipboard is there on secure pages only; elsewhere a selected field is copied, or offered.
async function copy(button) {
  const text = textOf(button);
  const done = (await copied(text)) || offered(button, text);
  if (!done) return;
  const label = button.textContent;
  button.textContent = 'Copied';
  announce('Copied');
  setTimeout(() => (button.textContent = label), COPIED);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function offered(button, text) {
  const actions = button.closest('.qa-actions');
  actions.querySelector('.qa-to-copy')?.remove();
  const field = drawn('<textarea class="qa-to-copy" readonly rows="3" aria-label="Text to copy"></textarea>');
  field.value = text;
  actions.append(field);
  field.select();
  const done = document.execCommand('copy');
  if (done) {
    field.remove();
    button.focus();
  } else {
    announce('The text is selected: copy it with the keyboard');
  }
  return done;
}

async function judge(button) {
  const turn = button.closest('.qa-turn');
  const entry = entries.get(turn);
  const card = button.closest('.qa-card');
  const undone = button.getAttribute('aria-pressed') === 'true';
  const answers = undone ? null : button.dataset.answers === 'true';
  const citation = card ? citationOf(card) : null;
  try {
    const question = entry.asked || entry.question;
    await call('judge_passage', { question, citation, answers });
  } catch (error) {
    told(button, error.message);
    return;
  }
  noteJudged(entry, card ? card.dataset.number : 'none', answers);
  showJudged(turn);
  save();
  told(button, '');
  announce(undone ? 'Taken back' : 'Kept for measuring quality');
}

// Nothing answers, and this answers, cannot both be so: the last word counts.
function noteJudged(entry, place, answers) {
  delete entry.judged[place];
  if (answers === null) return;
  if (place === 'none') {
    for (const one of Object.keys(entry.judged)) if (entry.judged[one]) delete entry.judged[one];
  } else if (answers) {
    delete entry.judged.none;
  }
  entry.judged[place] = answers;
}

function showJudged(turn) {
  const { judged } = entries.get(turn);
  for (const button of turn.querySelectorAll('.qa-judge')) {
    const place = button.closest('.qa-card')?.dataset.number ?? 'none';
    button.setAttribute('aria-pressed', String(String(judged[place]) === button.dataset.answers));
  }
}

function told(button, message) {
  const group = button.closest('.qa-actions, .qa-reply');
  group.querySelector('.qa-untold')?.remove();
  if (!message) return;
  const note = drawn('<p class="qa-untold"><bdi></bdi></p>');
  note.firstChild.textContent = message;
  group.append(note);
  announce(message);
}

function chosen(chip) {
  const card = chip.closest('.qa-turn').querySelector(`.qa-card[data-number="${chip.dataset.number}"]`);
  if (!card) return;
  card.scrollIntoView({ block: 'nearest' });
  card.querySelector('.qa-open').focus({ preventScroll: true });
  open(card);
}

function reword(turn) {
  const box = document.querySelector('#qa-question textarea');
  const { asked, question } = entries.get(turn);
  box.value = asked || question;
  box.dispatchEvent(new Event('input', { bubbles: true }));
  box.focus();
}

element.addEventListener('click', (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on('.qa-chip')) chosen(on('.qa-chip'));
  else if (on('.qa-edit')) reword(on('.qa-turn'));
  else if (on('.qa-verbatim')) ask(entries.get(on('.qa-turn')).question, true);
  else if (on('.qa-copy')) copy(on('.qa-copy'));
  else if (on('.qa-judge')) judge(on('.qa-judge'));
  else if (on('.qa-card') && !on('.qa-whole, .qa-actions')) {
    const selecting = !on('.qa-open') && !window.getSelection().isCollapsed;
    if (!selecting) open(on('.qa-card'));
  }
});
