"""What a file is, told by its bytes: the name and type a browser sends are believed in nothing.

Pictures are told by `submission.photo`, which opens them; here are recordings, videos and documents.
"""

from __future__ import annotations

import io
import zipfile

from forms.files import PDF, WORD

BEGINNINGS = (
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"#!AMR", "audio/amr"),
    (b"OggS", "audio/ogg"),
    (b"%PDF-", PDF),
)
WORD_PART = "word/document.xml"


def sniff(content: bytes) -> str | None:
    """The media type of a recording, video, PDF or Word document; None for anything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "audio/wav"
    if content[4:8] == b"ftyp":
        return _of_brand(content[8:12])
    if content.startswith(b"PK\x03\x04"):
        return WORD if _is_word(content) else None
    return next((mime for beginning, mime in BEGINNINGS if content.startswith(beginning)), None)


def _of_brand(brand: bytes) -> str | None:
    """MP4 is a container: its brand says what for. Pictures in it (HEIC, AVIF) are not taken."""
    if brand.startswith(b"M4A"):
        return "audio/mp4"
    if brand.startswith(b"3g"):
        return "video/3gpp"
    return "video/mp4" if brand.startswith((b"mp4", b"iso", b"avc", b"M4V", b"MSNV", b"qt")) else None


def _is_word(content: bytes) -> bool:
    """A Word document without macros, by the parts in its archive; the archive is not unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return WORD_PART in names and not any(name.endswith("vbaProject.bin") for name in names)
