// Keys of a work list: J/K move, Enter opens, X selects, C claims; F begins a form, / searches, ? explains.
import { h, isTyping } from '../lib/dom.js';
import { t } from '../lib/i18n.js';

const HELP = [
  ['J', t('下一条', 'Next')], ['K', t('上一条', 'Previous')], ['Enter', t('打开', 'Open')], ['X', t('选择或取消选择', 'Select or unselect')],
  ['C', t('领取所选或当前一条', 'Claim the selected, or the current one')], ['F', t('到表单的第一项', 'Go to the first field of the form')], ['/', t('搜索', 'Search')], ['Ctrl+Enter', t('提交表单', 'Submit the form')],
  ['?', t('显示本说明', 'Show this help')], ['Esc', t('关闭或取消选择', 'Close, or select nothing')],
];

const rows = () => [...document.querySelectorAll('[data-worklist] [data-row]')];
const current = () => document.querySelector('[data-worklist] [data-row].is-current');

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  all.forEach((row) => row.classList.toggle('is-current', row === next));
  all.forEach((row) => row.toggleAttribute('aria-current', row === next));
  next.scrollIntoView({ block: 'nearest' });
}

function open(row) {
  const link = row.querySelector('a[href]');
  if (link) link.click();
  else if (row.dataset.href) location.assign(row.dataset.href);
}

function claim() {
  const bulk = document.querySelector('[data-bulk]:not([hidden]) [data-claim]');
  (bulk ?? current()?.querySelector('[data-claim]'))?.click();
}

const firstField = () => [...document.querySelectorAll('.fjs-form :is(input, textarea, select):not(:disabled, [readonly])')]
  .find((field) => field.offsetParent !== null);

const actions = {
  j: () => move(1),
  k: () => move(-1),
  enter: () => current() && open(current()),
  x: () => current()?.querySelector('input[type="checkbox"]')?.click(),
  c: claim,
  f: () => firstField().focus(),
  '/': () => document.querySelector('[data-search]')?.select(),
  '?': showHelp,
};

export function showHelp() {
  const list = HELP.map(([key, text]) => h('div', {}, h('dt', {}, h('kbd', {}, key)), h('dd', {}, text)));
  const close = h('button', { class: 'btn', 'data-close': true, type: 'button' }, t('关闭', 'Close'));
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'keys-title' },
    h('div', { class: 'dialog__head' }, h('h2', { id: 'keys-title' }, t('键盘快捷键', 'Keyboard shortcuts'))),
    h('div', { class: 'dialog__body' }, h('dl', { class: 'kv' }, ...list)), h('div', { class: 'dialog__foot' }, close));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// A focused link or button keeps its own Enter; a page without a work list keeps all letters.
function handled(event) {
  const key = event.key.toLowerCase();
  if (!Object.hasOwn(actions, key) || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (key === 'enter' && event.target.closest?.('a, button, summary, label, input')) return false;
  if (key === 'f') return Boolean(firstField());
  return '/?'.includes(key) || rows().length > 0;
}

export function wireKeys() {
  document.addEventListener('keydown', (event) => {
    if (isTyping(event) || document.querySelector('dialog[open]') || event.target.closest?.('[data-modeler]')) return;
    if (!handled(event)) return;
    event.preventDefault();
    actions[event.key.toLowerCase()]();
  });
  document.addEventListener('click', (event) => event.target.closest?.('[data-help]') && showHelp());
}
