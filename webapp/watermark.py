"""The watermark of a photo: who took it, when, where, for which work order.

It is drawn when a photo is shown. What is stored stays as it was taken, so that its SM3 still finds the same picture
used twice and an expert can be given the original. Only codes and numbers are written: no fonts are needed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps

from webapp.times import local

PART = 30
"""The writing is one thirtieth of the picture's height, at least `LEAST` pixels."""
LEAST, SHADE, INK = 11, (0, 0, 0, 150), (255, 255, 255, 255)


def words(file: Mapping[str, Any], order_no: str, staff: bool) -> str:
    """The line under a photo: account, time, coordinates, number; what is not known is left out."""
    taken = local(file["shot_at"] or file["at"])
    placed = file["lon"] is not None and file["lat"] is not None
    told = [
        str(file["by"]) if staff else "",
        f"{taken:%Y-%m-%d %H:%M}" if taken else "",
        f"{file['lon']:.5f},{file['lat']:.5f}" if placed else "",
        order_no,
    ]
    return "  ".join(one for one in told if one)


def marked(content: bytes, text: str) -> bytes:
    """The picture, upright, as a JPEG with a line along its lower edge; smaller writing when the line is long."""
    with Image.open(io.BytesIO(content)) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    size = max(LEAST, picture.height // PART)
    font = ImageFont.load_default(size)
    while size > LEAST and font.getlength(text) > picture.width - size:
        size -= 1
        font = ImageFont.load_default(size)
    pen = ImageDraw.Draw(picture, "RGBA")
    top = picture.height - round(size * 1.6)
    pen.rectangle((0, top, picture.width, picture.height), fill=SHADE)
    pen.text((size // 2, top + size // 4), text, fill=INK, font=font)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()
