// The process editor: bpmn-js with the Camunda 7 properties, checked by the server and saved into a change.
import Modeler from 'bpmn-js/lib/Modeler';
import CamundaBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-platform';
import camunda from 'camunda-bpmn-moddle/resources/camunda.json';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule } from 'bpmn-js-properties-panel';
import { ask, confirm } from '../lib/dialog.js';
import { h, icon } from '../lib/dom.js';
import { reason, send } from '../lib/http.js';
import { t } from '../lib/i18n.js';
import { toast } from '../lib/toast.js';
import { download, pick } from './files.js';
import { Findings } from './findings.js';
import { translateHeaders } from './headers.js';
import translations from './translate.js';

const MARGIN = 20;

export class ProcessEditor {
  constructor(place) {
    this.place = place;
    this.settings = place.dataset;
    this.canvas = h('div', { class: 'diagram modeler__canvas', tabindex: '0' });
    this.props = h('aside', { class: 'modeler__props', 'aria-label': t('属性', 'Properties') });
    const check = h('section', { class: 'modeler__check', hidden: true, 'aria-label': t('校验结果', 'Findings') });
    place.classList.add('modeler');
    place.replaceChildren(this.toolbar(), this.canvas, this.props, check);
    this.modeler = new Modeler({
      container: this.canvas, propertiesPanel: { parent: this.props }, moddleExtensions: { camunda },
      additionalModules: [BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule, CamundaBehaviors, translations],
    });
    this.findings = new Findings(this.modeler, check);
    translateHeaders(this.props);
    this.wire();
  }

  async open() {
    const answer = await fetch(this.settings.xmlUrl, { credentials: 'same-origin' });
    if (!answer.ok) return void toast(t(`流程图没有取到（${answer.status}）。`, `The diagram could not be loaded (${answer.status}).`), 'danger');
    await this.load(await answer.text());
    this.saved();
  }

  async load(xml) {
    try {
      const { warnings } = await this.modeler.importXML(xml);
      if (warnings.length) toast(t(`流程图有 ${warnings.length} 处无法识别的内容，保存时会丢失。`, `${warnings.length} parts of the diagram were not understood and would be lost.`), 'warn');
      this.fit();
      this.place.dataset.ready = 'true';
      return true;
    } catch (error) {
      toast(t('这不是可以打开的 BPMN 文件：', 'This is no BPMN file that can be opened: ') + error.message, 'danger');
      return false;
    }
  }

  toolbar() {
    const button = (name, label, onclick, more = {}) =>
      h('button', { type: 'button', class: 'btn btn--small btn--icon', title: label, 'aria-label': label, onclick, ...more }, icon(name));
    this.undo = button('undo', t('撤销 (Ctrl+Z)', 'Undo (Ctrl+Z)'), () => this.modeler.get('commandStack').undo());
    this.redo = button('redo', t('重做 (Ctrl+Y)', 'Redo (Ctrl+Y)'), () => this.modeler.get('commandStack').redo());
    this.state = h('span', { class: 'modeler__state', role: 'status' });
    this.changeLink = h('a', { class: 'modeler__change', hidden: true });
    this.showChange();
    const text = (label, onclick, kind = '') => h('button', { type: 'button', class: `btn btn--small ${kind}`, onclick }, label);
    return h('div', { class: 'modeler__tools', role: 'toolbar', 'aria-label': t('流程编辑', 'Process editor') },
      h('span', { class: 'modeler__title' }, this.settings.name ?? ''), this.undo, this.redo,
      button('plus', t('放大', 'Zoom in'), () => this.modeler.get('zoomScroll').stepZoom(1)),
      button('minus', t('缩小', 'Zoom out'), () => this.modeler.get('zoomScroll').stepZoom(-1)),
      button('fit', t('适合窗口', 'Fit'), () => this.fit()),
      text(t('打开文件', 'Open file'), () => this.upload()), text(t('下载 BPMN', 'Download BPMN'), () => this.downloadXml()),
      text(t('下载 SVG', 'Download SVG'), () => this.downloadSvg()), this.state, this.changeLink, h('span', { class: 'grow' }),
      this.settings.checkUrl && text(t('校验', 'Check'), () => this.check()),
      this.settings.saveUrl && text(t('保存到变更', 'Save to change'), () => this.saveDraft(), 'btn--primary'));
  }

  wire() {
    this.modeler.on('commandStack.changed', () => this.showState());
    window.addEventListener('beforeunload', (event) => { if (this.dirty) event.preventDefault(); });
    this.place.addEventListener('keydown', (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.isComposing) return;
      if (event.key === 's') { event.preventDefault(); this.downloadXml(); }
      if (event.key === 'Enter' && this.settings.checkUrl) { event.preventDefault(); this.check(); }
    });
  }

  showState() {
    const stack = this.modeler.get('commandStack');
    this.undo.disabled = !stack.canUndo();
    this.redo.disabled = !stack.canRedo();
    this.dirty = stack._stackIdx !== this.savedAt;
    this.state.textContent = this.dirty ? t('有未保存的修改', 'Not saved yet') : '';
  }

  saved() {
    this.savedAt = this.modeler.get('commandStack')._stackIdx;
    this.showState();
  }

  // Fits the whole diagram into what the palette leaves free, never larger than life.
  fit() {
    const canvas = this.modeler.get('canvas');
    canvas.resized();
    const { inner, outer } = canvas.viewbox();
    const left = (this.canvas.querySelector('.djs-palette')?.offsetWidth ?? 0) + 2 * MARGIN;
    const scale = Math.min(1, (outer.width - left - MARGIN) / inner.width, (outer.height - 2 * MARGIN) / inner.height);
    const [width, height] = [outer.width / scale, outer.height / scale];
    canvas.viewbox({ x: inner.x - left / scale, y: inner.y - (height - inner.height) / 2, width, height });
  }

  async xml() { return (await this.modeler.saveXML({ format: true })).xml; }

  async check() {
    const answer = await send(this.settings.checkUrl, { body: await this.xml(), headers: { 'Content-Type': 'application/xml' } });
    if (!answer.body.findings) return void toast(reason(answer), 'danger');
    this.findings.show(answer.body.findings);
    return answer.body.findings;
  }

  // Saves into the change the editor was opened for, or asks for one. A colleague publishes it.
  async saveDraft() {
    const given = this.settings.change ? new FormData() : await this.askForChange();
    if (!given) return;
    const body = new FormData();
    body.set('source', new Blob([await this.xml()], { type: 'application/xml' }), 'process.bpmn');
    for (const name of ['change', 'title', 'reason']) if (given.get(name)) body.set(name, given.get(name));
    for (const name of ['change', 'path', 'opened']) if (this.settings[name]) body.set(name, this.settings[name]);
    const answer = await send(this.settings.saveUrl, { body });
    if (!answer.ok) return void toast(reason(answer), 'danger');
    this.saved();
    toast(answer.body.message, 'ok');
    this.settings.change = answer.body.change;
    this.settings.opened = answer.body.digest;
    history.replaceState(null, '', answer.body.location);
    this.showChange();
  }

  askForChange() {
    const field = (id, label, input, hint) => h('div', { class: 'field' }, h('label', { for: id, class: 'required' }, label), input, hint && h('span', { class: 'field__hint' }, hint));
    const title = h('input', { name: 'title', id: 'change-title', required: true, minlength: 4, maxlength: 60 });
    const why = h('textarea', { name: 'reason', id: 'change-reason', required: true, minlength: 8, maxlength: 500 });
    const fresh = h('div', { class: 'stack-s' }, field('change-title', t('改什么', 'What changes'), title), field('change-reason', t('为什么改', 'Why'), why, t('记入变更日志；提交后自动校验、推演，由同事审核发布。', 'Goes into the change log. It is checked and replayed when you hand it in; a colleague publishes it.')));
    const open = JSON.parse(this.settings.changes || '[]');
    const choice = h('select', { name: 'change', id: 'change-no' }, h('option', { value: '' }, t('新建一件变更', 'A new change')), ...open.map(([no, name]) => h('option', { value: no }, `${no} ${name}`)));
    choice.addEventListener('change', () => {
      fresh.hidden = choice.value !== '';
      title.disabled = why.disabled = fresh.hidden;
    });
    return ask(t('保存到变更', 'Save to a change'), {
      accept: t('保存', 'Save'),
      body: [...(open.length ? [h('div', { class: 'field' }, h('label', { for: 'change-no' }, t('变更', 'Change')), choice)] : []), fresh],
    });
  }

  showChange() {
    if (!this.settings.change) return;
    this.changeLink.hidden = false;
    this.changeLink.href = `/changes/${this.settings.change}`;
    this.changeLink.textContent = t(`变更 ${this.settings.change}`, `Change ${this.settings.change}`);
  }

  async upload() {
    const text = await pick('.bpmn,.xml');
    if (text === null) return;
    if (this.dirty && !(await confirm(t('打开文件会替换当前未保存的修改。', 'Opening a file replaces changes that are not saved.'), true))) return;
    if (await this.load(text)) { this.savedAt = NaN; this.showState(); }
  }

  async downloadXml() { download(await this.xml(), `${this.settings.name || 'process'}.bpmn`, 'application/xml'); }

  async downloadSvg() { download((await this.modeler.saveSVG()).svg, `${this.settings.name || 'process'}.svg`, 'image/svg+xml'); }
}
