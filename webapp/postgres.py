"""A small supervisor for an embedded PostgreSQL: one server for one folder, nothing installed, nothing shared.

    home/
      pgdata/       the cluster, made on the first start
      run/          the Unix socket; nothing listens on a network port
      server.log    what PostgreSQL says
      start.lock    held while somebody starts or stops the server

As root, PostgreSQL runs as an ordinary user, because it refuses to run as root. A server that outlived a
killed parent is adopted; a `postmaster.pid` whose number now belongs to another program is seen through.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psutil

from webapp.postgres_binaries import Binaries, PostgresError, find_binaries, reachable_by

if TYPE_CHECKING:
    import psycopg

USER = "cityloop"
DATABASE = "cityloop"
PORT = 5432
LONGEST_SOCKET_FOLDER = 85
"""A socket's path is limited to 107 bytes on Linux and 103 on macOS, `/.s.PGSQL.5432.lock` included."""
SERVER_USERS = ("cityloop", "postgres", "nobody")
"""Who runs the server when root starts it: the first that exists."""
HOMES_OUTSIDE = Path("/var/lib/cityloop")
"""Where root keeps the cluster when the server's user cannot enter the project's folder."""
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "idle_in_transaction_session_timeout": "5min",
    "jit": "off",
}


class EmbeddedPostgres:
    """The PostgreSQL server of the folder `home`; `settings` overrides lines of its configuration."""

    def __init__(self, home: Path | str, settings: Mapping[str, str] | None = None) -> None:
        self.named_home = Path(home).resolve()
        self.as_root = os.geteuid() == 0
        self.home = self._usable_home()
        self.data = self.home / "pgdata"
        self.log = self.home / "server.log"
        self.settings = {**SETTINGS, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._binaries: Binaries | None = None

    # ------------------------------------------------------------------ what callers use
    def start(self) -> bool:
        """Start the server and wait until it answers, however long recovery takes.

        Returns True when this call started it, False when it was running already. Raises PostgresError.
        """
        self._make_home()
        with self._lock():
            if self._adopt():
                return False
            self._make_cluster()
            self._bury()
            self._launch()
            self._make_database()
            return True

    def stop(self, patience: float = 60.0) -> None:
        """End every connection, write everything to disk and stop; nothing happens when it is not running."""
        if not self.home.is_dir():
            return
        with self._lock():
            pid = self.pid()
            if pid is None:
                return
            os.kill(pid, signal.SIGINT)  # PostgreSQL's “fast” shutdown
            if not self._gone(pid, patience):
                os.kill(pid, signal.SIGQUIT)  # “immediate”: recovers on the next start
                self._gone(pid, patience)

    def pid(self) -> int | None:
        """The process that really serves this cluster now, or None.

        The number in `postmaster.pid` alone proves nothing: after a container restart it often belongs to
        another program, so the program's name and folder are compared too.
        """
        if self._process is not None:
            self._process.poll()  # reaps our own child, so that a dead one is not taken for a live one
        noted = self._noted()
        if not noted or not noted[0].isdigit():
            return None
        try:
            process = psutil.Process(int(noted[0]))
            ours = process.name().startswith("postgres") and os.path.samefile(process.cwd(), self.data)
        except (psutil.Error, OSError):
            return None
        return process.pid if ours else None

    def url(self, database: str = DATABASE) -> str:
        """The SQLAlchemy address of a database on this server; also understood by libpq without `+psycopg`."""
        return f"postgresql+psycopg://{USER}@/{database}?host={quote(str(self.socket_folder()), safe='')}"

    def binaries(self) -> Binaries:
        """PostgreSQL's programs, at a place from which the server's user can run them."""
        if self._binaries is None:
            found = find_binaries()
            self._binaries = reachable_by(self._owner(), found, self.home) if self.as_root else found
        return self._binaries

    def socket_folder(self) -> Path:
        """`home/run`, or a short folder below the temporary folder when that path is too long for a socket."""
        usual = self.home / "run"
        if len(os.fsencode(usual)) <= LONGEST_SOCKET_FOLDER:
            return usual
        note = self.home / "socket-folder"
        return Path(note.read_text(encoding="utf-8")) if note.exists() else usual

    # ------------------------------------------------------------------ folders and their owner
    def _usable_home(self) -> Path:
        """`named_home`, unless root keeps the project where the server's user may not go."""
        note = self.named_home / "location"
        if note.exists():
            return Path(note.read_text(encoding="utf-8").strip())
        if not self.as_root or _may_enter(self.named_home.parent, self._owner_of(self.named_home / "pgdata")):
            return self.named_home
        digest = hashlib.sha256(os.fsencode(self.named_home)).hexdigest()[:12]
        return HOMES_OUTSIDE / digest

    def _make_home(self) -> None:
        self.named_home.mkdir(parents=True, exist_ok=True)
        if self.home != self.named_home:
            self.home.mkdir(parents=True, exist_ok=True)
            (self.named_home / "location").write_text(f"{self.home}\n", encoding="utf-8")
        if self.as_root:
            self.home.chmod(0o755)
        usual = self.home / "run"
        if len(os.fsencode(usual)) <= LONGEST_SOCKET_FOLDER:
            usual.mkdir(exist_ok=True)
            self._own(usual)
        elif not self._is_private(self.socket_folder()):
            short = Path(tempfile.mkdtemp(prefix="cityloop-"))
            self._own(short)
            (self.home / "socket-folder").write_text(str(short), encoding="utf-8")

    def _own(self, folder: Path) -> None:
        """Give a folder to the server's user, closed to everybody else."""
        folder.chmod(0o700)
        if self.as_root:
            os.chown(folder, self._owner(), -1)

    def _is_private(self, folder: Path) -> bool:
        try:
            seen = folder.lstat()
        except OSError:
            return False
        return stat.S_ISDIR(seen.st_mode) and seen.st_uid == self._owner() and not seen.st_mode & 0o077

    def _owner(self) -> int:
        return self._owner_of(self.home / "pgdata")

    def _owner_of(self, cluster: Path) -> int:
        """The user who runs the server: whoever owns the cluster, else the first of SERVER_USERS."""
        if not self.as_root:
            return os.geteuid()
        if cluster.exists() and cluster.stat().st_uid != 0:
            return cluster.stat().st_uid
        for name in SERVER_USERS:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name).pw_uid
        raise PostgresError(
            "POSTGRES_NO_USER",
            "PostgreSQL 不能以 root 运行，而系统中没有可用的普通用户：请建立用户 cityloop。",
            "PostgreSQL refuses to run as root and there is no ordinary user for it: add a user named cityloop.",
        )

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with open(self.home / "start.lock", "w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    # ------------------------------------------------------------------ the cluster
    def _make_cluster(self) -> None:
        if self.data.exists():
            self._check_cluster()
            return
        making = self.home / "pgdata.new"  # renamed when complete: an interrupted initdb leaves no half cluster
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        self._own(making)
        said = subprocess.run(
            [self.binaries().program("initdb"), "-D", str(making), *self._initdb_options()],
            capture_output=True,
            text=True,
            **self._as_server(),
        )
        if said.returncode:
            raise _failed(said.stderr)
        making.rename(self.data)

    def _initdb_options(self) -> list[str]:
        options = ["-U", USER, "--auth=trust", "--encoding=UTF8", "--data-checksums", "--locale=C.UTF-8"]
        if self.binaries().version >= 17:
            # The builtin provider sorts alike on every system and needs no ICU.
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return options

    def _check_cluster(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        have = self.binaries().version
        if made_by != str(have):
            raise PostgresError(
                "POSTGRES_WRONG_VERSION",
                f"{self.data} 是 PostgreSQL {made_by} 的数据，而现有程序是 {have} 版：请用 PG_BIN 指向 {made_by} 版的 "
                "bin 目录；要升级，请先用它执行 cityloop db dump，移走该目录，再用新版执行 cityloop db restore。",
                f"{self.data} holds data of PostgreSQL {made_by}, the programs are version {have}: point PG_BIN "
                f"at the bin folder of version {made_by}; to upgrade, run “cityloop db dump” with it, move the "
                "folder away and run “cityloop db restore” with the new version.",
            )
        if self.as_root and self.data.stat().st_uid == 0:  # copied or restored by root
            for path in (self.data, *self.data.rglob("*")):
                os.chown(path, self._owner(), -1, follow_symlinks=False)
            self.data.chmod(0o700)

    def _make_database(self) -> None:
        with self._connect() as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                server.execute(f"CREATE DATABASE {DATABASE}")

    def _connect(self) -> psycopg.Connection:
        import psycopg  # here, because a start that finds everything ready should not wait for it

        folder = str(self.socket_folder())
        return psycopg.connect(host=folder, port=PORT, user=USER, dbname="postgres", autocommit=True)

    # ------------------------------------------------------------------ the process
    def _adopt(self) -> bool:
        """Use a server that is running already; one that is just starting or stopping is waited for."""
        pid = self.pid()
        while pid is not None:
            if self._state(pid) == "ready" and self._answers():
                return True
            time.sleep(0.02)
            pid = self.pid()
        return False

    def _answers(self) -> bool:
        import psycopg

        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _bury(self) -> None:
        """Reap a server of ours that was killed: it may have died just after somebody looked at it."""
        if self._process is not None:
            self._process.wait()

    def _launch(self) -> None:
        give_up = time.monotonic() + 30
        while not self._launched():
            said = self.log.read_text(encoding="utf-8", errors="replace")
            # Backends of a killed server keep its shared memory until they notice; then a start succeeds.
            if "pre-existing shared memory block" not in said or time.monotonic() > give_up:
                raise _failed(said)
            time.sleep(0.2)

    def _launched(self) -> bool:
        settings = {**self.settings, "unix_socket_directories": str(self.socket_folder())}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        if self.log.exists() and self.log.stat().st_size:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                [self.binaries().program("postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal must not reach it before its clients
                **self._as_server(self._stale_pid()),
            )
        while self._process.poll() is None:
            if self._state(self._process.pid) == "ready":
                return True
            time.sleep(0.01)
        return False

    def _stale_pid(self) -> dict[str, str]:
        """PostgreSQL ignores a lock file that names its grandparent: the way past a dead or reused number."""
        noted = self._noted()
        if noted and noted[0].isdigit():
            return {"PG_GRANDPARENT_PID": noted[0]}
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # cut short by a full disk
        return {}

    def _as_server(self, extra: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Arguments for subprocess: the server's user, folder and a clean environment."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
        environment.update(LC_ALL="C.UTF-8", **(extra or {}))
        arguments: dict[str, Any] = {"cwd": str(self.home), "env": environment}
        if self.as_root:
            person = pwd.getpwuid(self._owner())
            arguments.update(user=person.pw_uid, group=person.pw_gid, extra_groups=[])
        return arguments

    def _noted(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _state(self, pid: int) -> str:
        """`starting`, `ready`, `stopping` as PostgreSQL notes it in line 8 of `postmaster.pid`; else empty."""
        noted = self._noted()
        return noted[7].strip() if len(noted) > 7 and noted[0] == str(pid) else ""

    def _gone(self, pid: int, patience: float) -> bool:
        end = time.monotonic() + patience
        while self._runs(pid):
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def _runs(self, pid: int) -> bool:
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def _may_enter(folder: Path, user: int) -> bool:
    """Whether `user` may walk down to the nearest existing folder of `folder`."""
    steps = [step for step in (folder, *folder.parents) if step.exists()]
    return all(s.st_mode & 0o001 or (s.st_uid == user and s.st_mode & 0o100) for s in map(Path.stat, steps))


def _failed(said: str) -> PostgresError:
    last = said.strip()[-1500:]
    return PostgresError(
        "POSTGRES_NOT_STARTED",
        f"PostgreSQL 没有启动，它的说明是：\n{last}",
        f"PostgreSQL did not start; it said:\n{last}",
    )
