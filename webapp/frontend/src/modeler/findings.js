// The check's findings: a list whose lines lead to the element, and marks on the canvas.
import { h, icon } from '../lib/dom.js';
import { locale, t } from '../lib/i18n.js';

const MARK = { error: 'has-error', warning: 'has-warning' };

export class Findings {
  constructor(modeler, place) {
    Object.assign(this, { modeler, place, marked: [] });
  }

  clear() {
    const canvas = this.modeler.get('canvas');
    for (const [id, mark] of this.marked) if (this.modeler.get('elementRegistry').get(id)) canvas.removeMarker(id, mark);
    this.marked = [];
    this.place.replaceChildren();
    this.place.hidden = true;
    canvas.resized();
  }

  // findings: [{ rule, element, severity: error|warning, zh, en }]
  show(findings) {
    this.clear();
    findings.forEach((finding) => this.mark(finding));
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const summary = findings.length
      ? t(`${errors} 个错误，${findings.length - errors} 个提醒`, `${errors} errors, ${findings.length - errors} warnings`)
      : t('没有发现问题。', 'No problems found.');
    this.place.replaceChildren(
      h('div', { class: `panel__head ${findings.length ? '' : 'badge--ok'}`, role: 'status' }, h('strong', {}, summary),
        h('button', { type: 'button', class: 'btn btn--ghost btn--small', onclick: () => this.clear() }, t('关闭', 'Close'))),
      h('ul', { class: 'findings' }, ...findings.map((finding) => this.line(finding))));
    this.place.hidden = false;
    this.modeler.get('canvas').resized();
  }

  mark({ element, severity }) {
    const mark = MARK[severity] ?? MARK.warning;
    if (!element || !this.modeler.get('elementRegistry').get(element)) return;
    this.modeler.get('canvas').addMarker(element, mark);
    this.marked.push([element, mark]);
  }

  line(finding) {
    const error = finding.severity === 'error';
    const badge = h('span', { class: `badge badge--${error ? 'danger' : 'warn'}` }, icon('alert'), error ? t('错误', 'Error') : t('提醒', 'Warning'));
    return h('li', {}, h('button', { type: 'button', onclick: () => this.select(finding.element) },
      badge, h('span', { class: 'grow' }, locale === 'en' ? finding.en : finding.zh), h('code', {}, finding.element ?? '')));
  }

  select(id) {
    const element = id && this.modeler.get('elementRegistry').get(id);
    if (!element) return;
    this.modeler.get('canvas').scrollToElement(element, 120);
    setTimeout(() => this.modeler.get('selection').select(element), 50);
  }
}
