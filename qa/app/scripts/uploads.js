// Files are sent one after the other; then the server is asked to read them.
const drop = element.querySelector('.qa-drop');
const input = element.querySelector('input[type=file]');
const coming = element.querySelector('.qa-coming');
const words = element.querySelector('.qa-coming-words');
const list = coming.querySelector('ul');
const stop = element.querySelector('.qa-stop');
const largest = Number(drop.dataset.largest);
const most = Number(drop.dataset.most);
let waiting = [];
let current = null;
let taken = 0;
let refused = 0;

function make(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text ?? '';
  return made;
}

function entry(name) {
  const item = document.createElement('li');
  const bar = document.createElement('progress');
  const cancel = make('button', 'qa-cancel', 'Cancel');
  const label = make('bdi', 'qa-name', name);
  const said = make('span', 'qa-came', 'waiting');
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute('aria-label', name);
  cancel.type = 'button';
  cancel.setAttribute('aria-label', `Cancel ${name}`);
  item.append(label, bar, said, cancel);
  list.append(item);
  return { item, bar, said, cancel };
}

function settle(one, text, isTaken) {
  one.said.textContent = text;
  one.bar.remove();
  one.cancel.remove();
  one.item.classList.add(isTaken ? 'qa-taken' : 'qa-refused');
  if (isTaken) taken += 1;
  else refused += 1;
  say();
}

function say() {
  const left = waiting.length + (current ? 1 : 0);
  const parts = [`${taken} uploaded`];
  if (refused) parts.push(`${refused} not uploaded`);
  if (left) parts.push(`${left} to go`);
  words.textContent = parts.join(', ');
  stop.hidden = !left;
}

function answer(request) {
  try {
    return JSON.parse(request.responseText) ?? {};
  } catch {
    return {};
  }
}

function send(one) {
  const request = new XMLHttpRequest();
  current = { one, request };
  one.said.textContent = '';
  request.upload.addEventListener('progress', (event) => {
    if (event.lengthComputable && event.total) one.bar.value = event.loaded / event.total;
  });
  request.addEventListener('loadend', () => {
    current = null;
    const said = answer(request);
    if (request.status === 201) {
      settle(one, said.name === one.file.name ? said.status : `${said.status} as ${said.name}`, true);
    } else if (one.isCancelled) {
      settle(one, 'cancelled', false);
    } else {
      settle(one, said.error ?? 'the connection was lost; try again', false);
    }
    next();
  });
  request.open('PUT', `api/uploads/${encodeURIComponent(one.file.name)}`);
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  request.send(one.file);
}

function next() {
  if (current) return;
  const one = waiting.shift();
  if (one) send(one);
  else if (taken) trigger('given', {});
  say();
}

function cancel(one) {
  one.isCancelled = true;
  if (current?.one === one) {
    current.request.abort();
    return;
  }
  waiting = waiting.filter((other) => other !== one);
  settle(one, 'cancelled', false);
}

function why(file, isFolder, place) {
  if (isFolder) return 'a folder: choose the files in it';
  if (place >= most) return `only ${most} files at a time`;
  if (file.size > largest) return `larger than ${Math.round(largest / 1e6)} MB`;
  return '';
}

function give(files, folders) {
  if (!files.length) return;
  if (!current && !waiting.length) {
    list.replaceChildren();
    taken = refused = 0;
  }
  coming.hidden = false;
  files.forEach((file, place) => {
    const one = { file, isCancelled: false, ...entry(file.name) };
    one.cancel.addEventListener('click', () => cancel(one));
    const reason = why(file, folders.has(file.name), place);
    if (reason) settle(one, reason, false);
    else waiting.push(one);
  });
  next();
}

input.addEventListener('change', () => {
  give([...input.files], new Set());
  input.value = '';
});

stop.addEventListener('click', () => {
  [...waiting].forEach(cancel);
  if (current) cancel(current.one);
});

drop.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('qa-over');
});
drop.addEventListener('dragleave', () => drop.classList.remove('qa-over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('qa-over');
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
  const folders = entries.filter((one) => one?.isDirectory).map((one) => one.name);
  give([...event.dataTransfer.files], new Set(folders));
});
