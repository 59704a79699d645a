// Case pages: every <div data-diagram> shows a BPMN diagram with the way the case has gone.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { h, icon, json, onReady } from './lib/dom.js';
import { t } from './lib/i18n.js';

const LEGEND = [['legend--active', t('正在办理', 'In progress')], ['', t('已经过', 'Done')], ['legend--open', t('未到', 'Not reached')]];

const READABLE = 0.65;

class CaseDiagram {
  constructor(place) {
    this.place = place;
    this.canvas = h('div', { class: place.dataset.tall === undefined ? 'diagram' : 'diagram diagram--tall', tabindex: '0', role: 'img', 'aria-label': t('流程图', 'Process diagram') });
    this.steps = h('div');
    place.replaceChildren(this.canvas, this.steps);
    this.viewer = new NavigatedViewer({ container: this.canvas });
    this.canvas.append(this.tools());
    this.trail = [];
  }

  tools() {
    const zoom = (step) => () => this.viewer.get('zoomScroll').stepZoom(step);
    const button = (name, label, onclick) => h('button', { type: 'button', class: 'btn btn--icon btn--small', title: label, 'aria-label': label, onclick }, icon(name));
    this.back = h('button', { type: 'button', class: 'btn btn--small', hidden: true, onclick: () => this.leave() }, icon('left'), t('返回上级流程', 'Calling process'));
    return h('div', { class: 'diagram__tools' }, this.back, button('plus', t('放大', 'Zoom in'), zoom(1)), button('minus', t('缩小', 'Zoom out'), zoom(-1)), button('fit', t('适合窗口', 'Fit'), () => this.fit()));
  }

  // view: { xmlUrl, active, done, called, changes }
  async show(view) {
    this.view = view;
    const answer = await fetch(view.xmlUrl, { credentials: 'same-origin', headers: { Accept: 'application/xml' } });
    if (!answer.ok) return this.fail(t(`流程图没有取到（${answer.status}）。`, `The diagram could not be loaded (${answer.status}).`));
    try {
      await this.viewer.importXML(await answer.text());
    } catch (error) {
      return this.fail(t('流程图无法显示。', 'The diagram cannot be shown.'), error);
    }
    this.mark();
    this.look();
    this.list();
    this.place.dataset.ready = 'true';
  }

  fail(text) { this.steps.replaceChildren(h('p', { class: 'alert alert--warn', role: 'alert' }, h('span', {}, text))); }

  fit() {
    const canvas = this.viewer.get('canvas');
    canvas.zoom('fit-viewport', 'auto');
    if (canvas.zoom() > 1.1) canvas.zoom(1.1, 'auto');
  }

  // The whole diagram, or where a reader could not read it then, the place that matters.
  look() {
    this.fit();
    const canvas = this.viewer.get('canvas');
    const place = this.focus();
    if (canvas.zoom() >= READABLE || !place) return;
    const { outer } = canvas.viewbox();
    const size = { width: outer.width / READABLE, height: outer.height / READABLE };
    canvas.viewbox({ x: place.x + place.width / 2 - size.width / 2, y: place.y + place.height / 2 - size.height / 2, ...size });
  }

  focus() {
    const registry = this.viewer.get('elementRegistry');
    const named = [...(this.view.active ?? []), ...Object.values(this.view.changes ?? {}).flat()];
    const shape = (one) => one && !one.waypoints;
    return named.map((id) => registry.get(id)).find(shape) ?? registry.filter((one) => one.type === 'bpmn:StartEvent')[0];
  }

  mark() {
    const canvas = this.viewer.get('canvas');
    const known = (id) => this.viewer.get('elementRegistry').get(id);
    for (const id of this.view.done ?? []) if (known(id)) canvas.addMarker(id, 'is-done');
    for (const [kind, ids] of Object.entries(this.view.changes ?? {})) for (const id of ids) if (known(id)) canvas.addMarker(id, `is-${kind}`);
    this.markTaken();
    const counts = new Map();
    for (const id of this.view.active ?? []) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) if (known(id)) this.token(id, count);
    for (const [id, called] of Object.entries(this.view.called ?? {})) if (known(id)) this.callable(id, called);
  }

  // A flow between two finished elements was probably taken; exact flows may be listed in `done` as well.
  markTaken() {
    const done = new Set([...(this.view.done ?? []), ...(this.view.active ?? [])]);
    if ((this.view.done ?? []).some((id) => this.viewer.get('elementRegistry').get(id)?.waypoints)) return;
    for (const flow of this.viewer.get('elementRegistry').filter((one) => one.type === 'bpmn:SequenceFlow')) {
      if (done.has(flow.source?.id) && done.has(flow.target?.id)) this.viewer.get('canvas').addMarker(flow.id, 'is-done');
    }
  }

  token(id, count) {
    const canvas = this.viewer.get('canvas');
    canvas.removeMarker(id, 'is-done');
    canvas.addMarker(id, 'is-active');
    const label = t(`正在此处：${count}`, `${count} here`);
    this.viewer.get('overlays').add(id, { position: { top: -14, right: 14 }, html: h('span', { class: 'diagram__token', title: label }, count > 1 ? count : '●') });
  }

  callable(id, called) {
    const button = h('button', { type: 'button', class: 'diagram__called', onclick: () => this.enter(called) }, t('打开子流程', 'Open'));
    this.viewer.get('overlays').add(id, { position: { bottom: 6, left: 6 }, html: button });
  }

  enter(called) {
    this.trail.push(this.view);
    this.back.hidden = false;
    this.show(called);
  }

  leave() {
    const view = this.trail.pop();
    this.back.hidden = this.trail.length === 0;
    if (view) this.show(view);
  }

  // The same facts as text, for screen readers and for anybody who prefers a list.
  list() {
    const name = (id) => this.viewer.get('elementRegistry').get(id)?.businessObject?.name || id;
    const visible = (id) => { const one = this.viewer.get('elementRegistry').get(id); return one && !one.waypoints && one.type !== 'label'; };
    const line = (id, text, tone) => h('li', { 'data-tone': tone }, h('strong', {}, name(id)), ` · ${text}`);
    const items = [
      ...[...new Set(this.view.done ?? [])].filter(visible).map((id) => line(id, t('已经过', 'done'), 'ok')),
      ...[...new Set(this.view.active ?? [])].filter(visible).map((id) => line(id, t('正在办理', 'in progress'), 'danger')),
    ];
    const legend = h('ul', { class: 'legend', 'aria-hidden': 'true' }, ...LEGEND.map(([kind, text]) => h('li', {}, h('i', { class: kind }), text)));
    const steps = h('details', { class: 'small' }, h('summary', {}, t('以文字显示环节', 'Show the steps as text')), h('ol', { class: 'timeline' }, ...items));
    this.steps.replaceChildren(...(this.view.changes ? [] : [legend]), ...(items.length ? [steps] : []));
  }
}

onReady(() => {
  for (const place of document.querySelectorAll('[data-diagram]')) {
    const diagram = new CaseDiagram(place);
    place.cityloopDiagram = diagram;
    diagram.show({
      xmlUrl: place.dataset.xmlUrl, active: json(place, 'active', []), done: json(place, 'done', []),
      called: json(place, 'called', {}), changes: json(place, 'changes', null),
    });
  }
});
