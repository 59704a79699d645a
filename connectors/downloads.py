"""Fetches the files a message names, from the sender's own hosts only. Source: interfaces document, section 1.1."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from connectors.signature import SM3, digest
from engine.ports import FileContent, Rejected, RemoteFile, TryLater

LARGEST = 10 * 1024 * 1024
CHUNK = 64 * 1024
BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)


@dataclass(frozen=True)
class Downloads:
    """`hosts` may be asked for files (`name` or `name:port`), and nobody else: an address in a message is no order
    to call machines of our own network."""

    hosts: frozenset[str]
    timeout: float = 5.0

    def fetch(self, remote: RemoteFile) -> FileContent:
        """The file, its type told by its bytes. Raises TryLater or Rejected with the reason."""
        address = urlsplit(remote.url)
        if address.scheme not in ("http", "https") or address.netloc not in self.hosts:
            raise Rejected("附件地址不在约定的主机上 / the address is not on an agreed host")
        content = self._read(remote.url)
        if remote.sm3 and len(remote.sm3) == 64 and digest(SM3, content) != remote.sm3.lower():
            raise Rejected("附件摘要不符 / the file does not match its digest")
        return FileContent(remote.name, sniff(content), content, "before")

    def _read(self, url: str) -> bytes:
        try:
            with requests.get(url, timeout=self.timeout, stream=True, allow_redirects=False) as response:
                if response.status_code >= 500:
                    raise TryLater(f"附件暂时取不到 / not available now: HTTP {response.status_code}")
                if response.status_code != 200:
                    raise Rejected(f"附件取不到 / not available: HTTP {response.status_code}")
                return self._limited(response)
        except requests.RequestException as error:
            raise TryLater(f"附件暂时取不到 / not available now ({type(error).__name__})") from None

    @staticmethod
    def _limited(response: requests.Response) -> bytes:
        content = bytearray()
        for chunk in response.iter_content(CHUNK):
            content += chunk
            if len(content) > LARGEST:
                raise Rejected("附件超过10MB / the file is larger than 10 MB")
        return bytes(content)


def sniff(content: bytes) -> str:
    """The media type of a picture or PDF. Raises Rejected for anything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    for beginning, mime in BEGINNINGS:
        if content.startswith(beginning):
            return mime
    raise Rejected("附件不是图片或PDF / the file is neither a picture nor a PDF")
