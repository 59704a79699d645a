// A Leaflet map to choose a point on: press it, or move it under the cross and press Enter or the button below it.
// The ground is the district's own names, asked for as the map moves; there is no tile server.
import * as L from 'leaflet/dist/leaflet-src.esm.js';
import { t } from './i18n.js';
import { placeAt } from './place-search.js';

const NEAR = 17;
const STEP = 40;
const WAIT = 250;
const round = (value) => Math.round(value * 1e6) / 1e6;

// `start` is a point or null; `onPick({ lon, lat })` is told each choice. Returns `middle()`, `show(point)`, `remove()`.
export function pickMap(element, { url, start, home, onPick }) {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const from = start ?? home;
  const map = L.map(element, {
    center: [from.lat, from.lon], zoom: start ? NEAR : NEAR - 3, maxZoom: 20, minZoom: 11, scrollWheelZoom: true, attributionControl: false,
    keyboardPanDelta: STEP, zoomAnimation: !still, fadeAnimation: !still,
  });
  L.control.scale({ imperial: false }).addTo(map);
  map.zoomControl.setPosition('topright');
  element.querySelector('.leaflet-control-zoom-in').title = t('放大', 'Zoom in');
  element.querySelector('.leaflet-control-zoom-out').title = t('缩小', 'Zoom out');
  const ground = L.layerGroup().addTo(map);
  const drawn = new Set();
  let pin = null;
  let timer;

  const show = (point) => {
    pin?.remove();
    pin = point && L.marker([point.lat, point.lon], {
      interactive: false, keyboard: false, icon: L.divIcon({ html: '<span class="place-pin place-pin--here">★</span>', className: '', iconSize: [28, 28] }),
    }).addTo(map);
    if (point && !map.getBounds().contains([point.lat, point.lon])) map.setView([point.lat, point.lon], Math.max(map.getZoom(), NEAR));
  };
  const names = async () => {
    const { lng: lon, lat } = map.getCenter();
    const metres = map.distance(map.getCenter(), map.getBounds().getNorthEast());
    const answer = await placeAt(url, { lon: round(lon), lat: round(lat) }, metres);
    for (const one of answer.names ?? []) {
      if (drawn.has(one.name)) continue;
      drawn.add(one.name);
      L.circleMarker([one.lat, one.lon], { radius: 3, className: 'place-map__ground', interactive: false })
        .bindTooltip(one.name, { permanent: true, direction: 'bottom', className: 'place-map__name', offset: [0, 2] }).addTo(ground);
    }
  };
  const choose = ({ lng, lat }) => {
    const point = { lon: round(lng), lat: round(lat) };
    show(point);
    onPick(point);
  };
  map.on('click', ({ latlng }) => choose(latlng));
  map.on('moveend', () => { clearTimeout(timer); timer = setTimeout(names, WAIT); });
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.target !== element) return;
    event.preventDefault();
    choose(map.getCenter());
  });
  show(start);
  names();
  return { middle: () => choose(map.getCenter()), show, remove: () => { clearTimeout(timer); map.remove(); } };
}
