// Row check boxes, select-all, and the bar of bulk actions ([data-bulk]) that shows while something is selected.
const boxes = (list) => [...list.querySelectorAll('[data-row] input[type="checkbox"]')];

function refresh(list) {
  const all = boxes(list);
  const chosen = all.filter((box) => box.checked);
  all.forEach((box) => box.closest('[data-row]').classList.toggle('is-selected', box.checked));
  const whole = list.querySelector('[data-select-all]');
  if (whole) {
    whole.checked = chosen.length > 0 && chosen.length === all.length;
    whole.indeterminate = chosen.length > 0 && !whole.checked;
  }
  for (const bar of document.querySelectorAll('[data-bulk]')) {
    bar.hidden = chosen.length === 0;
    const count = bar.querySelector('[data-bulk-count]');
    if (count) count.textContent = chosen.length;
  }
}

export function wireSelection() {
  document.addEventListener('change', ({ target }) => {
    const list = target.closest?.('[data-worklist]');
    if (!list) return;
    if (target.matches('[data-select-all]')) boxes(list).forEach((box) => { box.checked = target.checked; });
    refresh(list);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing) return;
    document.querySelectorAll('[data-worklist]').forEach((list) => {
      boxes(list).forEach((box) => { box.checked = false; });
      refresh(list);
    });
  });
  document.body.addEventListener('htmx:afterSettle', () => document.querySelectorAll('[data-worklist]').forEach(refresh));
  document.querySelectorAll('[data-worklist]').forEach(refresh);
}
