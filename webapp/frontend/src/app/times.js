// Keeps <time class="time-left" data-due data-warn> true while the page stays open, by the server's clock.
import { t } from '../lib/i18n.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SOON = 2 * HOUR;

const server = Date.parse(document.querySelector('meta[name="server-time"]')?.content ?? '');
const skew = Number.isNaN(server) ? 0 : server - Date.now();

export function words(milliseconds) {
  const span = Math.abs(milliseconds);
  const [days, hours, minutes] = [Math.floor(span / DAY), Math.floor((span % DAY) / HOUR), Math.floor((span % HOUR) / MINUTE)];
  if (days) return t(`${days} 天 ${hours} 小时`, `${days} d ${hours} h`);
  if (hours) return t(`${hours} 小时 ${minutes} 分`, `${hours} h ${minutes} min`);
  return t(`${minutes} 分钟`, `${minutes} min`);
}

function show(element, now) {
  const left = Date.parse(element.dataset.due) - now;
  const warn = element.dataset.warn ? Date.parse(element.dataset.warn) - now <= 0 : left < SOON;
  element.dataset.state = left < 0 ? 'overdue' : warn ? 'soon' : 'ok';
  element.textContent = left < 0 ? t(`超时 ${words(left)}`, `${words(left)} overdue`) : t(`剩 ${words(left)}`, `${words(left)} left`);
}

function showAll() {
  const now = Date.now() + skew;
  document.querySelectorAll('.time-left[data-due]').forEach((element) => show(element, now));
}

export function wireTimes() {
  setInterval(showAll, 20_000);
  document.addEventListener('visibilitychange', showAll);
  document.body.addEventListener('htmx:afterSettle', showAll);
}
