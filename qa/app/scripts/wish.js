// Wishes are numbered through the whole page: the server leaves what comes after a later one.
function wish(name, data) {
  window.qaTurn = (window.qaTurn ?? 0) + 1;
  trigger(name, { ...data, turn: window.qaTurn });
}
