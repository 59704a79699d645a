import { h } from './dom.js';
import { t } from './i18n.js';

// A short message in the corner. tone: info, ok, warn, danger; a danger stays until it is closed.
export function toast(text, tone = 'info') {
  const note = h('div', { class: `toast toast--${tone}`, role: tone === 'danger' ? 'alert' : 'status' }, h('span', {}, text));
  note.append(h('button', { type: 'button', 'aria-label': t('关闭', 'Close'), onclick: () => note.remove() }, '×'));
  document.getElementById('toasts')?.append(note);
  if (tone !== 'danger') setTimeout(() => note.remove(), 6000);
  return note;
}
