// What was typed but not submitted, kept on this device per task, for a week at most.
import { forget, keys, read, write } from '../lib/store.js';
import { isNew } from './photos.js';

const PREFIX = 'cityloop.draft.';
const WEEK = 7 * 24 * 3600 * 1000;

export class Draft {
  constructor(name) { this.key = `${PREFIX}${name}`; }

  load() { return read(this.key); }

  save(data) { return write(this.key, { data: withoutNewFiles(data), time: Date.now() }); }

  forget() { forget(this.key); }
}

// New photos and picked files live in this page alone; a draft keeps what the server already has.
function withoutNewFiles(value) {
  if (Array.isArray(value)) return value.filter((one) => !isNew(one)).map(withoutNewFiles);
  if (typeof value === 'string' && value.startsWith('files::')) return null;
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNewFiles(inner)]));
}

export function forgetOldDrafts(now = Date.now()) {
  for (const key of keys(PREFIX)) {
    const draft = read(key);
    if (!draft || now - draft.time > WEEK) forget(key);
  }
}
