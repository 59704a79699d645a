// The properties panel's header names the kind of element without the translate hook; it is translated here.
import { locale } from '../lib/i18n.js';
import { translate } from './translate.js';

const KIND = '.bio-properties-panel-header-type, .bio-properties-panel-placeholder-text, .bio-properties-panel-group-header-title';

export function translateHeaders(panel) {
  if (locale !== 'zh') return;
  const apply = () => panel.querySelectorAll(KIND).forEach((element) => {
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE) continue;
      const text = translate(node.data) !== node.data ? translate(node.data) : translate(sentenceCase(node.data));
      if (text !== node.data && /[一-龥]/.test(text)) node.data = text;
    }
  });
  new MutationObserver(apply).observe(panel, { subtree: true, childList: true, characterData: true });
  apply();
}

// "START EVENT" → "Start event", the way the dictionary writes it.
const sentenceCase = (text) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
