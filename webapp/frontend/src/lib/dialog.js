import { h } from './dom.js';
import { t } from './i18n.js';

// Shows a dialog and answers with its form's FormData, or null when it was cancelled.
export function ask(title, { body = [], accept = t('确定', 'OK'), danger = false } = {}) {
  return new Promise((resolve) => {
    const form = h('form', { method: 'dialog' },
      h('div', { class: 'dialog__head' }, h('h2', { id: 'ask-title' }, title)),
      h('div', { class: 'dialog__body stack-s' }, ...body),
      h('div', { class: 'dialog__foot' },
        h('button', { class: 'btn', type: 'button', onclick: () => dialog.close() }, t('取消', 'Cancel')),
        h('button', { class: `btn btn--${danger ? 'danger' : 'primary'}`, value: 'yes' }, accept)));
    const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'ask-title' }, form);
    let answer = null;
    form.addEventListener('submit', () => { answer = new FormData(form); });
    dialog.addEventListener('close', () => { dialog.remove(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector('textarea, input, .btn--primary')?.focus();
  });
}

export const confirm = async (text, danger = false) =>
  (await ask(t('请确认', 'Please confirm'), { body: [h('p', {}, text)], danger })) !== null;

// Page dialogs: <… data-dialog="id"> opens <dialog id>, <… data-close> closes; data-confirm asks first.
export function wireDialogs() {
  document.addEventListener('click', (event) => {
    const opener = event.target.closest?.('[data-dialog]');
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    if (event.target.closest?.('[data-close]')) event.target.closest('dialog')?.close();
  });
  document.addEventListener('submit', async (event) => {
    const text = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (!text || event.target.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target, submitter } = event;
    if (!(await confirm(text))) return;
    target.dataset.confirmed = 'yes';
    target.requestSubmit(submitter);
    delete target.dataset.confirmed;
  }, true);
}
