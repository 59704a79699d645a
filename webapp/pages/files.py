"""Attachments, for those who may see the work order they belong to."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue
from flask_login import login_required
from PIL import Image, ImageOps

from engine import queries
from engine.errors import NotAllowed, NotFound
from forms.files import AUDIO_TYPES, PHOTO_TYPES, VIDEO_TYPES
from webapp import watermark
from webapp.current import me, reader

blueprint = Blueprint("files", __name__)
SMALL = 320
SAFE_INLINE = PHOTO_TYPES | AUDIO_TYPES | VIDEO_TYPES
"""What a browser shows or plays itself; everything else is saved."""


@blueprint.get("/files/<file_id>")
@login_required
def show(file_id: str) -> ResponseReturnValue:
    """The file; a photo bears its watermark. `?small` gives one of at most 320 pixels, `?original` what is stored."""
    found = queries.attachment(reader(), file_id)
    if found is None:
        raise NotFound("没有找到这个附件。", "This file was not found.")
    if not queries.may_see(reader(), me(), found["order_id"]):
        raise NotAllowed("您没有查看这个附件的权限。", "You may not see this file.")
    content, mime = bytes(found["content"]), found["mime"]
    if "small" in request.args and mime in PHOTO_TYPES:
        content, mime = small(content), "image/jpeg"
    elif "original" not in request.args and mime in PHOTO_TYPES:
        content, mime = with_watermark(found, content), "image/jpeg"
    inline = mime in SAFE_INLINE
    response = send_file(
        io.BytesIO(content),
        mimetype=mime if inline else "application/octet-stream",
        as_attachment=not inline,
        download_name=found["name"],
    )
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def with_watermark(file: Mapping[str, Any], content: bytes) -> bytes:
    """The photo with who, when, where and the work order's number: not who reported a matter in confidence."""
    hidden = file["confidential"] and file["phase"] == "before"
    staff = not hidden and bool(queries.people_names(reader(), [file["by"]]))
    return watermark.marked(content, watermark.words(file, file["order_no"], staff))


def small(content: bytes) -> bytes:
    """A JPEG of at most 320 pixels, upright."""
    with Image.open(io.BytesIO(content)) as image:
        image.draft("RGB", (SMALL * 2, SMALL * 2))
        upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((SMALL, SMALL))
        out = io.BytesIO()
        upright.save(out, "JPEG", quality=80)
    return out.getvalue()
