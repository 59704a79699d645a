// Task pages: every <div data-form> becomes a form. Guide: webapp/frontend/README.md.
import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import 'leaflet/dist/leaflet.css';
import { onReady } from './lib/dom.js';
import { forgetOldDrafts } from './form/draft.js';
import { mount } from './form/task-form.js';

onReady(() => {
  forgetOldDrafts();
  document.querySelectorAll('[data-form]').forEach(mount);
  document.body.addEventListener('htmx:load', ({ target }) => {
    target.querySelectorAll?.('[data-form]').forEach((place) => { if (!place.cityloopForm) mount(place); });
  });
});
