// The `photo` field: camera or album, shrunk, shown small, removable, within the allowed number.
import { Description, Errors, FormContext, Label } from '@bpmn-io/form-js-viewer';
import { useContext, useRef, useState } from 'preact/hooks';
import { t } from '../lib/i18n.js';
import { TYPES, isNew, shrink } from './photos.js';
import { labelOf, sentence } from './sentences.js';

const touch = matchMedia('(pointer: coarse)').matches;

export function Photo({ field, value, domId, errors = [], disabled, readonly, onChange, onBlur }) {
  const { getService } = useContext(FormContext);
  const store = getService('photoStore');
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
      if (photos.length + added.length >= most) { wrong.push(sentence('max_photos', { label: labelOf(field), limit: most })); break; }
      try { added.push(store.add(await shrink(file, true), file.name)); } catch (error) { wrong.push(error.message); }
    }
    setProblems(wrong);
    if (added.length) onChange({ value: [...photos, ...added] });
  };
  const remove = (ref) => {
    store.remove(ref);
    setProblems([]);
    onChange({ value: photos.filter((one) => one !== ref) });
  };
  const input = (ref, id, extra) => <input ref={ref} id={id} type="file" class="sr-only" tabIndex={-1} accept={TYPES.join(',')} disabled={fixed}
    aria-label={labelOf(field)} aria-describedby={`${domId}-error-message`} onChange={add} onBlur={onBlur} {...extra} />;
  const full = photos.length >= most;

  return <div class={`fjs-form-field fjs-form-field-photo${errors.length ? ' fjs-has-errors' : ''}`}>
    <Label htmlFor={`${domId}-button`} label={field.label} required={field.validate?.required || Number(field.validate?.min) > 0} />
    <div class="photo-field">
      <ul class="photo-field__list">
        {photos.map((ref, index) => <Thumb key={ref} {...{ photo: store.get(ref), ref_: ref, fileUrl, index, fixed }} onRemove={() => remove(ref)} />)}
      </ul>
      {!fixed && <div class="photo-field__buttons">
        {input(camera, `${domId}-camera`, { capture: 'environment' })}
        {input(album, domId, { multiple: true })}
        {(touch || field.cameraOnly) && <button type="button" class="btn" disabled={full} onClick={() => camera.current.click()}>{t('拍照', 'Take a photo')}</button>}
        {!(field.cameraOnly && touch) && <button type="button" id={`${domId}-button`} class="btn" disabled={full} onClick={() => album.current.click()}>{t('选择照片', 'Choose photos')}</button>}
        <span class="muted small" aria-live="polite">{t(`${photos.length} / ${most} 张`, `${photos.length} of ${most}`)}</span>
      </div>}
    </div>
    <Description id={`${domId}-description`} description={field.description} />
    <Errors id={`${domId}-error-message`} errors={[...problems, ...errors]} />
  </div>;
}

function Thumb({ photo, ref_, fileUrl, index, fixed, onRemove }) {
  const label = t(`照片 ${index + 1}`, `Photo ${index + 1}`);
  const source = photo ? photo.url : isNew(ref_) ? '' : `${fileUrl}${encodeURIComponent(ref_)}`;
  return <li class="photo-field__item">
    <img src={source} alt={label} loading="lazy" />
    {!fixed && <button type="button" aria-label={t(`删除照片 ${index + 1}`, `Remove photo ${index + 1}`)} onClick={onRemove}>×</button>}
    {photo && <small>{photo.name}</small>}
  </li>;
}

Photo.config = {
  type: 'photo', keyed: true, name: t('照片', 'Photos'), group: 'basic-input', emptyValue: [],
  sanitizeValue: ({ value }) => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []),
  create: (options = {}) => ({ label: t('照片', 'Photos'), ...options }),
};
