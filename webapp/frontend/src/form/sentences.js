// The sentences a person reads at a field. messages.json is the same table as forms/messages.py (a test holds
// them equal), so the browser and the server say the same thing.
import messages from './messages.json';
import { locale } from '../lib/i18n.js';

export function sentence(code, values) {
  const text = messages[code][locale === 'en' ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

export function labelOf(field) {
  const label = field.label || field.dateLabel || field.timeLabel;
  const plain = typeof label === 'string' && label.trim() && !label.startsWith('=') && !label.includes('{{');
  return plain ? label.trim() : field.key || field.id;
}

const REQUIRED = {
  checkbox: 'required_check', radio: 'required_choice', select: 'required_choice', checklist: 'required_choice',
  taglist: 'required_choice', photo: 'required_photo', files: 'required_files', geopoint: 'required_point',
};

// What form-js says in English, by pattern, and what we say instead.
const FORM_JS = [
  [/^Field is required\.$/, (_, field) => [REQUIRED[field.type] ?? 'required']],
  [/^Value is not a number\.$/, () => ['number']],
  [/^(Min|Max) validation value is not a valid number\.$/, () => ['number']],
  [/^Value is expected to be an integer\.$/, () => ['integer']],
  [/^Value is expected to have at most (\d+) decimal/, ([, limit]) => ['digits', limit]],
  [/^Please select a valid value, the two nearest/, (_, field) => ['increment', field.increment]],
  [/^Field must match pattern /, () => ['pattern']],
  [/^Field must have minimum value of (.*)\.$/, ([, limit]) => ['min', limit]],
  [/^Field must have maximum value of (.*)\.$/, ([, limit]) => ['max', limit]],
  [/^Field must have minimum length of (.*)\.$/, ([, limit]) => ['min_length', limit]],
  [/^Field must have maximum length of (.*)\.$/, ([, limit]) => ['max_length', limit]],
  [/^Field must be a valid email\.$/, () => ['email']],
];

export function translated(error, field) {
  for (const [pattern, find] of FORM_JS) {
    const match = pattern.exec(error);
    if (match) {
      const [code, limit] = find(match, field);
      return sentence(code, { label: labelOf(field), limit });
    }
  }
  return error;
}
