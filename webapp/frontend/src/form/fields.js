// Our own field types, registered in the viewer (and in any editor that loads this module).
import { Check, Fold } from './fold-field.jsx';
import { Geopoint } from './geopoint-field.jsx';
import { PlaceMap } from './map-field.jsx';
import { Files, Photo } from './photo-field.jsx';
import { PhotoStore } from './photos.js';
import { Choice } from './tree-field.jsx';

class CityloopFields {
  constructor(formFields) {
    formFields.register('photo', Photo);
    formFields.register('files', Files);
    formFields.register('geopoint', Geopoint);
    formFields.register('map', PlaceMap);
    // form-js's own types, which may do more: `tree`, `collapsible`, `fails`.
    formFields.register('select', Choice);
    formFields.register('group', Fold);
    formFields.register('radio', Check);
  }
}
CityloopFields.$inject = ['formFields'];

export default {
  __init__: ['cityloopFields'],
  cityloopFields: ['type', CityloopFields],
  photoStore: ['type', PhotoStore],
};
