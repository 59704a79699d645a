// The `map` component: a place and others like it, on a map and in a list beside it, numbered alike. Shows only.
import { FormContext } from '@bpmn-io/form-js-viewer';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../lib/i18n.js';

export const placed = (one) => typeof one?.lon === 'number' && typeof one?.lat === 'number';

export function PlaceMap({ field, domId }) {
  const { getService } = useContext(FormContext);
  const { data, initialData } = getService('form')._getState();
  const language = getService('expressionLanguage');
  const value = (expression) => language.evaluate(expression, { ...initialData, ...data });
  const fileUrl = getService('config', false)?.fileUrl ?? '';
  const [{ here, points, names }] = useState(() => ({
    here: value(field.here), points: value(field.points) ?? [], names: value(field.names) ?? [],
  }));
  const [chosen, choose] = useState(null);
  const place = useRef(null);
  const map = useRef(null);
  const list = useRef(null);

  useEffect(() => {
    let gone = false;
    if (!placed(here) && !points.some(placed)) return undefined;
    import('../lib/map.js').then(({ draw }) => {
      if (!gone) map.current = draw(place.current, { here, points, names }, (index) => { choose(index); show(list.current, index); });
    });
    return () => { gone = true; map.current?.remove(); };
  }, []);
  const pick = (index) => { choose(index); map.current?.choose(index); };
  const none = !placed(here) && !points.some(placed);

  return <div class="fjs-form-field fjs-form-field-map">
    <h3 class="place-map__title" id={`${domId}-title`}>{field.label}</h3>
    <div class={`place-map${none ? ' place-map--list' : ''}`}>
      {none ? <p class="muted">{t('都没有坐标，不能在图上对照。', 'Nothing here has coordinates, so there is no map.')}</p>
        : <div class="place-map__side">
          <div ref={place} class="place-map__map" role="group" aria-label={t('地图：本件与可能相同的案件', 'Map: this report and the cases that may be the same')} />
          <p class="muted small place-map__key"><span class="place-pin place-pin--here">★</span> {legend(here)}</p>
        </div>}
      <ol class="place-map__list" ref={list} aria-labelledby={`${domId}-title`}>
        {points.map((one, index) => <Case key={one.value} {...{ one, index, fileUrl }} chosen={chosen === index} onPick={() => pick(index)} />)}
      </ol>
    </div>
  </div>;
}

function legend(here) {
  if (!placed(here)) return t('本件没有坐标，图上只有案件。', 'This report has no coordinates; only the cases are shown.');
  return t('本件。圈为 50 米和 300 米；没有底图，地名取自本区地名库。', 'This report. Circles at 50 m and 300 m; names are the district’s own.');
}

function Case({ one, index, fileUrl, chosen, onPick }) {
  const facts = [
    one.open === undefined ? '' : one.open ? t('在办', 'Open') : t('已办结', 'Closed'),
    t(`${one.score} 分`, `score ${one.score}`),
    typeof one.metres === 'number' ? t(`相距 ${one.metres} 米`, `${one.metres} m away`) : '',
    placed(one) ? '' : t('没有坐标，不在图上', 'no coordinates, not on the map'),
  ];
  return <li class={chosen ? 'is-chosen' : ''} data-place={index}>
    <button type="button" class="place-map__pick" aria-pressed={chosen} onClick={onPick}>
      <span class={`place-pin${placed(one) ? '' : ' place-pin--none'}`}>{index + 1}</span>
      <span><b>{one.title ?? one.value}</b><br /><span class="muted small">{one.value}</span></span>
    </button>
    <p class="small">{facts.filter(Boolean).join(t('，', ', '))}{one.reason && <span class="muted"> · {one.reason}</span>}</p>
    {one.address && <p class="small muted">{one.address}</p>}
    {one.content && <p class="small place-map__content">{one.content}</p>}
    {one.photos?.length > 0 && <p class="photos">{one.photos.map((id, at) => <a key={id} href={`${fileUrl}${encodeURIComponent(id)}`} target="_blank" rel="noopener">
      <img src={`${fileUrl}${encodeURIComponent(id)}?small`} alt={t(`案件 ${index + 1} 的照片 ${at + 1}`, `Photo ${at + 1} of case ${index + 1}`)} loading="lazy" />
    </a>)}</p>}
    <p class="small"><a href={`/orders/${encodeURIComponent(one.value)}`} target="_blank" rel="noopener">{t('打开案件', 'Open the case')}</a></p>
  </li>;
}

function show(list, index) {
  list?.querySelector(`[data-place="${index}"]`)?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
}

PlaceMap.config = {
  type: 'map', keyed: false, name: t('地图', 'Map'), group: 'presentation',
  create: (options = {}) => ({ label: t('地图', 'Map'), ...options }),
};
