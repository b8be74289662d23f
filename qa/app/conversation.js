// A card opens its citation; the newest question is brought to the top when the text changes.
const narrow = window.matchMedia('(max-width: 900px)');

element.addEventListener('click', (event) => {
  const card = event.target.closest('.qa-card');
  const button = event.target.closest('.qa-open');
  const selecting = !button && !window.getSelection().isCollapsed;
  if (!card || event.target.closest('details') || selecting) return;
  element.querySelectorAll('[aria-current]').forEach((old) => old.removeAttribute('aria-current'));
  card.querySelector('.qa-open').setAttribute('aria-current', 'true');
  trigger('cite', { turn: card.dataset.turn, number: card.dataset.number });
  if (narrow.matches) document.getElementById('qa-source').scrollIntoView({ block: 'start' });
});

watch('value', () => {
  element.querySelector('.qa-turn:last-child')?.scrollIntoView({ block: 'start' });
});
