// Questions to try, while nothing was asked.
server.list_examples('').then((reply) => {
  element.innerHTML = JSON.parse(reply ?? '{}').html ?? '';
});

element.addEventListener('click', (event) => {
  const example = event.target.closest('.qa-example');
  if (!example) return;
  const asked = new CustomEvent('qa-ask', { detail: example.textContent });
  document.getElementById('qa-conversation').dispatchEvent(asked);
});
