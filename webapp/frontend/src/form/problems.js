// Shows what is wrong: at the fields, and as a summary above the form whose lines lead to the fields.
import { h } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { pathText, set } from './paths.js';

const CLASS = 'error-summary';

// errors: { path: [sentences] } from the server. Returns the sentences that belong to no visible field.
export function showAtFields(form, errors) {
  const state = {};
  const left = { ...errors };
  for (const { id, valuePath, indexes } of form.get('formFieldInstanceRegistry').getAllKeyed()) {
    const path = pathText(valuePath);
    if (!left[path]) continue;
    set(state, [id, ...Object.values(indexes ?? {})], left[path]);
    delete left[path];
  }
  form._setState({ errors: state });
  return Object.values(left).flat();
}

export function clearSummary(page) {
  page.querySelector(`.${CLASS}`)?.remove();
}

// Waits for the fields to show their errors, then lists them and moves the focus there.
export async function showSummary(page, more = [], title = t('请更正以下内容', 'Please correct the following')) {
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 30)));
  clearSummary(page);
  const lines = [...more.map((text) => h('li', {}, text)), ...fieldLines(page)];
  const box = h('div', { class: CLASS, role: 'alert', tabindex: '-1' }, h('h2', {}, title), h('ul', {}, ...lines));
  page.prepend(box);
  box.focus();
  box.scrollIntoView({ block: 'center' });
}

function fieldLines(page) {
  return [...page.querySelectorAll('.fjs-has-errors')].flatMap((field) =>
    [...field.querySelectorAll('.fjs-form-field-error li')].map((item) =>
      h('li', {}, h('button', { type: 'button', onclick: () => focus(field) }, item.textContent))));
}

function focus(field) {
  const control = field.querySelector('input:not(.sr-only, .fjs-hidden), textarea, select, button, [tabindex="0"]');
  control?.focus();
  field.scrollIntoView({ block: 'center' });
}
