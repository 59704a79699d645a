// Process pages: <div data-modeler> becomes the editor. Guide: webapp/frontend/README.md.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import { onReady } from './lib/dom.js';
import { ProcessEditor } from './modeler/editor.js';

onReady(() => {
  for (const place of document.querySelectorAll('[data-modeler]')) {
    const editor = new ProcessEditor(place);
    place.cityloopEditor = editor;
    editor.open();
  }
});
