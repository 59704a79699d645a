// Runs before the first paint, so that a remembered dark or large-text choice never flashes.
(() => {
  const root = document.documentElement;
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  root.dataset.theme = stored('cityloop.theme') || (root.dataset.followSystem === 'true' ? system : 'light');
  root.dataset.text = stored('cityloop.text') || 'normal';
})();
