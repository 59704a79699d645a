// A Leaflet map without a tile server: points by their coordinates, circles around the first, names of the district.
import * as L from 'leaflet/dist/leaflet-src.esm.js';
import { t } from './i18n.js';

const CIRCLES = [50, 300];
const CLOSE = 28;
const STEP = 30;
const placed = (one) => typeof one?.lon === 'number' && typeof one?.lat === 'number';
const at = (one) => [one.lat, one.lon];

// `onChoose(index)` is told which point somebody pressed. Returns `choose(index)` for the other way, and `remove()`.
export function draw(element, { here, points, names }, onChoose) {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const map = L.map(element, {
    scrollWheelZoom: false, dragging: !L.Browser.mobile, maxZoom: 20, zoomSnap: 0.25, attributionControl: false,
    zoomAnimation: !still, fadeAnimation: !still,
  });
  L.control.scale({ imperial: false }).addTo(map);
  map.zoomControl.setPosition('topright');
  element.querySelector('.leaflet-control-zoom-in').title = t('放大', 'Zoom in');
  element.querySelector('.leaflet-control-zoom-out').title = t('缩小', 'Zoom out');
  fit(map, [here, ...points].filter(placed));
  names.filter(placed).forEach((one) => ground(map, one));
  if (placed(here)) CIRCLES.forEach((radius) => circle(map, here, radius));
  const pins = points.map((one, index) => (placed(one) ? pin(map, one, `${index + 1}`, () => press(index)) : null));
  const own = placed(here) ? pin(map, here, '★', null, 'place-pin--here') : null;
  const all = [own, ...pins].filter(Boolean);
  const apart = () => spread(map, all);
  map.on('zoomend resize', apart);
  apart();

  const choose = (index) => {
    pins.forEach((one, other) => one?.mark(other === index));
    if (pins[index] && !map.getBounds().contains(pins[index].marker.getLatLng())) map.panTo(pins[index].marker.getLatLng());
  };
  const press = (index) => { choose(index); onChoose(index); };
  return { choose, remove: () => map.remove() };
}

function fit(map, shown) {
  const bounds = L.latLngBounds(shown.map(at));
  // At least the wider circle's half, so that one point alone still shows what lies around it.
  map.fitBounds(bounds.isValid() ? bounds.extend(bounds.getCenter().toBounds(220)) : bounds, { padding: [36, 36], animate: false });
}

function ground(map, one) {
  L.circleMarker(at(one), { radius: 3, className: 'place-map__ground', interactive: false })
    .bindTooltip(one.name, { permanent: true, direction: 'bottom', className: 'place-map__name', offset: [0, 2] }).addTo(map);
}

function circle(map, here, radius) {
  L.circle(at(here), { radius, className: 'place-map__circle', interactive: false }).addTo(map);
}

function pin(map, one, text, onPress, kind = '') {
  const label = one.title ? `${text} ${one.title}` : text;
  const marker = L.marker(at(one), { alt: label, title: label, interactive: Boolean(onPress), keyboard: Boolean(onPress), zIndexOffset: onPress ? 0 : -1 }).addTo(map);
  let chosen = false;
  let slot = 0;
  const paint = () => {
    const html = `<span class="place-pin ${kind}${chosen ? ' is-chosen' : ''}">${text}</span>`;
    marker.setIcon(L.divIcon({ html, className: '', iconSize: [CLOSE, CLOSE], iconAnchor: [CLOSE / 2 - STEP * slot, CLOSE / 2] }));
  };
  if (onPress) marker.on('click keypress', ({ originalEvent }) => { if (originalEvent?.key === undefined || originalEvent.key === 'Enter') onPress(); });
  return {
    marker,
    mark: (on) => { chosen = on; marker.setZIndexOffset(on ? 1000 : 0); paint(); },
    shift: (to) => { slot = to; paint(); },
  };
}

// Pins that would cover each other stand side by side.
function spread(map, pins) {
  const taken = [];
  for (const one of pins) {
    const point = map.latLngToContainerPoint(one.marker.getLatLng());
    let slot = 0;
    while (taken.some((other) => Math.abs(other.x - point.x - slot * STEP) < CLOSE && Math.abs(other.y - point.y) < CLOSE)) slot += 1;
    taken.push({ x: point.x + slot * STEP, y: point.y });
    one.shift(slot);
  }
}
