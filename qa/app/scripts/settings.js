// The settings: kept in this browser but for the documents, a choice that is easily forgotten.
const form = element.querySelector('form');
const within = element.querySelector('.qa-within');
const filter = element.querySelector('.qa-filter');
const changed = element.querySelector('.qa-changed');
const stored = `qa-settings-${props.library}`;
const REMEMBERED = ['k', 'method', 'least'];
let wanted = 0;

function values() {
  return Object.fromEntries(REMEMBERED.map((name) => [name, form.elements[name].value]));
}

function save() {
  try {
    localStorage.setItem(stored, JSON.stringify(values()));
  } catch {}
}

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(stored)) ?? {};
    for (const name of REMEMBERED) if (typeof kept[name] === 'string') form.elements[name].value = kept[name];
  } catch {}
  if (!form.elements.method.value) form.elements.method[0].checked = true;
  if (!form.elements.k.checkValidity()) form.elements.k.value = form.elements.k.defaultValue;
}

// What differs from the defaults is said beside the folded settings.
function say() {
  const { k, method, least } = form.elements;
  const chosen = within.querySelectorAll(':checked').length;
  const parts = [];
  if (k.value !== k.defaultValue) parts.push(k.value === '1' ? '1 passage' : `${k.value} passages`);
  if (method.value !== method[0].value) {
    parts.push([...method].find((one) => one.checked).parentElement.textContent.trim().toLowerCase());
  }
  if (Number(least.value) !== Number(least.defaultValue)) parts.push(`relevance from ${least.value}`);
  if (chosen) parts.push(chosen === 1 ? 'only 1 document' : `only ${chosen} documents`);
  changed.textContent = parts.length ? `: ${parts.join(', ')}` : '';
  element.querySelector('output').textContent = Number(least.value).toFixed(2);
}

// The documents that are ticked stay, on top; others follow the filter.
async function choices() {
  const turn = ++wanted;
  const reply = JSON.parse((await server.find_documents(JSON.stringify(filter.value))) ?? '{}');
  if (turn !== wanted || reply.html === undefined) return;
  const ticked = [...within.querySelectorAll(':checked')];
  const template = document.createElement('template');
  template.innerHTML = reply.html;
  const paths = new Set(ticked.map((box) => box.value));
  for (const box of template.content.querySelectorAll('input')) {
    if (paths.has(box.value)) box.closest('li').remove();
  }
  within.replaceChildren(...ticked.map((box) => box.closest('li')), template.content);
}

form.addEventListener('input', (event) => {
  if (event.target === filter) {
    choices();
    return;
  }
  say();
  save();
});
form.addEventListener('reset', () => {
  setTimeout(() => {
    say();
    save();
    choices();
  });
});
form.addEventListener('submit', (event) => event.preventDefault());
element.querySelector('details').addEventListener('toggle', (event) => {
  if (event.target.open) choices();
});
element.querySelector('.qa-tools').addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  const name = button.matches('.qa-new') ? 'qa-new' : 'qa-export';
  document.getElementById('qa-conversation').dispatchEvent(new CustomEvent(name));
});
load();
say();
