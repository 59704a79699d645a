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

const MOST_OF_A_FOLD = 3;

// Every field with its sentences; a folded group where many are wrong says so in one line.
function fieldLines(page) {
  const wrong = [...page.querySelectorAll('.fjs-has-errors')];
  const inside = (fold) => wrong.filter((field) => field.closest('details.fold') === fold);
  return wrong.flatMap((field) => {
    const fold = field.closest('details.fold');
    const beside = fold ? inside(fold) : [];
    if (beside.length > MOST_OF_A_FOLD) return field === beside[0] ? [line(foldText(fold, beside.length), field)] : [];
    return [...field.querySelectorAll('.fjs-form-field-error li')].map((item) => line(item.textContent, field));
  });
}

function line(text, field) {
  return h('li', {}, h('button', { type: 'button', onclick: () => focus(field) }, text));
}

function foldText(fold, count) {
  const name = fold.querySelector('.fold__title').textContent;
  return t(`“${name}”还有 ${count} 项要填。`, `“${name}”: ${count} answers are missing or wrong.`);
}

function focus(field) {
  for (let fold = field.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
  const control = field.querySelector('input:not(.sr-only, .fjs-hidden), textarea, select, button, [tabindex="0"]');
  control?.focus();
  field.scrollIntoView({ block: 'center' });
}
