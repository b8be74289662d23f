element.addEventListener('click', (event) => {
  const example = event.target.closest('.qa-example');
  if (example) trigger('choose', { index: example.dataset.index });
});
