// New photos on their way to the server: shrunk pictures by a name of this page, until they are sent.
import { t } from '../lib/i18n.js';
import { withExif } from './exif.js';

export const TYPES = ['image/jpeg', 'image/png', 'image/webp'];
// Recordings, videos, PDF and Word; the server looks at the bytes (webapp/file_types.py).
export const OTHER_TYPES = ['.mp3', '.m4a', '.aac', '.wav', '.amr', '.ogg', '.mp4', '.3gp', '.pdf', '.docx'];
export const MAX_BYTES = 10 * 1024 * 1024;
const LONGEST_SIDE = 1600;
const PREFIX = 'new:';

export class PhotoStore {
  #photos = new Map();

  add(blob, name) {
    const ref = `${PREFIX}${crypto.randomUUID?.() ?? Date.now().toString(36) + Math.random().toString(36).slice(2)}`;
    this.#photos.set(ref, { blob, name, url: URL.createObjectURL(blob) });
    return ref;
  }

  get(ref) { return this.#photos.get(ref); }

  remove(ref) {
    const photo = this.#photos.get(ref);
    if (photo) URL.revokeObjectURL(photo.url);
    this.#photos.delete(ref);
  }
}

export const isNew = (ref) => typeof ref === 'string' && ref.startsWith(PREFIX);

// The picture, at most 1600 px on its longer side and upright. Throws a sentence when it is no usable photo.
// With `keep` the time and place the camera wrote into it stay; photos of citizens lose them.
export async function shrink(file, keep = false) {
  if (!TYPES.includes(file.type)) throw new Error(t(`“${file.name}”不是 JPEG、PNG 或 WebP 照片。`, `“${file.name}” is no JPEG, PNG or WebP photo.`));
  const bitmap = await decode(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const redrawn = scale < 1 || (!keep && file.type === 'image/jpeg');
  const picture = redrawn ? await drawn(bitmap, scale) : file;
  const small = redrawn && keep ? await withExif(picture, file) : picture;
  bitmap.close();
  if (small.size > MAX_BYTES) throw new Error(t(`“${file.name}”超过 10 MB。`, `“${file.name}” is larger than 10 MB.`));
  return small;
}

// Any file a `files` field takes: photos shrunk, the rest as it is.
export async function taken(file) {
  if (TYPES.includes(file.type)) return shrink(file, true);
  const known = OTHER_TYPES.some((ending) => file.name.toLowerCase().endsWith(ending));
  if (!known) throw new Error(t(`“${file.name}”不是照片、录音、视频、PDF 或 Word 文件。`, `“${file.name}” is no photo, recording, video, PDF or Word file.`));
  if (file.size > MAX_BYTES) throw new Error(t(`“${file.name}”超过 10 MB。`, `“${file.name}” is larger than 10 MB.`));
  return file;
}

async function decode(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new Error(t(`“${file.name}”无法打开，可能已损坏。`, `“${file.name}” cannot be opened; it may be damaged.`));
  }
}

function drawn(bitmap, scale) {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(t('照片处理失败。', 'The photo could not be processed.')))), 'image/jpeg', 0.85);
  });
}
