"""When and where a photo was taken, as its EXIF says (Exif 2.32: DateTimeOriginal, OffsetTimeOriginal, GPS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import Image

from webapp.times import ZONE

EXIF, GPS = 0x8769, 0x8825
DATE_TIME, ORIGINAL, DIGITIZED, OFFSET = 0x0132, 0x9003, 0x9004, 0x9011
LAT_REF, LAT, LON_REF, LON = 1, 2, 3, 4


@dataclass(frozen=True)
class Shot:
    """What a photo tells about its taking; None where it is silent or makes no sense."""

    at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def read(image: Image.Image) -> Shot:
    """Never fails: a damaged EXIF is a silent one."""
    try:
        tags = image.getexif()
        place = tags.get_ifd(GPS)
        at = _moment({**tags, **tags.get_ifd(EXIF)})
        return Shot(at, *_place(place))
    except Exception:
        return Shot()


def _moment(tags: Mapping[int, Any]) -> datetime | None:
    text = next((tags[tag] for tag in (ORIGINAL, DIGITIZED, DATE_TIME) if tags.get(tag)), None)
    if not isinstance(text, str):
        return None
    found = datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S")
    offset = str(tags.get(OFFSET) or "").strip("\0 ")
    return datetime.fromisoformat(f"{found.isoformat()}{offset}") if offset else found.replace(tzinfo=ZONE)


def _place(tags: Mapping[int, Any]) -> tuple[float | None, float | None]:
    if not tags.get(LON) or not tags.get(LAT):
        return None, None
    lon = _degrees(tags[LON]) * (-1 if tags.get(LON_REF) == "W" else 1)
    lat = _degrees(tags[LAT]) * (-1 if tags.get(LAT_REF) == "S" else 1)
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else (None, None)


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def write(shot: Shot, words: str = "") -> Image.Exif:
    """EXIF that says this; `words` is its description."""
    tags = Image.Exif()
    if words:
        tags[0x010E] = words
    if shot.at is not None:
        text = shot.at.strftime("%z")
        tags.get_ifd(EXIF).update({ORIGINAL: f"{shot.at:%Y:%m:%d %H:%M:%S}", OFFSET: f"{text[:3]}:{text[3:]}"})
    if shot.lon is not None and shot.lat is not None:
        refs = {LAT_REF: "S" if shot.lat < 0 else "N", LON_REF: "W" if shot.lon < 0 else "E"}
        tags.get_ifd(GPS).update({**refs, LAT: _parts(abs(shot.lat)), LON: _parts(abs(shot.lon))})
    return tags


def _parts(degrees: float) -> tuple[float, float, float]:
    minutes = (degrees % 1) * 60
    return float(int(degrees)), float(int(minutes)), round((minutes % 1) * 60, 4)
