"""Attachments are fetched at once, from agreed hosts only, and never block a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from connectors.downloads import LARGEST, Downloads, sniff
from connectors.hotline_12345.connector import connect
from connectors.signature import SM3, MemoryNonces, digest
from engine.ports import Inbound, Place, Rejected, RemoteFile, Report, TryLater
from tests.contract.connector_contract import NOW
from webapp.inbound import MOST_FILES, with_files

JPEG = b"\xff\xd8\xff\xe0" + b"picture"
FILES = {
    "/a.jpg": (200, JPEG),
    "/gone": (404, b""),
    "/broken": (500, b""),
    "/moved": (302, b""),
    "/eicar": (200, b"X5O!P%"),
}


class Files(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, content = FILES.get(self.path, (200, b"\xff\xd8\xff" + b"x" * LARGEST))
        try:
            self.send_response(status)
            self.send_header("Location", "/a.jpg")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            pass  # the reader had enough

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def remote(host: str, path: str, sm3: str | None = None) -> RemoteFile:
    return RemoteFile("现场.jpg", f"http://{host}{path}", "image/jpeg", sm3=sm3)


def test_a_picture_is_fetched_and_its_type_told_by_its_bytes(host: str) -> None:
    file = Downloads(frozenset({host})).fetch(remote(host, "/a.jpg", digest(SM3, JPEG)))
    assert (file.name, file.mime, file.content) == ("现场.jpg", "image/jpeg", JPEG)


@pytest.mark.parametrize(
    ("path", "words"), [("/gone", "404"), ("/moved", "302"), ("/large", "10MB"), ("/eicar", "图片"), ("/a.jpg", "摘要")]
)
def test_what_is_no_good_file_is_rejected(host: str, path: str, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        Downloads(frozenset({host})).fetch(remote(host, path, "0" * 64 if path == "/a.jpg" else None))


def test_what_may_come_back_is_tried_later(host: str) -> None:
    with pytest.raises(TryLater):
        Downloads(frozenset({host})).fetch(remote(host, "/broken"))
    with pytest.raises(TryLater):
        Downloads(frozenset({"127.0.0.1:9"})).fetch(remote("127.0.0.1:9", "/a.jpg"))


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "file:///etc/hosts", "http://127.0.0.1:80@elsewhere/", "x"])
def test_no_other_host_is_asked(url: str) -> None:
    with pytest.raises(Rejected, match="主机"):
        Downloads(frozenset({"127.0.0.1:80"})).fetch(RemoteFile("a", url))


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (JPEG, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\nx", "image/png"),
        (b"RIFF0000WEBPx", "image/webp"),
        (b"%PDF-1", "application/pdf"),
    ],
)
def test_types_are_told_by_their_beginning(content: bytes, mime: str) -> None:
    assert sniff(content) == mime


def message(*files: RemoteFile) -> Inbound:
    report = Report("hotline_12345", "99", "12345热线", "井盖破了", NOW, place=Place("文明路"), remote_files=files)
    return Inbound("hotline_12345", "99", "DISPATCH", 1, "m", NOW, report=report)


def test_a_report_comes_with_its_files_and_names_those_it_could_not_get(host: str) -> None:
    connector = connect({"base_url": f"http://{host}"}, MemoryNonces())
    report = with_files(connector, message(remote(host, "/a.jpg"), remote(host, "/gone"))).report
    assert report is not None
    assert [file.content for file in report.files] == [JPEG]
    assert [missing["name"] for missing in report.extra["missingFiles"]] == ["现场.jpg"]


def test_no_more_than_nine_files_are_fetched(host: str) -> None:
    connector = connect({"file_hosts": host}, MemoryNonces())
    report = with_files(connector, message(*[remote(host, "/a.jpg")] * 12)).report
    assert report is not None
    assert len(report.files) == MOST_FILES
    assert len(report.extra["missingFiles"]) == 3


def test_a_message_without_files_stays_as_it_is() -> None:
    connector = connect({}, MemoryNonces())
    plain = message()
    assert with_files(connector, plain) is plain
    urge = replace(plain, report=None, occurred_at=NOW + timedelta(hours=1))
    assert with_files(connector, urge) is urge
