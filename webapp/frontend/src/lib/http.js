import { t } from './i18n.js';

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';

// Sends a request and reads its JSON answer: { status, ok, body, url, redirected }. Never throws for a status;
// a dead network answers status 0 with a sentence.
export async function send(url, { method = 'POST', body, headers = {} } = {}) {
  try {
    const response = await fetch(url, {
      method, body, credentials: 'same-origin',
      headers: { Accept: 'application/json', 'X-CSRFToken': token(), 'X-Requested-With': 'fetch', ...headers },
    });
    return {
      status: response.status, ok: response.ok, url: response.url, redirected: response.redirected,
      body: await answer(response),
    };
  } catch {
    return { status: 0, ok: false, body: { message: t('网络不通，请稍后再试。', 'The network cannot be reached; try again.') } };
  }
}

async function answer(response) {
  if (!(response.headers.get('Content-Type') ?? '').includes('json')) return {};
  try { return await response.json(); } catch { return {}; }
}

// A sentence for an answer that was not accepted.
export function reason({ status, body }) {
  if (body?.message) return body.message;
  if (status === 401 || status === 403) {
    return t('登录已过期或没有权限。请在新窗口登录后再试，已填写的内容会保留。',
      'Your sign-in expired or you may not do this. Sign in in another window and try again; nothing typed is lost.');
  }
  if (status === 413) return t('文件太大，请减少或压缩后再提交。', 'The files are too large.');
  return t(`服务器没有接受（${status}），请稍后再试。`, `The server did not accept this (${status}); try again later.`);
}
