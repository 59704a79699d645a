// What is posted: `data` as JSON plus one part per new file, named files::<path>::<n>.
import { isNew } from './photos.js';
import { get, pathText, set } from './paths.js';

// `before` is the data the form was opened with: files a filepicker field already had stay in its list.
export function submission(form, data, page, submitter, before = {}) {
  const body = new FormData(page, submitter);
  const clean = structuredClone(data);
  const registry = form.get('formFieldRegistry');
  for (const { id, valuePath } of form.get('formFieldInstanceRegistry').getAllKeyed()) {
    const { type, disabled } = registry.get(id);
    if (disabled || !['photo', 'files', 'filepicker'].includes(type)) continue;
    const kept = type === 'filepicker' ? stored(get(before, valuePath)) : [];
    set(clean, valuePath, [...kept, ...named(form, type, get(data, valuePath), pathText(valuePath), body)]);
  }
  body.set('data', JSON.stringify(clean));
  return body;
}

function stored(value) {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function named(form, type, value, path, body) {
  const files = type !== 'filepicker' ? photos(form, value) : form.get('fileRegistry').getFiles(value).map((file) => [file, file.name]);
  let count = 0;
  return files.map((file) => {
    if (typeof file === 'string') return file;
    const name = `files::${path}::${count++}`;
    body.append(name, file[0], file[1]);
    return name;
  });
}

function photos(form, value) {
  const store = form.get('photoStore');
  return (value ?? []).filter((ref) => !isNew(ref) || store.get(ref)).map((ref) => {
    if (!isNew(ref)) return ref;
    const { blob, name } = store.get(ref);
    return [blob, blob.type === 'image/jpeg' ? name.replace(/\.\w+$/, '') + '.jpg' : name];
  });
}
