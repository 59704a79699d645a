// localStorage that may be forbidden or full: then nothing is remembered, and nothing breaks.
export function read(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
}

export function write(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
}

export function forget(key) {
  try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
}

export function keys(prefix) {
  try { return Object.keys(localStorage).filter((key) => key.startsWith(prefix)); } catch { return []; }
}
