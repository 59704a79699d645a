"""What an installation can choose: environment variables first, then `var/settings.toml`, then defaults.

The file is made on the first start with random keys, readable by its owner only. Nothing secret has a
default in the program.

| Environment | In the file | Meaning |
|---|---|---|
| `DATABASE_URL` | `database_url` | a PostgreSQL server; without it an embedded one keeps its data in `var/` |
| `CITYLOOP_VAR` | – | the folder for everything a run makes; default `var` in the project |
| `CITYLOOP_SECRET_KEY` | `secret_key` | signs sessions and one-time links |
| `CITYLOOP_VAULT_KEY` | `vault_key` | 32 bytes as hex; encrypts reporters' identities; keep a copy |
| `CITYLOOP_DEMO` | `demo` | `1`: demo accounts and the hotline simulator; default 1 in the made file |
| `CITYLOOP_DEMO_PASSWORD` | `demo_password` | of all demo accounts; made at random, printed by `cityloop run` |
| `CITYLOOP_DEBUG` | `debug` | `1`: Flask's debug mode |
| `CITYLOOP_HOST`, `PORT` | `host`, `port` | where the web server listens; default 127.0.0.1:8000 |
| `CITYLOOP_BASE_URL` | `base_url` | the address in links sent to people |
| `CITYLOOP_TRUSTED_PROXIES` | `trusted_proxies` | reverse proxies in front whose word on the caller counts; default 0 |
| `CITYLOOP_SIMULATOR_PORT` | `simulator_port` | where the simulated hotline listens; default `port` + 12 |
| `CITYLOOP_CONNECTOR__<NAME>__<KEY>` | `[connectors.<name>] <key>` | settings of one connector |
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONNECTOR = "CITYLOOP_CONNECTOR__"


class SettingsError(Exception):
    """A setting has a value that cannot be used; the sentence says which and why."""


@dataclass(frozen=True)
class Settings:
    """All settings of one process."""

    database_url: str = field(repr=False)  # SQLAlchemy address; of the embedded server's socket when `embedded`
    embedded: bool  # whether Cityloop starts PostgreSQL itself
    var_dir: Path
    secret_key: str = field(repr=False)
    vault_key: bytes = field(repr=False)
    demo: bool = False
    demo_password: str = field(default="", repr=False)
    debug: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = "http://127.0.0.1:8000"
    simulator_port: int = 8012
    trusted_proxies: int = 0
    processes_dir: Path = ROOT / "processes"
    forms_dir: Path = ROOT / "forms"
    connectors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)  # by connector name

    @property
    def hotline(self) -> Mapping[str, Any]:
        """`base_url`, `app_key`, `secret` … of the 12345 hotline."""
        return self.connectors.get("hotline_12345", {})


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; makes `settings.toml` in the var folder when there is none. Raises SettingsError."""
    given = os.environ if environment is None else environment
    var = Path(given.get("CITYLOOP_VAR") or ROOT / "var").resolve()
    file = var / "settings.toml"
    _make(file)
    return _settings(given, _read(file), var)


def _settings(given: Mapping[str, str], noted: Mapping[str, Any], var: Path) -> Settings:
    def choice(name: str, default: Any = None) -> Any:
        return given.get(f"CITYLOOP_{name.upper()}") or noted.get(name, default)

    database = given.get("DATABASE_URL") or noted.get("database_url")
    port = _port("PORT", given.get("PORT") or noted.get("port", 8000))
    simulator_port = _port("CITYLOOP_SIMULATOR_PORT", choice("simulator_port", port + 12))
    host = str(choice("host", "127.0.0.1"))
    return Settings(
        database_url=_sqlalchemy(database) if database else _embedded_url(var),
        embedded=not database,
        var_dir=var,
        secret_key=_required("secret_key", choice("secret_key")),
        vault_key=_key("vault_key", choice("vault_key")),
        demo=_yes(choice("demo", False)),
        demo_password=str(choice("demo_password", "")),
        debug=_yes(choice("debug", False)),
        host=host,
        port=port,
        base_url=str(choice("base_url", f"http://{_reachable(host)}:{port}")).rstrip("/"),
        simulator_port=simulator_port,
        trusted_proxies=int(choice("trusted_proxies", 0)),
        connectors=_connectors(given, noted.get("connectors", {}), simulator_port),
    )


def _make(file: Path) -> None:
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    text = (
        "# Made on the first start. Keep it secret and keep a copy: vault_key opens the reporters' identities.\n"
        f'secret_key = "{secrets.token_urlsafe(48)}"\n'
        f'vault_key = "{secrets.token_hex(32)}"\n'
        "demo = true\n"
        f'demo_password = "loop-{secrets.token_hex(3)}"\n\n'
        "[connectors.hotline_12345]\n"
        'app_key = "demo-12345"\n'
        f'secret = "{secrets.token_hex(16)}"\n'
    )
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:  # another process was first
        return
    with open(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} 不是有效的 TOML / is not valid TOML: {error}") from error


def _connectors(
    given: Mapping[str, str], noted: Mapping[str, Mapping[str, Any]], simulator_port: int
) -> dict[str, dict[str, Any]]:
    """Settings of all connectors. Without an address of its own the hotline is the simulator on this machine."""
    found = {name: dict(values) for name, values in noted.items()}
    for variable, value in given.items():
        if variable.startswith(CONNECTOR):
            name, _, key = variable.removeprefix(CONNECTOR).lower().partition("__")
            found.setdefault(name, {})[key] = value
    found.setdefault("hotline_12345", {}).setdefault("base_url", f"http://127.0.0.1:{simulator_port}")
    return found


def _embedded_url(var: Path) -> str:
    from webapp.postgres import EmbeddedPostgres

    return EmbeddedPostgres(var / "postgres").url()


def _sqlalchemy(url: str) -> str:
    """`postgres://` and `postgresql://` addresses get the driver this project uses."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise SettingsError("DATABASE_URL 应以 postgresql:// 开头 / must begin with postgresql://")
    return f"postgresql+psycopg://{rest}"


def _port(name: str, value: Any) -> int:
    if str(value).isdigit() and 0 < int(value) < 65536:
        return int(value)
    raise SettingsError(f"{name} 应为 1 至 65535 的端口号 / must be a port number from 1 to 65535: {value!r}")


def _required(name: str, value: Any) -> str:
    if value:
        return str(value)
    raise SettingsError(f"缺少设置 {name} / the setting {name} is missing")


def _key(name: str, value: Any) -> bytes:
    try:
        key = bytes.fromhex(_required(name, value))
    except ValueError:
        key = b""
    if len(key) != 32:
        raise SettingsError(f"{name} 应为 64 个十六进制字符 / must be 64 hexadecimal characters")
    return key


def _yes(value: Any) -> bool:
    return str(value).lower() in ("1", "true", "yes", "on")


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else host
