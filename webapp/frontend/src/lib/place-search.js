// Typing a name, a road or a part's code offers the places of the district: a combobox by the ARIA pattern, so that the
// arrows, Enter and Escape choose. Answers of `url?q=…` are { places: [{ name, kind, address, villageName, … }] }.
import { h } from './dom.js';
import { t } from './i18n.js';

const WAIT = 200;
let count = 0;

// `onPick(place)` is told what was chosen. Returns `close()` and `remove()`.
export function placeSearch(input, { url, onPick, keepText = false }) {
  count += 1;
  const id = `places-${count}`;
  const list = h('ul', { id, class: 'place-search__list', role: 'listbox', hidden: true, 'aria-label': t('找到的地点', 'Places found') });
  const note = h('span', { class: 'sr-only', role: 'status' });
  let found = [];
  let at = -1;
  let timer;
  let asked = 0;
  for (const [name, value] of Object.entries({
    role: 'combobox', autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': id,
  })) input.setAttribute(name, value);
  input.after(list, note);

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const mark = (to) => {
    at = found.length ? (to + found.length) % found.length : -1;
    [...list.children].forEach((one, index) => one.setAttribute('aria-selected', String(index === at)));
    input.setAttribute('aria-activedescendant', `${id}-${at}`);
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  };
  const pick = (index) => {
    const one = found[index];
    if (!one) return;
    if (!keepText) input.value = one.name;
    close();
    onPick(one);
  };
  const show = (places) => {
    found = places;
    list.replaceChildren(...places.map((one, index) => h('li', {
      id: `${id}-${index}`, role: 'option', 'aria-selected': 'false',
      // pointerdown comes before the input loses the focus, which closes the list
      onpointerdown: (event) => { event.preventDefault(); pick(index); },
    }, h('b', {}, one.name), h('span', { class: 'muted small' }, ` ${facts(one)}`))));
    if (!places.length) list.append(h('li', { class: 'muted small' }, t('没有找到，可以在地图上选，或直接写地址。', 'Nothing found; choose on the map, or write the address.')));
    list.hidden = false;
    at = -1;
    input.setAttribute('aria-expanded', 'true');
    note.textContent = t(`找到 ${places.length} 个地点，用上下键选择。`, `${places.length} places found; choose with the arrow keys.`);
  };
  const ask = async () => {
    const text = input.value.trim();
    if (text.length < 2) return void close();
    asked += 1;
    const mine = asked;
    const { places = [] } = await asked_for(`${url}?q=${encodeURIComponent(text)}`);
    if (mine === asked && document.activeElement === input) show(places);
  };
  const typed = (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, WAIT);
  };
  const pressed = (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape' && !list.hidden) { close(); event.stopPropagation(); return; }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) return void ask();
      mark(event.key === 'ArrowDown' ? at + 1 : at < 0 ? -1 : at - 1);
    }
    // In a form Enter would send it: here it chooses, or looks.
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && (!list.hidden || !keepText)) {
      event.preventDefault();
      if (list.hidden) ask(); else pick(at < 0 ? 0 : at);
    }
  };
  const listeners = { input: typed, compositionend: typed, keydown: pressed, blur: close };
  for (const [name, run] of Object.entries(listeners)) input.addEventListener(name, run);
  const remove = () => {
    clearTimeout(timer);
    for (const [name, run] of Object.entries(listeners)) input.removeEventListener(name, run);
    list.remove();
    note.remove();
  };
  return { close, remove };
}

function facts(one) {
  const where = [one.townName, one.villageName].filter(Boolean).join(' ');
  const part = one.partCode ? [one.address, one.partCode, one.ownerName] : [];
  return [one.kind, where, ...part].filter(Boolean).join(t('，', ', '));
}

async function asked_for(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
    return answer.ok ? await answer.json() : {};
  } catch { return {}; }
}

// What lies at a point: { place: {…}, names: […] } with the names within so many metres; empty when the server cannot say.
export function placeAt(url, { lon, lat }, metres = 100) { return asked_for(`${url}/at?lon=${lon}&lat=${lat}&metres=${Math.round(metres)}`); }

// Where to open a map: a village's point, else the middle of the district.
export function placeHome(url, village) { return asked_for(`${url}/home?village=${encodeURIComponent(village ?? '')}`); }
