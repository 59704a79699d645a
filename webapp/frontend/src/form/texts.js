// form-js has a few fixed English texts of its own; on Chinese pages they are replaced where they appear.
import { locale } from '../lib/i18n.js';

const TEXTS = {
  Browse: '选择文件', 'Add new': '增加一行', 'Show all': '显示全部', 'Show less': '收起', Select: '请选择', Search: '搜索', 'No results': '没有匹配项',
  'No options': '没有选项', Nothing: '无', 'Remove item': '删除本行', 'mm/dd/yyyy': '年/月/日', 'yyyy/mm/dd': '年/月/日', 'hh:mm': '时:分', 'hh:mm --': '时:分',
  'Form is powered by': '表单由以下软件提供', 'Nothing to show.': '没有内容。', 'Nothing to show': '没有内容', 'Previous page': '上一页', 'Next page': '下一页', Clear: '清除', 'No files selected': '未选择文件',
};
const ATTRIBUTES = ['placeholder', 'title', 'aria-label'];

function replaceIn(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const text = TEXTS[node.data.trim()];
    if (text) node.data = text;
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || node.closest('label, .fjs-form-field-text, textarea')) return;
  for (const name of ATTRIBUTES) {
    const text = TEXTS[node.getAttribute(name)?.trim()];
    if (text) node.setAttribute(name, text);
  }
  node.childNodes.forEach(replaceIn);
}

export function chineseTexts(place) {
  if (locale !== 'zh') return;
  replaceIn(place);
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'childList') addedNodes.forEach(replaceIn);
      else replaceIn(target);
    }
  }).observe(place, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
}
