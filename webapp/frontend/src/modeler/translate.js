// The editor's texts in Chinese: our dictionary first, then bpmn-js-i18n, else the English original.
import core from 'bpmn-js-i18n/translations/zn.js';
import { locale } from '../lib/i18n.js';
import own from './zh.json';

const DICTIONARY = { ...core, ...own };

export function translate(template, replacements = {}) {
  const text = (locale === 'zh' && DICTIONARY[template]) || template;
  return text.replace(/\{([^}]+)\}/g, (whole, name) => (name in replacements ? DICTIONARY_VALUE(replacements[name]) : whole));
}

// What is filled in may itself be a word of the editor ("Task", "Start event").
const DICTIONARY_VALUE = (value) => (locale === 'zh' && DICTIONARY[value]) || String(value);

export default { translate: ['value', translate] };
