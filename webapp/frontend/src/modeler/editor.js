// The process editor: bpmn-js with the Camunda 7 properties, checked and deployed by the server.
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
    const text = (label, onclick, kind = '') => h('button', { type: 'button', class: `btn btn--small ${kind}`, onclick }, label);
    return h('div', { class: 'modeler__tools', role: 'toolbar', 'aria-label': t('流程编辑', 'Process editor') },
      h('span', { class: 'modeler__title' }, this.settings.name ?? ''), this.undo, this.redo,
      button('plus', t('放大', 'Zoom in'), () => this.modeler.get('zoomScroll').stepZoom(1)),
      button('minus', t('缩小', 'Zoom out'), () => this.modeler.get('zoomScroll').stepZoom(-1)),
      button('fit', t('适合窗口', 'Fit'), () => this.fit()),
      text(t('打开文件', 'Open file'), () => this.upload()), text(t('下载 BPMN', 'Download BPMN'), () => this.downloadXml()),
      text(t('下载 SVG', 'Download SVG'), () => this.downloadSvg()), this.state, h('span', { class: 'grow' }),
      this.settings.checkUrl && text(t('校验', 'Check'), () => this.check()),
      this.settings.deployUrl && text(t('部署', 'Deploy'), () => this.deploy(), 'btn--primary'));
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
    this.state.textContent = this.dirty ? t('有未部署的修改', 'Not deployed yet') : '';
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

  async deploy() {
    const note = h('textarea', { name: 'note', id: 'deploy-note', required: true, minlength: 4, maxlength: 500 });
    const given = await ask(t('部署流程', 'Deploy the process'), {
      accept: t('部署', 'Deploy'),
      body: [h('div', { class: 'field' }, h('label', { for: 'deploy-note', class: 'required' }, t('修改说明', 'What changed and why')), note,
        h('span', { class: 'field__hint' }, t('新案件使用新版本，在办案件留在原版本。', 'New cases use the new version; running cases stay on theirs.')))],
    });
    if (!given) return;
    const body = new FormData();
    body.set('source', new Blob([await this.xml()], { type: 'application/xml' }), `${this.settings.name || 'process'}.bpmn`);
    body.set('note', given.get('note'));
    if (this.settings.version) body.set('openedVersion', this.settings.version);
    const answer = await send(this.settings.deployUrl, { body });
    if (answer.body.findings) this.findings.show(answer.body.findings);
    if (!answer.ok) return void toast(reason(answer), 'danger');
    this.saved();
    toast(answer.body.message ?? t('已部署。', 'Deployed.'), 'ok');
    if (answer.body.version) this.settings.version = answer.body.version;
    if (answer.body.location) location.assign(answer.body.location);
  }

  async upload() {
    const text = await pick('.bpmn,.xml');
    if (text === null) return;
    if (this.dirty && !(await confirm(t('打开文件会替换当前未部署的修改。', 'Opening a file replaces changes that are not deployed.'), true))) return;
    if (await this.load(text)) { this.savedAt = NaN; this.showState(); }
  }

  async downloadXml() { download(await this.xml(), `${this.settings.name || 'process'}.bpmn`, 'application/xml'); }

  async downloadSvg() { download((await this.modeler.saveSVG()).svg, `${this.settings.name || 'process'}.svg`, 'image/svg+xml'); }
}
