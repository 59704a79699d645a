// Dark mode, large text and language: remembered on this device; the language as a cookie the server reads.
const root = document.documentElement;

function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* private window: holds for this page only */ }
}

function showState() {
  const pressed = { theme: root.dataset.theme === 'dark', text: root.dataset.text === 'large' };
  for (const [name, on] of Object.entries(pressed)) {
    document.querySelectorAll(`[data-toggle-${name}]`).forEach((button) => button.setAttribute('aria-pressed', on));
  }
}

function toggle(name, on, off) {
  root.dataset[name] = root.dataset[name] === on ? off : on;
  remember(`cityloop.${name}`, root.dataset[name]);
  showState();
}

function setLocale(locale) {
  document.cookie = `locale=${locale}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
}

export function wirePreferences() {
  showState();
  document.addEventListener('click', ({ target }) => {
    if (target.closest?.('[data-toggle-theme]')) toggle('theme', 'dark', 'light');
    if (target.closest?.('[data-toggle-text]')) toggle('text', 'large', 'normal');
    const language = target.closest?.('[data-set-locale]');
    if (language) setLocale(language.dataset.setLocale);
    for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') document.querySelectorAll('details.menu[open]').forEach((menu) => { menu.open = false; });
  });
}
