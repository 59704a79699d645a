// The `photo` field: camera or album, shrunk, shown small, removable, within the allowed number; and `files`, the
// same with recordings, videos and documents.
import { Description, Errors, FormContext, Label } from '@bpmn-io/form-js-viewer';
import { useContext, useRef, useState } from 'preact/hooks';
import { t } from '../lib/i18n.js';
import { OTHER_TYPES, TYPES, isNew, shrink, taken } from './photos.js';
import { labelOf, sentence } from './sentences.js';

const touch = matchMedia('(pointer: coarse)').matches;
const KINDS = {
  photo: {
    types: TYPES, take: (file) => shrink(file, true), tooMany: 'max_photos', choose: t('选择照片', 'Choose photos'),
    count: (number, most) => t(`${number} / ${most} 张`, `${number} of ${most}`),
  },
  files: {
    types: [...TYPES, ...OTHER_TYPES], take: taken, tooMany: 'max_files', choose: t('选择文件', 'Choose files'),
    count: (number, most) => t(`${number} / ${most} 个`, `${number} of ${most}`),
  },
};

export function Photo({ field, value, domId, errors = [], disabled, readonly, onChange, onBlur }) {
  const { getService } = useContext(FormContext);
  const store = getService('photoStore');
  const kind = KINDS[field.type];
  const fileUrl = getService('config', false)?.fileUrl ?? '';
  const [problems, setProblems] = useState([]);
  const camera = useRef(null);
  const album = useRef(null);
  const photos = Array.isArray(value) ? value : [];
  const most = Number(field.validate?.max ?? 9);
  const fixed = disabled || readonly;

  const add = async ({ target }) => {
    const files = [...target.files];
    target.value = '';
    const wrong = [];
    const added = [];
    for (const file of files) {
      if (photos.length + added.length >= most) { wrong.push(sentence(kind.tooMany, { label: labelOf(field), limit: most })); break; }
      try { added.push(store.add(await kind.take(file), file.name)); } catch (error) { wrong.push(error.message); }
    }
    setProblems(wrong);
    if (added.length) onChange({ value: [...photos, ...added] });
  };
  const remove = (ref) => {
    store.remove(ref);
    setProblems([]);
    onChange({ value: photos.filter((one) => one !== ref) });
  };
  const input = (ref, id, extra) => <input ref={ref} id={id} type="file" class="sr-only" tabIndex={-1} disabled={fixed}
    aria-label={labelOf(field)} aria-describedby={`${domId}-error-message`} onChange={add} onBlur={onBlur} {...extra} />;
  const full = photos.length >= most;

  return <div class={`fjs-form-field fjs-form-field-photo${errors.length ? ' fjs-has-errors' : ''}`}>
    <Label htmlFor={`${domId}-button`} label={field.label} required={field.validate?.required || Number(field.validate?.min) > 0} />
    <div class="photo-field">
      <ul class="photo-field__list">
        {photos.map((ref, index) => <Thumb key={ref} {...{ photo: store.get(ref), ref_: ref, fileUrl, index, fixed }} onRemove={() => remove(ref)} />)}
      </ul>
      {!fixed && <div class="photo-field__buttons">
        {input(camera, `${domId}-camera`, { accept: TYPES.join(','), capture: 'environment' })}
        {input(album, domId, { accept: kind.types.join(','), multiple: true })}
        {(touch || field.cameraOnly) && <button type="button" class="btn" disabled={full} onClick={() => camera.current.click()}>{t('拍照', 'Take a photo')}</button>}
        {!(field.cameraOnly && touch) && <button type="button" id={`${domId}-button`} class="btn" disabled={full} onClick={() => album.current.click()}>{kind.choose}</button>}
        <span class="muted small" aria-live="polite">{kind.count(photos.length, most)}</span>
      </div>}
    </div>
    <Description id={`${domId}-description`} description={field.description} />
    <Errors id={`${domId}-error-message`} errors={[...problems, ...errors]} />
  </div>;
}

function Thumb({ photo, ref_, fileUrl, index, fixed, onRemove }) {
  const [noPicture, setNoPicture] = useState(Boolean(photo) && !TYPES.includes(photo.blob.type));
  const source = photo ? photo.url : isNew(ref_) ? '' : `${fileUrl}${encodeURIComponent(ref_)}`;
  const label = noPicture ? t(`文件 ${index + 1}`, `File ${index + 1}`) : t(`照片 ${index + 1}`, `Photo ${index + 1}`);
  return <li class="photo-field__item">
    {noPicture ? <a class="file-tile" href={source} target="_blank" rel="noopener">{label}</a>
      : <img src={source} alt={label} loading="lazy" onError={() => setNoPicture(true)} />}
    {!fixed && <button type="button" aria-label={t(`删除${label}`, `Remove ${label.toLowerCase()}`)} onClick={onRemove}>×</button>}
    {photo && <small>{photo.name}</small>}
  </li>;
}

const names = ({ value }) => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);

// A type has a component of its own: form-js keeps the settings on it.
export const Files = (props) => <Photo {...props} />;

Photo.config = {
  type: 'photo', keyed: true, name: t('照片', 'Photos'), group: 'basic-input', emptyValue: [],
  sanitizeValue: names,
  create: (options = {}) => ({ label: t('照片', 'Photos'), ...options }),
};

Files.config = {
  type: 'files', keyed: true, name: t('附件', 'Files'), group: 'basic-input', emptyValue: [], sanitizeValue: names,
  create: (options = {}) => ({ label: t('附件', 'Files'), ...options }),
};
