// A card opens its citation; the newest question is brought to the top when the text changes.
const narrow = window.matchMedia('(max-width: 900px)');

function open(card) {
  element.querySelectorAll('[aria-current]').forEach((old) => old.removeAttribute('aria-current'));
  card.querySelector('.qa-open').setAttribute('aria-current', 'true');
  trigger('cite', { turn: card.dataset.turn, number: card.dataset.number });
  if (narrow.matches) document.getElementById('qa-source').scrollIntoView({ block: 'start' });
}

element.addEventListener('click', (event) => {
  const asked = event.target.closest('.qa-asked-as');
  if (event.target.closest('.qa-edit')) {
    trigger('reword', { turn: asked.dataset.turn });
    document.querySelector('#qa-question textarea').focus();
  } else if (event.target.closest('.qa-verbatim')) {
    trigger('verbatim', { turn: asked.dataset.turn });
  }
});

element.addEventListener('click', (event) => {
  const chip = event.target.closest('.qa-chip');
  if (!chip) return;
  const { turn, number } = chip.dataset;
  const card = element.querySelector(`.qa-card[data-turn="${turn}"][data-number="${number}"]`);
  if (!card) return;
  card.scrollIntoView({ block: 'nearest' });
  card.querySelector('.qa-open').focus({ preventScroll: true });
  open(card);
});

element.addEventListener('click', (event) => {
  const card = event.target.closest('.qa-card');
  const button = event.target.closest('.qa-open');
  const selecting = !button && !window.getSelection().isCollapsed;
  if (!card || event.target.closest('.qa-whole') || selecting) return;
  open(card);
});

watch('value', () => {
  element.querySelector('.qa-turn:last-child')?.scrollIntoView({ block: 'start' });
});
