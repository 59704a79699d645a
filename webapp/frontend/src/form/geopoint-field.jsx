// The `geopoint` field: the device's position with its accuracy, or coordinates entered by hand (WGS-84); with `search`
// also what the gazetteer knows, and a map to press.
import { Description, Errors, Label } from '@bpmn-io/form-js-viewer';
import { useState } from 'preact/hooks';
import { t } from '../lib/i18n.js';
import { locate } from '../lib/locate.js';
import { PlacePicker } from './place-picker.jsx';

const coordinate = (text) => (text.trim() === '' || Number.isNaN(Number(text)) ? null : Number(text));

export function Geopoint(props) {
  const { field, value, domId, errors = [], disabled, readonly, onChange, onBlur } = props;
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const fixed = disabled || readonly;
  const point = value ?? {};

  const find = async () => {
    setBusy(true);
    setNote(t('正在定位…', 'Locating…'));
    try {
      onChange({ value: await locate() });
      setNote('');
    } catch (error) { setNote(error.message); }
    setBusy(false);
  };
  const enter = (name) => ({ target }) => {
    const next = { lon: point.lon ?? null, lat: point.lat ?? null, accuracy: null, [name]: coordinate(target.value) };
    onChange({ value: next.lon === null && next.lat === null ? null : next });
  };
  const box = (name, label, limit) => <label for={name === 'lon' ? domId : `${domId}-${name}`}>{label}
    <input id={name === 'lon' ? domId : `${domId}-${name}`} type="number" step="any" min={-limit} max={limit} inputMode="decimal"
      value={point[name] ?? ''} disabled={disabled} readOnly={readonly} aria-invalid={errors.length > 0}
      aria-describedby={`${domId}-error-message`} onChange={enter(name)} onBlur={onBlur} /></label>;

  return <div class={`fjs-form-field fjs-form-field-geopoint${errors.length ? ' fjs-has-errors' : ''}`}>
    <Label htmlFor={domId} label={field.label} required={field.validate?.required} />
    <div class="geo-field">
      {field.search && <PlacePicker {...props} disabled={fixed} />}
      <div class="geo-field__row">
        {box('lon', t('经度', 'Longitude'), 180)}
        {box('lat', t('纬度', 'Latitude'), 90)}
        {!fixed && <button type="button" class="btn" disabled={busy} onClick={find}>{t('定位', 'Locate')}</button>}
      </div>
      <span class="muted small" role="status">{note || accuracyText(point)}</span>
    </div>
    <Description id={`${domId}-description`} description={field.description} />
    <Errors id={`${domId}-error-message`} errors={errors} />
  </div>;
}

function accuracyText({ lon, accuracy }) {
  if (typeof accuracy === 'number') return t(`定位精度约 ${Math.round(accuracy)} 米`, `Accurate to about ${Math.round(accuracy)} m`);
  return typeof lon === 'number' ? t('手工填写的坐标（WGS-84）', 'Entered by hand (WGS-84)') : '';
}

Geopoint.config = {
  type: 'geopoint', keyed: true, name: t('位置', 'Place'), group: 'basic-input', emptyValue: null,
  sanitizeValue: ({ value }) => (value && typeof value === 'object' && !Array.isArray(value) ? value : null),
  create: (options = {}) => ({ label: t('位置', 'Place'), ...options }),
};
