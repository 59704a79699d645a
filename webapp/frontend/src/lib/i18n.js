// Texts of the scripts. The page's language is on <html data-locale>; Chinese is the source language.
export const locale = document.documentElement.dataset.locale === 'en' ? 'en' : 'zh';

export const t = (zh, en) => (locale === 'en' ? en : zh);
