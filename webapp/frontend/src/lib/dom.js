// Makes an element: h('button', { class: 'btn', onclick }, 'text', child). Text is always text, never markup.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// The drawing of static/icons.svg with this name.
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${staticRoot()}icons.svg#${name}`);
  svg.append(use);
  return svg;
}

function staticRoot() {
  return document.querySelector('link[rel="icon"]')?.href.replace(/favicon\.svg.*$/, '') ?? '/static/';
}

// JSON kept in a data attribute; `otherwise` when the attribute is missing or empty.
export function json(element, name, otherwise) {
  const text = element.dataset[name];
  return text ? JSON.parse(text) : otherwise;
}

// Whether a key press belongs to what the person is typing, or to an input method.
export function isTyping(event) {
  const target = event.target;
  const editable = target instanceof HTMLElement
    && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) && target.type !== 'checkbox';
  return event.isComposing || event.keyCode === 229 || editable;
}

export function onReady(run) {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', run, { once: true });
  else run();
}
