// Every page: htmx, work-list keys, live time left, toasts, dialogs, remembered display settings.
import htmx from 'htmx.org';
import { wireDialogs } from './lib/dialog.js';
import { onReady } from './lib/dom.js';
import { t } from './lib/i18n.js';
import { toast } from './lib/toast.js';
import { wirePages } from './app/pages.js';
import { wireKeys } from './app/keys.js';
import { wirePreferences } from './app/preferences.js';
import { wireSelection } from './app/selection.js';
import { wireTimes } from './app/times.js';

window.htmx = htmx;
window.cityloop = { toast };

onReady(() => {
  wireDialogs();
  wirePreferences();
  wireSelection();
  wireKeys();
  wireTimes();
  wirePages();
  document.body.addEventListener('toast', ({ detail }) => toast(detail.text ?? detail.value, detail.tone));
  document.body.addEventListener('htmx:sendError', () => toast(t('网络不通，请稍后再试。', 'The network cannot be reached.'), 'danger'));
  document.body.addEventListener('htmx:responseError', ({ detail }) => toast(refusal(detail.xhr), 'danger'));
});

function refusal(xhr) {
  try {
    const { message } = JSON.parse(xhr.responseText);
    if (message) return message;
  } catch { /* not JSON: the status has to do */ }
  return t(`操作没有成功（${xhr.status}）。`, `That did not work (${xhr.status}).`);
}
