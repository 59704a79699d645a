// Small conveniences of single pages; every page works without them.
import { read, write } from '../lib/store.js';

// <button data-fill data-fill-<input name>="…"> fills the form of a page, such as a demo account on the log-in page.
function fill(button) {
  for (const { name, value } of button.attributes) {
    const input = name.startsWith('data-fill-') && document.querySelector(`input[name="${name.slice('data-fill-'.length)}"]`);
    if (input) input.value = value;
  }
  document.querySelector('form button[type="submit"]')?.focus();
}

// <input type="checkbox" data-remember="name"> keeps its state on this device.
function remember(box) {
  const key = `cityloop.${box.dataset.remember}`;
  const kept = read(key);
  if (typeof kept === 'boolean') box.checked = kept;
  box.addEventListener('change', () => write(key, box.checked));
}

export function wirePages() {
  document.querySelectorAll('input[data-remember]').forEach(remember);
  document.addEventListener('click', ({ target }) => {
    const filler = target.closest?.('[data-fill]');
    if (filler) fill(filler);
    if (target.closest?.('[data-print]')) window.print();
  });
  document.addEventListener('change', ({ target }) => {
    if (target.tagName === 'SELECT') target.closest('form[data-autosubmit]')?.requestSubmit();
  });
  document.body.addEventListener('htmx:afterRequest', ({ detail, target }) => {
    if (detail.successful) target.closest?.('[data-close-after]')?.closest('dialog')?.close();
  });
}
