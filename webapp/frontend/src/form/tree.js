// Options under their groups, in the order in which they come.
export function branches(options) {
  const found = new Map();
  for (const option of options) {
    if (!found.has(option.group)) found.set(option.group, []);
    found.get(option.group).push(option);
  }
  return [...found].map(([group, leaves]) => ({ group, leaves }));
}

// What a text finds: whole groups by their name, else options by name, code or everyday word. Words may be apart.
export function found(tree, text) {
  const words = text.trim().toLowerCase().split(/\s+/);
  const says = (...texts) => words.every((word) => texts.some((one) => one?.toLowerCase().includes(word)));
  return tree
    .map(({ group, leaves }) => ({ group, leaves: says(group) ? leaves : leaves.filter((one) => says(group, one.name, one.label, String(one.value), one.words)) }))
    .filter(({ leaves }) => leaves.length);
}

// The rows one sees: a group, then its options if it is unfolded (`null`: all are).
export function rowsOf(tree, unfolded) {
  return tree.flatMap(({ group, leaves }) => [
    { group, size: leaves.length },
    ...(unfolded === null || unfolded.includes(group) ? leaves.map((option) => ({ group, option })) : []),
  ]);
}

export function marked(rows, value) {
  return rows.findIndex(({ option }) => option && option.value === value);
}
