// form-js's validator with our sentences, our own field types, and no complaints about read-only fields.
import { buildExpressionContext } from '@bpmn-io/form-js-viewer';
import { set } from './paths.js';
import { labelOf, sentence, translated } from './sentences.js';

// E.164 with spaces or hyphens, as forms/fields.py; form-js's own list of country codes is out of date.
const PHONE = /^(?:\+|00)[1-9]\d(?:[ -]?\d){5,18}$/;
const PHONE_ERROR = /^Field must be a valid {1,2}international phone number/;
const MAX_FILES = 9;

class Rules {
  constructor(validator, formFieldRegistry, expressionLanguage, templating) {
    const original = validator.validateFieldInstance.bind(validator);
    validator.validateFieldInstance = (instance, value) => {
      const field = formFieldRegistry.get(instance.id);
      if (!field || isReadonly(field, instance, expressionLanguage)) return [];
      const errors = judged(field, instance, value);
      return errors.length ? errors : refused(field, instance, value);
    };
    const judged = (field, instance, value) => {
      if (field.type === 'photo') return photoErrors(field, value);
      if (field.type === 'files') return fileErrors(field, value);
      if (field.type === 'geopoint') return placeErrors(field, value);
      const errors = original(instance, value).filter((error) => !PHONE_ERROR.test(error));
      return [...errors.map((error) => translated(error, field)), ...phoneErrors(field, value)];
    };
    // A rule over the whole form, with its own sentence.
    const refused = (field, instance, value) => {
      const { refuseWhen, refuseMessage } = field.validate ?? {};
      if (!refuseWhen) return [];
      const data = structuredClone(instance.expressionContextInfo?.data ?? {});
      set(data, instance.valuePath, value);
      const seen = buildExpressionContext({ ...instance.expressionContextInfo, data });
      return expressionLanguage.evaluate(refuseWhen, seen) === true ? [templating.evaluate(refuseMessage, seen)] : [];
    };
  }
}
Rules.$inject = ['validator', 'formFieldRegistry', 'expressionLanguage', 'templating'];

export function isReadonly(field, instance, expressionLanguage) {
  if (!expressionLanguage.isExpression(field.readonly)) return Boolean(field.readonly);
  const seen = buildExpressionContext(instance.expressionContextInfo ?? { data: {} });
  return expressionLanguage.evaluateUnaryTest(field.readonly, seen) === true;
}

function phoneErrors(field, value) {
  const wrong = field.validate?.validationType === 'phone' && value && !PHONE.test(value);
  return wrong ? [sentence('phone', { label: labelOf(field) })] : [];
}

export function photoErrors(field, value) {
  const { required, min, max = MAX_FILES } = field.validate ?? {};
  const count = Array.isArray(value) ? value.length : 0;
  const label = labelOf(field);
  if (required && count === 0) return [sentence('required_photo', { label })];
  if (min !== undefined && min !== '' && count < Number(min)) return [sentence('min_photos', { label, limit: min })];
  if (count > Number(max)) return [sentence('max_photos', { label, limit: max })];
  return [];
}

export function fileErrors(field, value) {
  const { required, max = MAX_FILES } = field.validate ?? {};
  const count = Array.isArray(value) ? value.length : 0;
  const label = labelOf(field);
  if (required && count === 0) return [sentence('required_files', { label })];
  return count > Number(max) ? [sentence('max_files', { label, limit: max })] : [];
}

const within = (value, limit) => value !== null && value !== undefined && value !== '' && Math.abs(Number(value)) <= limit;

export function placeErrors(field, value) {
  const label = labelOf(field);
  if (value === null || value === undefined) return field.validate?.required ? [sentence('required_point', { label })] : [];
  return [
    ...(within(value.lon, 180) ? [] : [sentence('longitude', { label })]),
    ...(within(value.lat, 90) ? [] : [sentence('latitude', { label })]),
  ];
}

export default { __init__: ['cityloopRules'], cityloopRules: ['type', Rules] };
