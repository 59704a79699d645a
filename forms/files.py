"""Files that arrive with a submission.

A file field's value is a list of names. A stored file is named by its id; a new one by the name of the
multipart part it came in (``files::<path>::<n>``), until :func:`replace_files` puts the stored id there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MEGABYTE = 1024 * 1024
MAX_FILE_BYTES = 10 * MEGABYTE
PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
AUDIO_TYPES = frozenset({"audio/mpeg", "audio/mp4", "audio/aac", "audio/wav", "audio/amr", "audio/ogg"})
VIDEO_TYPES = frozenset({"video/mp4", "video/3gpp"})
PDF, WORD = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILE_TYPES = PHOTO_TYPES | AUDIO_TYPES | VIDEO_TYPES | {PDF, WORD}


@dataclass(frozen=True)
class FileInfo:
    """One file known to the server: its name, media type (as sniffed by the server) and size in bytes."""

    name: str
    media_type: str
    size: int


def replace_files(value: Any, ids: Mapping[str, str]) -> Any:
    """Return a copy of submitted data in which every part name found in `ids` is its stored file id."""
    if isinstance(value, str):
        return ids.get(value, value)
    if isinstance(value, list):
        return [replace_files(item, ids) for item in value]
    if isinstance(value, dict):
        return {key: replace_files(item, ids) for key, item in value.items()}
    return value
