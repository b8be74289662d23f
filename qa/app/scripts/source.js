// The panel scrolls its own text to the passage, so that the page itself stays where it is.
watch('value', () => {
  const text = element.querySelector('.qa-text');
  const passage = element.querySelector('.qa-passage');
  if (!text || !passage) return;
  const above = passage.getBoundingClientRect().top - text.getBoundingClientRect().top;
  text.scrollTop += above - text.clientHeight / 4;
});

element.addEventListener('click', (event) => {
  if (!event.target.closest('.qa-back')) return;
  const card = document.querySelector('.qa-open[aria-current]');
  card?.scrollIntoView({ block: 'center' });
  card?.focus({ preventScroll: true });
});
