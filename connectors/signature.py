"""Who sent a request, and whether anybody changed or replayed it. Source: interfaces document, section 0.2."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import parse_qsl, quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from connectors.contract import BAD_SIGNATURE, NOT_AUTHORISED
from engine.ports import BadMessage, Request

SM3 = "HMAC-SM3"
SHA256 = "HMAC-SHA256"
ALGORITHMS: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {SM3: hashes.SM3, SHA256: hashes.SHA256}
CLOCK_WINDOW = timedelta(seconds=300)
NONCE_MEMORY = timedelta(minutes=10)
NONCE_LENGTH = 16

Seen = Callable[[str, str, datetime], bool]
"""`seen(app_key, nonce, now)`: True when this nonce came before within NONCE_MEMORY; remembers it otherwise."""


@dataclass(frozen=True)
class Secret:
    """One secret of an app key; no longer valid after `not_after`."""

    value: str = field(repr=False)
    not_after: datetime | None = None


@dataclass(frozen=True)
class AppKey:
    """A system that may call us. Two secrets are valid while they are exchanged.

    paths      the request paths it may call; empty: all of its connector
    addresses  IP addresses it may call from; empty: any
    """

    name: str
    secrets: tuple[Secret, ...]
    paths: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def valid(self, now: datetime) -> Iterable[Secret]:
        return (secret for secret in self.secrets if secret.not_after is None or now <= secret.not_after)


class MemoryNonces:
    """The nonces that one process has seen: for the simulator and for a single process without a database."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], datetime] = {}
        self._lock = Lock()

    def __call__(self, app_key: str, nonce: str, now: datetime) -> bool:
        with self._lock:
            self._seen = {key: at for key, at in self._seen.items() if now - at < NONCE_MEMORY}
            if (app_key, nonce) in self._seen:
                return True
            self._seen[app_key, nonce] = now
            return False


def digest(algorithm: str, body: bytes) -> str:
    """The body's hash in lower hex: SM3 or SHA-256."""
    hasher = hashes.Hash(ALGORITHMS[algorithm]())
    hasher.update(body)
    return hasher.finalize().hex()


def canonical_query(query: str) -> str:
    """The query string sorted and encoded as RFC 3986 wants it."""
    pairs = sorted((quote(k, safe="-._~"), quote(v, safe="-._~")) for k, v in parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{key}={value}" for key, value in pairs)


def sign(
    method: str,
    path: str,
    query: str,
    body: bytes,
    *,
    app_key: str,
    secret: str,
    timestamp: str,
    nonce: str,
    algorithm: str = SM3,
) -> str:
    """The signature in lower hex. `timestamp` is in milliseconds since 1970."""
    lines = [method.upper(), path, canonical_query(query), app_key, timestamp, nonce, digest(algorithm, body)]
    mac = HMAC(secret.encode(), ALGORITHMS[algorithm]())
    mac.update("\n".join(lines).encode())
    return mac.finalize().hex()


def signed_headers(
    method: str,
    path: str,
    query: str,
    body: bytes,
    *,
    app_key: str,
    secret: str,
    now: datetime,
    nonce: str,
    algorithm: str = SM3,
) -> dict[str, str]:
    """The six headers of a signed request."""
    timestamp = str(int(now.timestamp() * 1000))
    signature = sign(
        method, path, query, body,
        app_key=app_key, secret=secret, timestamp=timestamp, nonce=nonce, algorithm=algorithm,
    )  # fmt: skip
    return {
        "X-App-Key": app_key,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Sign-Alg": algorithm,
        "X-Signature": signature,
        "X-Body-Hash": digest(algorithm, body),
    }


def verify(request: Request, keys: Mapping[str, AppKey], seen: Seen, now: datetime) -> AppKey:
    """The app key that signed this request. Raises BadMessage 2001 or 2002 with the reason."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    key = keys.get(headers.get("x-app-key", ""))
    if key is None:
        raise _refused("应用标识未登记或已停用", "the app key is not registered")
    _check_time(headers.get("x-timestamp", ""), now)
    _check_signature(request, headers, key, now)
    _check_scope(request, key)
    # Last, so that nobody without the secret can use up a nonce.
    if seen(key.name, headers["x-nonce"], now):
        raise _refused("随机串已用过，疑似重放", "the nonce was used before")
    return key


def _check_time(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 14):
        raise _refused("缺少时间戳 X-Timestamp（毫秒）", "X-Timestamp in milliseconds is missing")
    sent = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
    if abs(now - sent) > CLOCK_WINDOW:
        raise _refused("请求时间与本系统相差超过5分钟，请校时", "the clocks differ by more than five minutes")


def _check_signature(request: Request, headers: Mapping[str, str], key: AppKey, now: datetime) -> None:
    algorithm, nonce = headers.get("x-sign-alg", SM3), headers.get("x-nonce", "")
    if algorithm not in ALGORITHMS:
        raise _refused("签名算法应为 HMAC-SM3 或 HMAC-SHA256", "the algorithm is neither HMAC-SM3 nor HMAC-SHA256")
    if len(nonce) < NONCE_LENGTH:
        raise _refused("随机串 X-Nonce 少于16个字符", "X-Nonce is shorter than 16 characters")
    if not _same(headers.get("x-body-hash", ""), digest(algorithm, request.body)):
        raise _refused("报文摘要不符，内容可能被改动", "the body does not match its hash")
    given = headers.get("x-signature", "")
    expected = [
        sign(
            request.method,
            request.path,
            request.query,
            request.body,
            app_key=key.name,
            secret=secret.value,
            timestamp=headers["x-timestamp"],
            nonce=nonce,
            algorithm=algorithm,
        )  # fmt: skip
        for secret in key.valid(now)
    ]
    if not any([_same(given, signature) for signature in expected]):  # noqa: C419 - compares all, in constant time
        raise _refused("签名不符", "the signature does not match")


def _check_scope(request: Request, key: AppKey) -> None:
    if key.paths and request.path not in key.paths:
        raise BadMessage(NOT_AUTHORISED, "该应用标识无权调用此接口。", "this app key may not call this address")
    if key.addresses and request.remote_address not in key.addresses:
        raise BadMessage(NOT_AUTHORISED, "来源地址不在白名单内。", "the caller's address is not on the list")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _refused(zh: str, en: str) -> BadMessage:
    return BadMessage(BAD_SIGNATURE, f"验签未通过：{zh}。", f"the request was not trusted: {en}")
