import { t } from './i18n.js';

const PROBLEMS = {
  1: () => t('没有获得定位权限，请在浏览器设置中允许，或手工填写。', 'Positioning is not allowed; allow it in the browser or enter the place by hand.'),
  2: () => t('无法确定位置，请到开阔处再试，或手工填写。', 'The position cannot be found; try in the open or enter it by hand.'),
  3: () => t('定位超时，请再试一次，或手工填写。', 'Positioning took too long; try again or enter it by hand.'),
};

// The device's position as { lon, lat, accuracy } in WGS-84 degrees and metres. Rejects with a sentence.
export function locate() {
  if (!navigator.geolocation || !window.isSecureContext) {
    return Promise.reject(new Error(t('此设备或连接不支持定位，请手工填写。', 'This device or connection has no positioning; enter it by hand.')));
  }
  const round = (value) => Math.round(value * 1e7) / 1e7;
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lon: round(coords.longitude), lat: round(coords.latitude), accuracy: Math.round(coords.accuracy) }),
      ({ code }) => reject(new Error((PROBLEMS[code] ?? PROBLEMS[2])())),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 },
    );
  });
}
