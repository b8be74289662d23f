// Asks one question after the other, since each may lean on the one before, and draws the replies.
const turns = element.querySelector('.qa-turns');
const announced = element.querySelector('.qa-announced');
const chat = element.closest('#qa-conversation');
let queue = restore();

function ask(question, verbatim = false) {
  if (!question.trim()) return;
  const turn = drawn('<section class="qa-turn"><h2 class="qa-question" dir="auto"></h2></section>');
  turn.firstChild.textContent = question.trim();
  turns.append(turn);
  pending(turn, question.trim(), verbatim);
}

function pending(turn, question, verbatim) {
  turn.querySelector('.qa-reply')?.remove();
  turn.append(drawn('<p class="qa-reply">Searching …</p>'));
  turn.scrollIntoView({ block: 'start' });
  announce('Searching …');
  queue = queue.then(() => answer(turn, question, verbatim));
}

async function answer(turn, question, verbatim) {
  if (!turn.isConnected) return; // the conversation was begun anew
  const asked = { question, before: verbatim ? null : before(), ...settings() };
  try {
    const reply = await call('answer_question', asked);
    if (turn.isConnected) show(turn, reply);
  } catch (error) {
    fail(turn, error, () => pending(turn, question, verbatim));
  }
}

function show(turn, reply) {
  const answered = drawn(reply.html);
  turn.replaceWith(answered);
  entries.set(answered, { ...reply.turn, judged: {} });
  while (turns.children.length > props.most_turns) turns.firstElementChild.remove();
  save();
  announce(spoken(answered));
  const card = answered.querySelector('.qa-cards:not(.qa-unanswered) .qa-card');
  if (card) open(card, false);
  else close();
  answered.scrollIntoView({ block: 'start' });
}

function fail(turn, error, again) {
  const note = drawn('<p class="qa-reply qa-note"><bdi></bdi> </p>');
  const button = drawn('<button type="button" class="qa-again">Ask again</button>');
  note.firstChild.textContent = error.message;
  note.append(button);
  button.addEventListener('click', again);
  turn.querySelector('.qa-reply').replaceWith(note);
  announce(error.message);
}

// What a question may lean on: the last one that was answered or refused.
function before() {
  const last = kept().at(-1);
  if (!last) return null;
  const cited = last.answer?.citations[0];
  return { searched: last.asked || last.question, title: cited?.title || cited?.document || '' };
}

function settings() {
  const form = document.querySelector('#qa-controls form');
  const given = new FormData(form);
  const least = form.elements.least;
  return {
    k: form.elements.k.checkValidity() ? Number(given.get('k')) : Number(form.elements.k.defaultValue),
    method: given.get('method'),
    least: Number(least.value) === Number(least.defaultValue) ? null : Number(least.value),
    within: given.getAll('within'),
  };
}

// A question that is asked meanwhile stands after what is restored.
async function restore() {
  const all = saved();
  if (!all.length) return;
  const reply = await call('restore_turns', all).catch(() => ({ turns: [] })); // it stays kept
  const restored = reply.turns.map(([place, html]) => {
    const turn = drawn(html);
    entries.set(turn, { ...all[place], judged: { ...all[place].judged } });
    showJudged(turn);
    return turn;
  });
  turns.prepend(...restored);
  const last = restored.at(-1);
  if (!last || last !== turns.lastElementChild) return;
  last.scrollIntoView({ block: 'start' });
  const linked = new URLSearchParams(location.search).has('document');
  const card = last.querySelector('.qa-cards:not(.qa-unanswered) .qa-card');
  if (card && !linked) open(card, false);
}

function spoken(turn) {
  const quotes = [...turn.querySelectorAll('.qa-says q')].map((quote) => quote.textContent);
  return [...quotes, turn.querySelector('.qa-reply').firstChild.textContent].join('. ');
}

// A region speaks when its text changes: the same words twice would not be spoken again.
function announce(text) {
  announced.textContent = announced.textContent === text ? `${text}\u00a0` : text;
}

async function download() {
  const page = location.origin + location.pathname;
  try {
    const { markdown } = await call('export_turns', { turns: kept(), page });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([markdown], { type: 'text/markdown' }));
    link.download = `questions-${new Date().toISOString().slice(0, 10)}.md`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    announce('Exported');
  } catch (error) {
    announce(`Not exported: ${error.message}`);
  }
}

function renew() {
  turns.replaceChildren();
  entries.clear();
  forget();
  close();
  announce('New conversation');
  document.querySelector('#qa-question textarea').focus();
}

chat.addEventListener('qa-ask', (event) => ask(event.detail));
chat.addEventListener('qa-export', download);
chat.addEventListener('qa-new', renew);
