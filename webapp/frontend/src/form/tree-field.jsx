// A select with `tree`: its options under their `group`, opened one by one or found by typing, for long code lists.
// `suggested` (FEEL) offers some of them beside it; with nothing typed the keys 1, 2, 3 take one.
import { Description, Errors, FormContext, Label, Select, useExpressionEvaluation } from '@bpmn-io/form-js-viewer';
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../lib/i18n.js';
import { get } from './paths.js';
import { branches, found, marked, rowsOf } from './tree.js';

const MOST_SUGGESTED = 3;

export function Choice(props) {
  const fixed = props.disabled || props.readonly;
  return props.field.tree && !fixed ? <TreeSelect {...props} /> : <Select {...props} />;
}
Choice.config = Select.config;

function TreeSelect(props) {
  const { field, value, domId, errors = [], onBlur, onFocus, onChange } = props;
  const form = useContext(FormContext).getService('form');
  const { initialData } = form._getState();
  const options = useMemo(() => offered(field, initialData), [field, initialData]);
  const tree = useMemo(() => branches(options), [options]);
  const chosen = options.find((one) => one.value === value);
  const suggested = useSuggested(field, options);
  const box = useRef(null);
  const list = useRef(null);
  const [typed, type] = useState(null);
  const [open, setOpen] = useState(false);
  const [unfolded, unfold] = useState([]);
  const [at, setAt] = useState(-1);

  const matches = typed?.trim() ? found(tree, typed) : null;
  const rows = rowsOf(matches ?? tree, matches ? null : unfolded);
  const shown = Math.min(at, rows.length - 1);
  useEffect(() => { if (value && options.length && !chosen) onChange({ value: null }); }, [value, options]);
  useEffect(() => { list.current?.querySelector('[data-marked]')?.scrollIntoView({ block: 'nearest' }); }, [shown, open]);

  const show = () => {
    if (open) return;
    setOpen(true);
    const groups = chosen ? [chosen.group] : [];
    unfold(groups);
    setAt(marked(rowsOf(tree, groups), value));
  };
  const close = () => { setOpen(false); type(null); setAt(-1); };
  const take = (option) => { onChange({ value: option?.value ?? null }); close(); };
  const fold = (group, wide) => unfold(wide ? [...unfolded, group] : unfolded.filter((one) => one !== group));
  const press = (row) => {
    if (row.option) return void take(row.option);
    if (!matches) fold(row.group, !unfolded.includes(row.group));
  };
  const move = (step) => {
    if (!open) return void show();
    setAt(rows.length ? (Math.max(shown, step > 0 ? -1 : 0) + step + rows.length) % rows.length : -1);
  };
  // Left and right belong to the text while something is typed.
  const sideways = (event, wide) => {
    const row = rows[shown];
    if (!open || matches || !row) return;
    event.preventDefault();
    if (row.option) { if (!wide) setAt(rows.findIndex((one) => !one.option && one.group === row.group)); }
    else if (wide && unfolded.includes(row.group)) setAt(shown + 1);
    else fold(row.group, wide);
  };
  const enter = (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!open) return void show();
    const row = rows[shown] ?? (matches ? rows.find((one) => one.option) : null);
    if (row) press(row);
  };
  const keys = {
    ArrowDown: (event) => { event.preventDefault(); move(1); },
    ArrowUp: (event) => { event.preventDefault(); move(-1); },
    ArrowRight: (event) => sideways(event, true),
    ArrowLeft: (event) => sideways(event, false),
    Enter: enter,
    Escape: (event) => { if (open) { event.stopPropagation(); close(); } },
  };
  const pressed = (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const offer = typed === null && suggested[Number(event.key) - 1];
    if (offer) { event.preventDefault(); take(offer); } else keys[event.key]?.(event);
  };
  const listId = `${domId}-tree`;

  return <div class={`fjs-form-field fjs-form-field-select${errors.length ? ' fjs-has-errors' : ''}`}>
    <Label htmlFor={domId} label={field.label} required={field.validate?.required} />
    {suggested.length > 0 && <div class="tree-select__offers" role="group" aria-label={t('建议', 'Suggested')}>
      <span class="muted small">{t('建议', 'Suggested')}</span>
      {suggested.map((one, index) => <button type="button" class="chip tree-select__offer" key={one.value} aria-pressed={one.value === value}
        onClick={() => take(one)}><kbd aria-hidden="true">{index + 1}</kbd>{one.name}</button>)}
    </div>}
    <div class="tree-select">
      <div class="fjs-input-group">
        <input ref={box} id={domId} class="fjs-input" type="text" autoComplete="off" role="combobox" aria-haspopup="tree" aria-expanded={open}
          aria-controls={listId} aria-autocomplete="list" aria-activedescendant={open && shown >= 0 ? `${listId}-${shown}` : undefined}
          aria-invalid={errors.length > 0} aria-describedby={`${domId}-description ${domId}-error-message`} aria-required={Boolean(field.validate?.required)}
          placeholder={t('名称、俗称或编码', 'Name, everyday word or code')} value={typed ?? chosen?.label ?? ''}
          onInput={({ target }) => { setOpen(true); type(target.value); setAt(-1); }} onKeyDown={pressed} onMouseDown={show}
          onFocus={(event) => { event.target.select(); onFocus?.(); }} onBlur={() => { close(); onBlur?.(); }} />
        {chosen && <button type="button" class="tree-select__mark" tabIndex={-1} aria-label={t('清除', 'Clear')} onMouseDown={stay}
          onClick={() => { take(null); box.current.focus(); }}>×</button>}
        <button type="button" class="tree-select__mark" tabIndex={-1} aria-label={open ? t('收起', 'Close') : t('展开', 'Open')} onMouseDown={stay}
          onClick={() => { box.current.focus(); if (open) close(); else show(); }}>{open ? '▴' : '▾'}</button>
      </div>
      {open && <ul class="tree-select__list" id={listId} ref={list} role="tree" aria-label={field.label} onMouseDown={stay}>
        {rows.map((row, index) => <Row key={row.option?.value ?? row.group} {...{ row, index, value }} id={`${listId}-${index}`} marked={index === shown}
          wide={matches !== null || unfolded.includes(row.group)} onPress={() => { setAt(index); press(row); }} />)}
        {rows.length === 0 && <li class="muted small">{t('没有匹配的类别，换个说法试试。', 'Nothing matches; try another word.')}</li>}
      </ul>}
    </div>
    <span class="sr-only" role="status">{open && matches ? t(`${rows.filter((one) => one.option).length} 项相符`, `${rows.filter((one) => one.option).length} match`) : ''}</span>
    <Description id={`${domId}-description`} description={field.description} />
    <Errors id={`${domId}-error-message`} errors={errors} />
  </div>;
}

function Row({ row, id, value, marked: isMarked, wide, onPress }) {
  const mark = isMarked ? { 'data-marked': '' } : {};
  if (!row.option) {
    return <li id={id} class="tree-select__group" role="treeitem" aria-level={1} aria-expanded={wide} onClick={onPress} {...mark}>
      <span aria-hidden="true">{wide ? '▾' : '▸'}</span><b>{row.group}</b><span class="muted small num">{row.size}</span></li>;
  }
  const { option } = row;
  return <li id={id} class={`tree-select__option fjs-dropdownlist-item${isMarked ? ' focused' : ''}`} role="treeitem" aria-level={2} aria-selected={option.value === value} onClick={onPress} {...mark}>
    <span>{option.name}</span><span class="muted small num">{option.value}</span></li>;
}

// The list must not take the focus from the box: leaving the box closes it.
const stay = (event) => event.preventDefault();

function offered(field, initialData) {
  const listed = field.valuesKey ? get(initialData ?? {}, field.valuesKey.split('.')) : field.values;
  return (Array.isArray(listed) ? listed : []).map((one) => ({ group: '', name: one.label, ...one }));
}

function useSuggested(field, options) {
  const codes = useExpressionEvaluation(field.suggested ?? '');
  return (Array.isArray(codes) ? codes : [codes]).map((code) => options.find((one) => one.value === code)).filter(Boolean).slice(0, MOST_SUGGESTED);
}
