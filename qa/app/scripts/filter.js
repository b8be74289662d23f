// The list follows what is typed, a moment after the last key; the button starts a run.
const words = element.querySelector('#qa-words');
let soon;

words.addEventListener('input', () => {
  clearTimeout(soon);
  soon = setTimeout(() => wish('filter', { words: words.value }), 200);
});

element.querySelector('.qa-refresh').addEventListener('click', () => trigger('refresh', {}));
