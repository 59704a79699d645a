"""A submitted task form: read the request, sniff the files, validate, complete the task.

The page and the REST interface share this door.
"""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from flask import Request
from PIL import Image, UnidentifiedImageError
from werkzeug.datastructures import FileStorage

import forms
from engine import queries
from engine.commands import CompleteTask
from engine.errors import InvalidInput, NotAllowed, NotFound, StaleVersion, TaskClosed
from engine.ports import FileContent
from engine.queries import Viewer
from forms import paths, schema as shape
from webapp import exif, file_types, form_context, form_words, photo_checks
from webapp.current import execute, now
from webapp.times import ZONE

MEGABYTE = 1024 * 1024
MAX_FILE = 10 * MEGABYTE
MAX_FILES = 9
MOST_REQUEST_ID = 60
FILE_FIELDS = shape.FILES
MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PHASES = {"到场": "safe", "处置": "after", "核查": "verify"}


@dataclass(frozen=True)
class Submission:
    """What a person sent in; `request_id` makes a repeat harmless where no task does."""

    data: Mapping[str, Any]
    version: int | None
    files: Mapping[str, FileContent] = field(default_factory=dict)
    request_id: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


def read(request: Request) -> Submission:
    """From JSON {data, openedVersion} or multipart with part `data`. Raises InvalidInput."""
    if request.is_json:
        body = request.get_json(silent=True) or {}
        return _submission(body.get("data"), body, {})
    try:
        data = json.loads(request.form.get("data") or "{}")
    except ValueError:
        data = None
    parts = [(name, file) for name, file in request.files.items(multi=True) if file.filename]
    if len(parts) > MAX_FILES * 4:
        raise InvalidInput("一次上传的文件太多。", "Too many files at once.")
    files = {name: _uploaded(file) for name, file in parts}
    return _submission(data, request.form, files)


def _submission(data: Any, around: Mapping[str, Any], files: Mapping[str, FileContent]) -> Submission:
    request_id = str(around.get("requestId") or "")[:MOST_REQUEST_ID]
    return Submission(_mapping(data), _version(around.get("openedVersion")), files, request_id, now())


def _mapping(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise InvalidInput("提交的内容不是有效的表单数据。", "What was submitted is not form data.")
    return data


def _version(value: Any) -> int | None:
    return int(value) if str(value or "").isdigit() else None


def photo(file: FileStorage) -> FileContent:
    """A photo as it arrived, its type told by its bytes. Raises InvalidInput."""
    name, content = _arrived(file)
    found = _picture(name, content)
    if found is None:
        raise InvalidInput(
            f"“{name}”不是可用的照片，请上传 JPG、PNG 或 WebP 格式。",
            f"{name} is not a usable photo; upload JPG, PNG or WebP.",
        )
    return found


def _uploaded(file: FileStorage) -> FileContent:
    """A file of a form; whether its field takes such files is for the form to judge. Raises InvalidInput."""
    name, content = _arrived(file)
    found = _picture(name, content)
    if found is not None:
        return found
    mime = file_types.sniff(content)
    if mime is None:
        raise InvalidInput(
            f"“{name}”不是可用的照片、录音、视频或文档：照片用 JPG、PNG 或 WebP，录音用 MP3、M4A、WAV 或 AMR，"
            "视频用 MP4，文档用 PDF 或 DOCX。",
            f"{name} is not a usable photo (JPG, PNG, WebP), recording (MP3, M4A, WAV, AMR), video (MP4) "
            "or document (PDF, DOCX).",
        )
    return FileContent(name, mime, content)


def _arrived(file: FileStorage) -> tuple[str, bytes]:
    """Name and bytes, within the limit."""
    content = file.stream.read(MAX_FILE + 1)
    name = (file.filename or "file")[-120:]
    if len(content) > MAX_FILE:
        raise InvalidInput(f"“{name}”超过 10 MB。", f"{name} is larger than 10 MB.")
    return name, content


def _picture(name: str, content: bytes) -> FileContent | None:
    """The photo these bytes are; None when they are none."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            mime = MIMES.get(image.format or "")
            shot = exif.read(image)
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return FileContent(name, mime, content, "before", shot.at, shot.lon, shot.lat) if mime else None


def complete(reader: Any, task: Mapping[str, Any], who: Viewer, sent: Submission, locale: str) -> Any:
    """Validate and complete. Raises InvalidInput with the errors of each field, NotAllowed, Conflict."""
    _check(task, who, sent.version)
    form = form_context.form_of(reader, task["form_key"], task.get("form_digest"))
    if form is None and task["form_key"]:
        raise NotFound("没有找到这项任务的表单，请联系流程负责人。", "The form of this task was not found.")
    clean: Mapping[str, Any] = {}
    files: dict[str, FileContent] = {}
    if form is not None:
        clean, files = validated(reader, form, task, who, sent, locale)
    return execute(CompleteTask(task["id"], clean, who.user_id, sent.version, files))


def _check(task: Mapping[str, Any], who: Viewer, version: int | None) -> None:
    """What the engine will refuse anyway is said before the fields are judged."""
    if task["status"] not in ("open", "claimed"):
        raise TaskClosed()
    if not queries.may_work(who, task):
        raise NotAllowed()
    if version is not None and version != task["version"]:
        raise StaleVersion(version=task["version"])


def validated(
    reader: Any, form: forms.Form, task: Mapping[str, Any], who: Viewer, sent: Submission, locale: str = "zh"
) -> tuple[Mapping[str, Any], dict[str, FileContent]]:
    """The clean data of a submission and its new files by stored id. Raises InvalidInput."""
    stored = queries.files_of(reader, task["order_id"], with_linked=True) if _names_files(form, task, sent) else ()
    form = form_words.in_language(form, locale)  # what is wrong is said with the labels of the page
    known = {file["id"]: forms.FileInfo(file["name"], file["mime"], file["size"]) for file in stored}
    for name, file in sent.files.items():
        known[name] = forms.FileInfo(file.name, file.mime, len(file.content))
    context = form_context.context(reader, form, task, who)
    moment = sent.at.astimezone(ZONE)
    result = forms.validate(form, sent.data, context=context, files=known, locale=locale, now=moment)
    if not result.ok:
        raise InvalidInput(errors=result.errors)
    document = {**(task["document"] or {}), **(task.get("variables") or {})}
    around = photo_checks.Around(task["order_id"], document, result.clean, sent.at, locale)
    if wrong := photo_checks.judge(reader, form, sent.files, around):
        raise InvalidInput(errors=wrong)
    ids = {name: secrets.token_urlsafe(16) for name in sent.files}
    phase = PHASES.get(task["stage"] or "", "before")
    clean = forms.replace_files(result.clean, ids)
    named = set(_strings(clean))
    files = {ids[name]: replace(file, phase=phase) for name, file in sent.files.items() if ids[name] in named}
    return clean, files


def _names_files(form: forms.Form, task: Mapping[str, Any], sent: Submission) -> bool:
    """Whether a field for files holds any, in what was sent or in the document: only then are they looked up."""
    held = (sent.data, task["document"], task.get("variables"))
    return any(
        "[]" in field.key or any(paths.get(data or {}, field.key) for data in held)
        for field in form.fields
        if field.type in FILE_FIELDS
    )


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return []
