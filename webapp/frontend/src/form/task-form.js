// One form-js form inside a real <form>: draft, checks, sending, and everything typed kept when it is refused.
import { Form } from '@bpmn-io/form-js-viewer';
import { h, json } from '../lib/dom.js';
import { reason, send } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { toast } from '../lib/toast.js';
import { Draft } from './draft.js';
import fieldTypes from './fields.js';
import markdown from './markdown.js';
import { chineseTexts } from './texts.js';
import { get, set } from './paths.js';
import { clearSummary, showAtFields, showSummary } from './problems.js';
import rules, { isReadonly } from './rules.js';
import { submission } from './submission.js';

const SAVE_AFTER = 400;

// A button may have its own address; `form.action` itself could be a control of that name.
function address(page, submitter) {
  return submitter?.getAttribute('formaction') ?? page.getAttribute('action') ?? location.href;
}

// Only what the person can change: a draft must not bring back an old version of what is merely shown.
function typed(form) {
  const kept = {};
  const { data } = form._getState();
  for (const instance of form.get('formFieldInstanceRegistry').getAllKeyed()) {
    const field = form.get('formFieldRegistry').get(instance.id);
    if (field.disabled || isReadonly(field, instance, form.get('expressionLanguage'))) continue;
    set(kept, instance.valuePath, get(data, instance.valuePath));
  }
  return kept;
}

export async function mount(place) {
  const page = place.closest('form');
  const readonly = 'readonly' in place.dataset;
  const form = new Form({
    container: place, debounce: false, fileUrl: place.dataset.fileUrl, additionalModules: [fieldTypes, rules, markdown],
    properties: { readOnly: readonly },
  });
  const task = new TaskForm(form, page, place);
  await task.open(json(place, 'schema', { type: 'default', components: [] }), json(place, 'data', {}), json(place, 'errors', {}));
  chineseTexts(place);
  if (page && !readonly) task.wire();
  place.cityloopForm = form;
  return form;
}

class TaskForm {
  constructor(form, page, place) {
    Object.assign(this, { form, page, place, draft: place.dataset.draft ? new Draft(place.dataset.draft) : null, changed: false });
  }

  async open(schema, data, errors) {
    const kept = this.draft?.load();
    this.original = { schema, data };
    await this.form.importSchema(schema, kept ? { ...data, ...kept.data } : data);
    if (kept) this.showRestored(kept.time);
    if (Object.keys(errors).length) setTimeout(() => this.refused(errors), 60);
  }

  wire() {
    let timer;
    this.form.on('field.updated', () => {
      this.changed = true;
      clearTimeout(timer);
      timer = setTimeout(() => this.keep(), SAVE_AFTER);
    });
    this.page.addEventListener('submit', (event) => {
      event.preventDefault();
      if (event.target === this.page) this.submit(event.submitter);
    });
    this.page.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.page.requestSubmit(this.page.querySelector('.btn--primary[type="submit"]'));
    });
    window.addEventListener('beforeunload', (event) => {
      if (this.changed && !this.kept) event.preventDefault();
    });
  }

  keep() {
    if (!this.draft) return;
    this.kept = this.draft.save(typed(this.form));
    const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    this.note(this.kept ? t(`草稿已保存 ${time}`, `Draft saved ${time}`) : t('此设备不能保存草稿', 'This device cannot keep drafts'));
  }

  note(...content) { this.page?.querySelector('[data-draft-note]')?.replaceChildren(...content); }

  showRestored(time) {
    const when = new Date(time).toLocaleString([], { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' });
    const drop = h('button', { type: 'button', class: 'btn btn--small', onclick: () => this.dropDraft() }, t('放弃草稿', 'Discard it'));
    this.note(t(`已恢复 ${when} 的草稿`, `Restored your draft of ${when}`), drop);
  }

  async dropDraft() {
    this.draft.forget();
    await this.form.importSchema(this.original.schema, this.original.data);
    this.changed = false;
    this.note();
  }

  async submit(submitter) {
    if (this.busy) return;
    clearSummary(this.page);
    const { data, errors } = this.form.submit();
    if (Object.keys(errors).length) return void showSummary(this.page);
    this.setBusy(submitter, true);
    const answer = await send(address(this.page, submitter), { body: submission(this.form, data, this.page, submitter, this.original.data) });
    this.setBusy(submitter, false);
    if (answer.ok) this.accepted(answer);
    else this.notAccepted(answer);
  }

  setBusy(button, busy) {
    this.busy = busy;
    button?.toggleAttribute('disabled', busy);
    button?.setAttribute('aria-busy', busy);
  }

  accepted({ body, url, redirected }) {
    this.draft?.forget();
    this.changed = false;
    if (body.location || redirected) location.assign(body.location ?? url);
    else {
      toast(body.message ?? t('已提交。', 'Submitted.'), 'ok');
      this.page.dispatchEvent(new CustomEvent('cityloop:submitted', { bubbles: true, detail: body }));
    }
  }

  notAccepted(answer) {
    this.keep();
    // Told what has changed, the person may submit again on top of it.
    const opened = this.page.elements.openedVersion;
    if (opened && answer.body.version) opened.value = answer.body.version;
    if (answer.status === 422) this.refused(answer.body.errors ?? {}, answer.body.message);
    else if (answer.status === 409) showSummary(this.page, [reason(answer)], t('这项工作已有变化，您填写的内容仍在', 'This work has changed; what you typed is still here'));
    else showSummary(this.page, [reason(answer)], t('没有提交成功，您填写的内容仍在', 'Not submitted; what you typed is still here'));
  }

  refused(errors, message) {
    const elsewhere = showAtFields(this.form, errors);
    showSummary(this.page, [...(message && !Object.keys(errors).length ? [message] : []), ...elsewhere]);
  }
}
