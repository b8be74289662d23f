// Whoever started a run is taken to what comes of it, which a screen reader then reads.
watch('value', () => {
  const title = element.querySelector('.qa-outcome');
  const place = document.getElementById('qa-outcome');
  if (!title || !place.dataset.awaited) return;
  delete place.dataset.awaited;
  title.focus({ preventScroll: true });
  title.scrollIntoView({ block: 'start' });
});
