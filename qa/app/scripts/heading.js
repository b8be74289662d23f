// Who logs out leaves nothing of what was asked in this browser.
element.addEventListener('click', (event) => {
  if (!event.target.closest('.qa-logout')) return;
  for (const key of Object.keys(localStorage)) if (key.startsWith('qa-')) localStorage.removeItem(key);
});
