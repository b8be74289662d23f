// Labels are taken back, and runs started, by buttons; what comes of a run is brought into view.
const RUNS = ['measure', 'tune', 'calibrate'];

element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (RUNS.includes(button.dataset.run)) {
    document.getElementById('qa-outcome').dataset.awaited = 'yes';
    trigger(button.dataset.run, {});
  } else if (button.matches('.qa-withdraw')) {
    trigger('withdraw', { label: button.dataset.label });
  } else if (button.matches('.qa-download')) {
    download();
  }
});

async function download() {
  const text = await server.questions_file('');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/jsonl' }));
  link.download = 'questions.jsonl';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A list that was open stays open when a label leaves it, and the keyboard stays in it.
let open = false;
element.addEventListener('toggle', (event) => {
  if (event.target.matches('.qa-said-of') && event.target.isConnected) open = event.target.open;
}, true);
watch('value', () => {
  const list = element.querySelector('.qa-said-of');
  if (!list || !open) return;
  list.open = true;
  list.querySelector('summary').focus({ preventScroll: true });
});
