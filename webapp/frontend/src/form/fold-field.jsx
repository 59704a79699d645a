// Long checklists. A group with `collapsible` folds away and counts what is answered; a radio with `fails` is marked when
// that answer is given; `quick` names answers that one press gives to everything still open in the group.
import { FormContext, Group, Radio } from '@bpmn-io/form-js-viewer';
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../lib/i18n.js';
import { get } from './paths.js';

export function Fold(props) {
  return props.field.collapsible ? <Folding {...props} /> : <Group {...props} />;
}
Fold.config = Group.config;

export function Check(props) {
  return props.field.fails === undefined ? <Radio {...props} /> : <FailingCheck {...props} />;
}
Check.config = Radio.config;

// What happens to a failing answer is said when it is given, not at every question.
function FailingCheck(props) {
  const { field, value } = props;
  const plain = useMemo(() => ({ ...field, description: '' }), [field]);
  const fails = value === field.fails;
  return <div class={fails ? 'check check--fails' : 'check'}><Radio {...props} field={fails ? field : plain} /></div>;
}

const isEmpty = (value) => value === null || value === undefined || value === '';

function Folding(props) {
  const { field, readonly } = props;
  const form = useContext(FormContext).getService('form');
  const { data, errors, schema } = form._getState();
  const [isFirst] = useState(() => firstOpen(schema, data)?.id === field.id);
  const [, again] = useState(false);
  const box = useRef(null);
  const inner = useMemo(() => ({ ...field, showOutline: false }), [field]);
  // Its questions are known once they are drawn.
  useEffect(() => again(true), []);
  useEffect(() => { box.current.open = isFirst; }, []);

  const asked = questions(form, field, data);
  const required = asked.filter((one) => one.required);
  const missing = required.filter((one) => isEmpty(one.value));
  const failing = asked.filter((one) => one.fails);
  const wrong = asked.filter((one) => errors[one.id]?.length);
  const open = asked.filter((one) => one.quick && isEmpty(one.value));
  const press = (label) => {
    for (const one of open) {
      const answer = one.quick.find((quick) => quick.label === label);
      if (answer) form._update({ fieldInstance: one.instance, value: answer.value });
    }
    setTimeout(() => goOn(box.current));
  };
  const labels = [...new Set(open.flatMap((one) => one.quick.map((quick) => quick.label)))];

  return <details class={`fold${missing.length ? '' : ' fold--complete'}`} ref={box}>
    <summary>
      <span class="fold__title">{field.label}</span>
      {wrong.length > 0 && <span class="badge badge--danger">{t(`要更正 ${wrong.length}`, `${wrong.length} to correct`)}</span>}
      {failing.length > 0 && <span class="badge badge--warn">{t(`异常 ${failing.length}`, `${failing.length} failing`)}</span>}
      <span class={`badge num${missing.length ? '' : ' badge--ok'}`}>{missing.length ? '' : '✓ '}{progress(required.length - missing.length, required.length)}</span>
    </summary>
    {!readonly && labels.length > 0 && <div class="fold__quick">
      {labels.map((label) => <button type="button" class="btn btn--small" key={label} onClick={() => press(label)}>{label}</button>)}
    </div>}
    <Group {...props} field={inner} />
  </details>;
}

const progress = (done, all) => t(`已答 ${done}/${all}`, `${done}/${all} done`);

// The questions of a group that are asked just now, with what is answered.
function questions(form, field, data) {
  const instances = new Map(form.get('formFieldInstanceRegistry').getAllKeyed().map((one) => [one.id, one]));
  return (field.components ?? []).filter((one) => one.key && instances.has(one.id) && !instances.get(one.id).hidden).map((one) => {
    const instance = instances.get(one.id);
    const value = get(data, instance.valuePath);
    return { id: one.id, instance, value, quick: one.quick, required: one.validate?.required === true, fails: one.fails !== undefined && value === one.fails };
  });
}

// The group where there is first something left to answer starts open.
function firstOpen(schema, data) {
  const lacks = (one) => one.validate?.required === true && isEmpty(get(data, one.key?.split('.') ?? []));
  return (schema.components ?? []).find((one) => one.collapsible && (one.components ?? []).some(lacks));
}

// A group that is complete folds away, and the next that is not opens.
function goOn(box) {
  if (!box.classList.contains('fold--complete')) return;
  box.open = false;
  const all = [...box.closest('.fjs-container').querySelectorAll('details.fold')];
  const next = all.slice(all.indexOf(box) + 1).find((one) => !one.classList.contains('fold--complete')) ?? box;
  if (next !== box) next.open = true;
  next.querySelector('summary').focus();
  next.scrollIntoView({ block: 'nearest' });
}
