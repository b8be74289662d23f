// What was asked and answered, kept in this browser: an entry is a turn as the server gave it, and
// what was said of its passages.
const stored = `qa-history-${props.library}`;
const entries = new Map(); // of a turn's element

// What Gradio cannot reach it returns as undefined.
async function call(name, data) {
  const sent = await server[name](JSON.stringify(data));
  if (typeof sent !== 'string') throw new Error('The page has lost its server: is qa still running?');
  const reply = JSON.parse(sent);
  if (reply.error) throw new Error(reply.error);
  return reply;
}

function kept() {
  return [...turns.children].map((turn) => entries.get(turn)).filter(Boolean);
}

// A browser may have no room, or keep nothing at all: then the oldest goes, or everything.
function save() {
  for (const all = kept(); all.length; all.shift()) {
    const text = JSON.stringify(all);
    if (text.length > props.longest) continue;
    try {
      localStorage.setItem(stored, text);
      return;
    } catch {}
  }
  forget();
}

function forget() {
  try {
    localStorage.removeItem(stored);
  } catch {}
}

function saved() {
  try {
    const all = JSON.parse(localStorage.getItem(stored));
    return Array.isArray(all) ? all.slice(-props.most_turns) : [];
  } catch {
    return [];
  }
}

function drawn(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content.firstElementChild;
}
