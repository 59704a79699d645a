// ['items', 0, 'unit'] as the server writes it: items[0].unit
export function pathText(path) {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${part}`)).join('');
}

export function get(data, path) {
  return path.reduce((value, part) => value?.[part], data);
}

export function set(data, path, value) {
  const parents = path.slice(0, -1);
  let target = data;
  parents.forEach((part, index) => {
    target[part] ??= typeof path[index + 1] === 'number' ? [] : {};
    target = target[part];
  });
  target[path.at(-1)] = value;
}
