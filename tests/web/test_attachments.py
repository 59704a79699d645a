"""What the reporter sent by other means: recordings, videos and documents that the acceptor adds to the report."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from forms.files import FILE_TYPES, PDF, WORD
from tests.web.conftest import ACCEPT, Person
from webapp.file_types import sniff
from webapp.watermark import words

Log = Callable[[str], Person]
Take = Callable[..., str]

RECORDING = b"#!AMR\n" + bytes(40)


def word(*parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part in parts:
            archive.writestr(part, "<x/>")
    return file.getvalue()


def photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"ID3\x04" + bytes(20), "audio/mpeg"),
        (b"\xff\xfb\x90" + bytes(20), "audio/mpeg"),
        (b"\xff\xf1\x50" + bytes(20), "audio/aac"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (RECORDING, "audio/amr"),
        (b"OggS" + bytes(20), "audio/ogg"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(8), "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(8), "video/mp4"),
        (b"\x00\x00\x00\x20ftyp3gp4" + bytes(8), "video/3gpp"),
        (b"%PDF-1.7\n", PDF),
        (word("[Content_Types].xml", "word/document.xml"), WORD),
        (word("word/document.xml", "word/vbaProject.bin"), None),
        (word("xl/workbook.xml"), None),
        (b"PK\x03\x04 cut off", None),
        (b"\x00\x00\x00\x20ftypheic" + bytes(8), None),
        (b"MZ\x90\x00", None),
        (b"<svg onload=alert(1)>", None),
        (b"", None),
    ],
)
def test_it_tells_a_file_by_its_bytes(content: bytes, mime: str | None) -> None:
    assert sniff(content) == mime
    assert mime is None or mime in FILE_TYPES


@pytest.fixture
def accept(person: Log) -> Callable[..., Any]:
    """`accept(no, name=bytes, …)`: the acceptor finishes the acceptance with these files."""

    def finish(no: str, **files: bytes) -> Any:
        acceptor = person("SL01")
        task = acceptor.json("GET", f"/api/tasks?q={no}").json["items"][0]
        shown = acceptor.json("GET", f"/api/tasks/{task['id']}").json["context"]
        kept = {name: value for name, value in shown.items() if not isinstance(value, list)}
        parts = {
            f"files::moreFiles::{at}": (io.BytesIO(content), name.replace("_", "."))
            for at, (name, content) in enumerate(files.items())
        }
        given = json.dumps({**kept, **ACCEPT, "moreFiles": list(parts)})
        data = {"data": given, "openedVersion": str(task["version"]), **parts}
        return acceptor.post(f"/api/tasks/{task['id']}/completion", data, headers={"Accept": "application/json"})

    return finish


def test_they_become_evidence_of_the_report(
    person: Log, report: Take, accept: Callable[..., Any], work: Callable[[], None]
) -> None:
    no = report()
    before = person("SL01").json("GET", f"/api/orders/{no}").json
    answer = accept(no, 来电_amr=RECORDING, 信件_pdf=b"%PDF-1.7\n", 现场_jpg=photo())
    assert answer.status_code == 200, answer.text
    work()
    acceptor = person("SL01")
    page = acceptor.page(f"/orders/{no}?tab=files")
    for name in ("来电.amr", "信件.pdf", "现场.jpg"):
        assert name in page
    case = acceptor.json("GET", f"/api/orders/{no}").json["caseNo"]
    assert "来电.amr" in acceptor.page(f"/orders/{case}?tab=files")
    assert before["caseNo"] is None


def test_a_recording_plays_and_a_document_is_saved(
    person: Log, report: Take, accept: Callable[..., Any], wiring: Any
) -> None:
    no = report()
    assert accept(no, 来电_amr=RECORDING, 信件_pdf=b"%PDF-1.7\n").status_code == 200
    with wiring.engine.database.transaction() as transaction:
        found = transaction.rows("select id, name, phase from attachment order by name")
        document = transaction.row("select document from work_order where no = %(no)s", {"no": no})
    files = {row["name"]: row for row in found}
    assert document is not None
    assert set(document["document"]["attachments"]) >= {row["id"] for row in found}
    assert {row["phase"] for row in found} == {"before"}
    acceptor = person("SL01")
    recording = acceptor.get(f"/files/{files['来电.amr']['id']}")
    assert (recording.mimetype, recording.headers["Content-Disposition"].partition(";")[0]) == ("audio/amr", "inline")
    letter = acceptor.get(f"/files/{files['信件.pdf']['id']}?small")
    assert letter.mimetype == "application/octet-stream"
    assert letter.headers["Content-Disposition"].startswith("attachment")


def test_it_takes_no_program_and_no_more_than_nine(person: Log, report: Take, accept: Callable[..., Any]) -> None:
    no = report()
    refused = accept(no, 来电_mp3=b"MZ\x90\x00")
    assert (refused.status_code, "不是可用的照片、录音、视频或文档" in refused.json["message_zh"]) == (422, True)
    many = accept(no, **{f"{number}_amr": RECORDING + bytes([number]) for number in range(10)})
    assert many.json["errors"] == {"moreFiles": ["“补充附件”最多 9 个文件。"]}


def test_a_photo_bears_its_watermark_and_the_original_stays(
    person: Log, report: Take, accept: Callable[..., Any], wiring: Any
) -> None:
    no = report()
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "white").save(out, "JPEG")
    accept(no, 现场_jpg=out.getvalue())
    with wiring.engine.database.transaction() as transaction:
        [row] = transaction.rows("select id, by, shot_at, at, lon, lat, phase from attachment")
    shown = person("SL01").get(f"/files/{row['id']}")
    assert person("SL01").get(f"/files/{row['id']}?original").data == out.getvalue()
    with Image.open(io.BytesIO(shown.data)) as picture:
        assert picture.size == (800, 600)
        assert min(picture.getpixel((799, 590))) < 160 < 250 < min(picture.getpixel((799, 500)))
    place = {**row, "lon": 114.902751, "lat": 21.700678}
    assert words(place, no, staff=True) == f"SL01  2026-09-14 09:00  114.90275,21.70068  {no}"
    assert words(row, no, staff=False) == f"2026-09-14 09:00  {no}"
