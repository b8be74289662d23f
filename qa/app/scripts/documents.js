// The list is fetched whenever it comes into view. A removal asks first, in the row itself.
let focused = '';

new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) trigger('browse', {});
}).observe(element);

function ask(row, sure) {
  row.querySelector('.qa-sure').hidden = !sure;
  row.querySelector('.qa-remove').hidden = sure;
  row.querySelector(sure ? '.qa-no' : '.qa-remove').focus();
}

element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  const row = event.target.closest('tr[data-path]');
  if (!button) return;
  if (button.matches('.qa-sort')) {
    focused = `.qa-sort[data-column="${button.dataset.column}"]`;
    trigger('browse', { column: button.dataset.column });
  } else if (button.matches('.qa-page')) {
    focused = '.qa-shown';
    trigger('browse', { page: Number(button.dataset.page) });
  } else if (button.matches('.qa-remove')) {
    ask(row, true);
  } else if (button.matches('.qa-no')) {
    ask(row, false);
  } else if (button.matches('.qa-yes')) {
    focused = '.qa-shown, .qa-none';
    row.setAttribute('aria-busy', 'true');
    row.querySelector('.qa-sure').textContent = 'Removing …';
    trigger('discard', { document: row.dataset.path });
  }
});

element.addEventListener('keydown', (event) => {
  const sure = event.target.closest('.qa-sure');
  if (event.key === 'Escape' && sure) ask(sure.closest('tr'), false);
});

// What had the focus is made anew with the list.
watch('value', () => {
  const target = focused && element.querySelector(focused);
  focused = '';
  if (!target) return;
  if (!target.matches('button')) target.tabIndex = -1;
  target.focus();
});
