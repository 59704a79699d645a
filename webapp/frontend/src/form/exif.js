// What a camera wrote into a JPEG (EXIF): carried over to the redrawn picture.
const FIRST = 256 * 1024;
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];

// `picture` with the EXIF of `original`; as it is when there is none. The redrawn picture stands upright already.
export async function withExif(picture, original) {
  try {
    const segment = find(new Uint8Array(await original.slice(0, FIRST).arrayBuffer()));
    if (!segment) return picture;
    upright(segment);
    return new Blob([picture.slice(0, 2), segment, picture.slice(2)], { type: 'image/jpeg' });
  } catch {
    return picture;
  }
}

// The APP1 segment with its marker, a copy.
function find(bytes) {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    if (bytes[at + 1] === 0xda) return null;
    if (bytes[at + 1] === 0xe1 && EXIF.every((one, index) => bytes[at + 4 + index] === one)) return bytes.slice(at, at + 2 + length);
    at += 2 + length;
  }
  return null;
}

// Orientation (tag 0x0112 of the first directory) becomes 1.
function upright(segment) {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  const start = 10;
  const little = view.getUint16(start) === 0x4949;
  const directory = start + view.getUint32(start + 4, little);
  const entries = view.getUint16(directory, little);
  for (let index = 0; index < entries; index += 1) {
    const entry = directory + 2 + index * 12;
    if (view.getUint16(entry, little) === 0x0112) view.setUint16(entry + 8, 1, little);
  }
}
