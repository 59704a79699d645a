// Bold text around a value that is not there says nothing: without it `**{{result}}**` would show as ****.
class Markdown {
  constructor(markdownRenderer) {
    const render = markdownRenderer.render.bind(markdownRenderer);
    markdownRenderer.render = (text) => render(withoutEmptyBold(text));
  }
}
Markdown.$inject = ['markdownRenderer'];

// Pairs of ** in a line with nothing between them go; what stands between two bold words stays.
export function withoutEmptyBold(text) {
  if (typeof text !== 'string' || !text.includes('**')) return text;
  return text.split('\n').map(line).join('\n');
}

function line(text) {
  const parts = text.split('**');
  if (parts.length % 2 === 0) return text;
  return parts.map((part, at) => (at % 2 === 0 ? part : part.trim() && `**${part}**`)).join('');
}

export default { __init__: ['cityloopMarkdown'], cityloopMarkdown: ['type', Markdown] };
