// What a `geopoint` with `search` adds: a box to search the gazetteer and the register of parts, and a map to press.
// What is found fills other fields of the form: `fills` says which property goes where, beside this field.
import { FormContext } from '@bpmn-io/form-js-viewer';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../lib/i18n.js';
import { placeAt, placeHome, placeSearch } from '../lib/place-search.js';
import { get, set } from './paths.js';

const URL = '/places';
// A point or a part decides these; what somebody wrote about an address, a category or an owner stays.
const DECIDED = new Set(['villageCode', 'partCode']);

export function PlacePicker({ field, fieldInstance, value, domId, onChange, disabled }) {
  const { getService } = useContext(FormContext);
  const form = getService('form');
  const box = useRef(null);
  const frame = useRef(null);
  const map = useRef(null);
  const filled = useRef({});
  const [open, setOpen] = useState(false);
  const [said, say] = useState('');
  const latest = useRef(null);

  const beside = (name) => [...(fieldInstance?.valuePath ?? [field.key]).slice(0, -1), ...name.split('.')];
  const fill = (place) => {
    for (const [property, name] of Object.entries(field.fills ?? {})) {
      const path = beside(name);
      const now = get(form._getState().data, path) ?? '';
      const next = place[property] ?? '';
      const ours = now === '' || now === filled.current[name];
      if (now === next || !(ours || (DECIDED.has(property) && next !== ''))) continue;
      filled.current[name] = next;
      put(form, path, next);
    }
  };
  const take = (place) => {
    onChange({ value: { lon: place.lon, lat: place.lat, accuracy: null } });
    fill(place);
    map.current?.show(place);
    say(told(place));
  };
  const pressed = async (point) => {
    onChange({ value: { ...point, accuracy: null } });
    say(t('正在查这一点在哪里…', 'Finding out what lies there…'));
    const answer = await placeAt(URL, point);
    const place = { ...answer.place, ...point };
    fill(place);
    say(told(place));
  };
  latest.current = { take, pressed };

  useEffect(() => {
    if (disabled) return undefined;
    const search = placeSearch(box.current, { url: URL, onPick: (place) => latest.current.take(place) });
    return () => search.remove();
  }, [disabled]);
  useEffect(() => {
    if (!open) return undefined;
    let gone = false;
    const start = typeof value?.lon === 'number' && typeof value?.lat === 'number' ? value : null;
    const village = field.fills?.villageCode && get(form._getState().data, beside(field.fills.villageCode));
    Promise.all([import('../lib/pick-map.js'), start ?? placeHome(URL, village)]).then(([{ pickMap }, home]) => {
      if (gone || typeof home.lon !== 'number') return;
      map.current = pickMap(frame.current, { url: URL, start, home, onPick: (point) => latest.current.pressed(point) });
      frame.current.focus();
    });
    return () => { gone = true; map.current?.remove(); map.current = null; };
  }, [open]);

  if (disabled) return null;
  return <div class="place-search">
    <div class="place-search__row">
      <label class="sr-only" for={`${domId}-search`}>{t(`${field.label}：查地名`, `${field.label}: search`)}</label>
      <span class="place-search__box"><input id={`${domId}-search`} ref={box} type="text" class="fjs-input" placeholder={t('查地名、路名、部件编码', 'Name, road or part code')} /></span>
      <button type="button" class="btn" aria-expanded={open} aria-controls={`${domId}-map`} onClick={() => setOpen(!open)}>
        {open ? t('收起地图', 'Close the map') : t('在地图上选', 'Choose on the map')}
      </button>
    </div>
    {open && <div class="place-search__frame">
      <div id={`${domId}-map`} ref={frame} class="place-map__map" tabIndex={0} role="application"
        aria-label={t('地图：方向键移动，加减号缩放，回车选中间的点', 'Map: arrows move it, plus and minus zoom, Enter chooses its middle')} />
      <span class="place-search__cross" aria-hidden="true">＋</span>
      <div class="place-search__row">
        <button type="button" class="btn btn--small" onClick={() => map.current?.middle()}>{t('选十字所在的点', 'Choose the point under the cross')}</button>
        <span class="muted small">{t('点一下地图，或移动地图对准十字。没有底图，地名取自本区地名库。', 'Press the map, or move it under the cross. The names are the district’s own.')}</span>
      </div>
    </div>}
    <span class="muted small" role="status">{said}</span>
  </div>;
}

function told(place) {
  const where = [place.townName, place.villageName].filter(Boolean).join(' ');
  const part = place.partCode ? t(`部件 ${place.partCode} ${place.kind}，权属 ${place.ownerName}`, `part ${place.partCode} ${place.kind}, owner ${place.ownerName}`) : '';
  return [t('已选：', 'Chosen: ') + (place.name ?? t('地图上的点', 'a point on the map')), where, part].filter(Boolean).join(t('，', ', '));
}

// Another field's value, whether it is shown just now or not.
function put(form, path, value) {
  const same = (one) => one.valuePath.length === path.length && one.valuePath.every((part, index) => part === path[index]);
  const instance = form.get('formFieldInstanceRegistry').getAllKeyed().find(same);
  if (instance) return void form._update({ fieldInstance: instance, value: value === '' && isChoice(form, instance) ? null : value });
  const data = structuredClone(form._getState().data);
  set(data, path, value);
  form._setState({ data });
}

function isChoice(form, { id }) {
  return ['select', 'radio'].includes(form.get('formFieldRegistry').get(id)?.type);
}
