"""Attachments, for those who may see the work order they belong to."""

from __future__ import annotations

import io

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue
from flask_login import login_required
from PIL import Image, ImageOps

from engine import queries
from engine.errors import NotAllowed, NotFound
from forms.files import AUDIO_TYPES, PHOTO_TYPES, VIDEO_TYPES
from webapp.current import me, reader

blueprint = Blueprint("files", __name__)
SMALL = 320
SAFE_INLINE = PHOTO_TYPES | AUDIO_TYPES | VIDEO_TYPES
"""What a browser shows or plays itself; everything else is saved."""


@blueprint.get("/files/<file_id>")
@login_required
def show(file_id: str) -> ResponseReturnValue:
    """The file; `?small` gives a picture of at most 320 pixels."""
    found = queries.attachment(reader(), file_id)
    if found is None:
        raise NotFound("没有找到这个附件。", "This file was not found.")
    if not queries.may_see(reader(), me(), found["order_id"]):
        raise NotAllowed("您没有查看这个附件的权限。", "You may not see this file.")
    content, mime = bytes(found["content"]), found["mime"]
    if "small" in request.args and mime in PHOTO_TYPES:
        content, mime = small(content), "image/jpeg"
    inline = mime in SAFE_INLINE
    response = send_file(
        io.BytesIO(content),
        mimetype=mime if inline else "application/octet-stream",
        as_attachment=not inline,
        download_name=found["name"],
    )
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def small(content: bytes) -> bytes:
    """A JPEG of at most 320 pixels, upright."""
    with Image.open(io.BytesIO(content)) as image:
        image.draft("RGB", (SMALL * 2, SMALL * 2))
        upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((SMALL, SMALL))
        out = io.BytesIO()
        upright.save(out, "JPEG", quality=80)
    return out.getvalue()
