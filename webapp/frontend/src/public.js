// Citizen pages are plain forms that work without scripts; this adds photos from the camera, the place, and a map.
import 'leaflet/dist/leaflet.css';
import { h, onReady } from './lib/dom.js';
import { t } from './lib/i18n.js';
import { locate } from './lib/locate.js';
import { placeAt, placeHome, placeSearch } from './lib/place-search.js';
import { shrink } from './form/photos.js';

// <input type="file" data-photos data-max="9">: shrinks what is chosen, shows it, and lets it be removed.
function photos(input) {
  const most = Number(input.dataset.max ?? 9);
  const list = h('ul', { class: 'photo-field__list' });
  const note = h('span', { class: 'field__error', role: 'alert' });
  let chosen = [];
  input.after(list, note);

  const show = () => {
    const files = new DataTransfer();
    chosen.forEach(({ file }) => files.items.add(file));
    input.files = files.files;
    list.replaceChildren(...chosen.map((one, index) => h('li', { class: 'photo-field__item' },
      h('img', { src: one.url, alt: t(`照片 ${index + 1}`, `Photo ${index + 1}`) }),
      h('button', { type: 'button', 'aria-label': t(`删除照片 ${index + 1}`, `Remove photo ${index + 1}`), onclick: () => remove(one) }, '×'))));
  };
  const remove = (one) => {
    URL.revokeObjectURL(one.url);
    chosen = chosen.filter((other) => other !== one);
    show();
  };
  const take = async () => {
    note.textContent = '';
    for (const file of [...input.files]) {
      if (chosen.length >= most) { note.textContent = t(`最多 ${most} 张照片。`, `At most ${most} photos.`); break; }
      try {
        const small = await shrink(file);
        const kept = small === file ? file : new File([small], `${file.name.replace(/\.\w+$/, '')}.jpg`, { type: small.type });
        chosen.push({ file: kept, url: URL.createObjectURL(kept) });
      } catch (error) { note.textContent = error.message; }
    }
    show();
  };
  input.addEventListener('change', take);
  if (input.files.length) take(); // chosen before this script had come, or kept by the browser on the way back
}

// <button data-locate="prefix"> fills #prefix-lon, #prefix-lat and #prefix-accuracy.
function place(button) {
  const part = (name) => document.getElementById(`${button.dataset.locate}-${name}`);
  const note = h('span', { class: 'field__hint', role: 'status' });
  button.after(note);
  button.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    note.textContent = t('正在定位…', 'Locating…');
    try {
      const point = await locate();
      for (const name of ['lon', 'lat', 'accuracy']) if (part(name)) part(name).value = point[name];
      note.textContent = t(`已定位，精度约 ${point.accuracy} 米。`, `Located to about ${point.accuracy} m.`);
    } catch (error) { note.textContent = error.message; }
    button.disabled = false;
  });
  for (const name of ['lon', 'lat']) part(name)?.addEventListener('input', () => { if (part('accuracy')) part('accuracy').value = ''; });
}

// <input data-places="/report/places" data-village="village" data-point="place">: what is typed offers the places of the
// district, and a button opens a map to press; both fill #place-lon, #place-lat and the village.
function places(input) {
  const { places: url, village, point } = input.dataset;
  const part = (name) => document.getElementById(`${point}-${name}`);
  const note = h('span', { class: 'field__hint', role: 'status' });
  const frame = h('div', { class: 'place-map__map', tabindex: '0', role: 'application', 'aria-label': t('地图：方向键移动，加减号缩放，回车选中间的点', 'Map: arrows move it, plus and minus zoom, Enter chooses its middle') });
  const middle = h('button', { type: 'button', class: 'btn btn--small' }, t('选十字所在的点', 'Choose the point under the cross'));
  const holder = h('div', { class: 'place-search__frame', hidden: true }, frame, h('span', { class: 'place-search__cross', 'aria-hidden': 'true' }, '＋'), h('div', {}, middle));
  const opener = h('button', { type: 'button', class: 'btn', 'aria-expanded': 'false' }, t('在地图上选', 'Choose on the map'));
  const box = h('span', { class: 'place-search__box' });
  let map;
  input.before(box);
  box.append(input);
  box.after(h('div', {}, opener), holder, note);

  const take = (place, text) => {
    part('lon').value = place.lon;
    part('lat').value = place.lat;
    if (part('accuracy')) part('accuracy').value = '';
    if (place.villageCode) document.getElementById(village).value = place.villageCode;
    if (text && !input.value.trim()) input.value = text;
    note.textContent = [t('已选：', 'Chosen: ') + (place.name ?? t('地图上的点', 'a point on the map')), place.townName, place.villageName].filter(Boolean).join(' ');
  };
  placeSearch(input, { url, onPick: (place) => { take(place); map?.show(place); } });
  const open = async () => {
    const { pickMap } = await import('./lib/pick-map.js');
    const start = part('lon').value && part('lat').value ? { lon: Number(part('lon').value), lat: Number(part('lat').value) } : null;
    const home = start ?? await placeHome(url, document.getElementById(village).value);
    if (typeof home.lon !== 'number') return;
    map = pickMap(frame, { url, start, home, onPick: async (chosen) => {
      const { place } = await placeAt(url, chosen);
      take({ ...place, ...chosen }, place?.address);
    } });
    frame.focus();
  };
  opener.addEventListener('click', () => {
    holder.hidden = !holder.hidden;
    opener.setAttribute('aria-expanded', String(!holder.hidden));
    opener.textContent = holder.hidden ? t('在地图上选', 'Choose on the map') : t('收起地图', 'Close the map');
    if (!holder.hidden) open(); else { map?.remove(); map = null; }
  });
  middle.addEventListener('click', () => map?.middle());
}

// A second tap on the send button must not send a second report.
function sendOnce(form) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
}

// <textarea data-count maxlength>: how much room is left.
function counter(field) {
  const note = h('span', { class: 'field__hint', 'aria-live': 'polite' });
  const show = () => { note.textContent = `${field.value.length} / ${field.maxLength}`; };
  field.after(note);
  field.addEventListener('input', show);
  show();
}

onReady(() => {
  document.querySelectorAll('input[data-photos]').forEach(photos);
  document.querySelectorAll('[data-locate]').forEach(place);
  document.querySelectorAll('input[data-places]').forEach(places);
  document.querySelectorAll('form[data-send-once]').forEach(sendOnce);
  document.querySelectorAll('textarea[data-count]').forEach(counter);
});
