"""The one-command start: PostgreSQL, web server, worker and, in demo mode, the simulated hotline.

    ready the front end → start PostgreSQL → migrate, load, deploy → start the processes → watch them

A process that ends is started again, slower each time it fails soon; so is PostgreSQL. Ctrl-C or SIGTERM ends
the processes first and PostgreSQL last.
"""

from __future__ import annotations

import fcntl
import signal
import socket
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import FrameType
from typing import IO, Any

from engine.errors import EngineError, InvalidDeployment
from webapp import banner, build, readiness
from webapp.children import Child
from webapp.database import embedded
from webapp.explain import explain
from webapp.postgres import EmbeddedPostgres
from webapp.postgres_binaries import PostgresError
from webapp.settings import Settings

PATIENCE_FOR_WEB = 90.0
"""Seconds until the first page must answer."""


class StartError(Exception):
    """Cityloop cannot start; the sentence says why and what to do."""


class Launcher:
    """Starts and watches everything of one installation."""

    def __init__(self, settings: Settings, say: Callable[[str], None] = print) -> None:
        self.settings = settings
        self.say = say
        self.stopping = False
        self.server: EmbeddedPostgres | None = None
        self.children: list[Child] = []
        self._lock: IO[str] | None = None

    def run(self) -> int:
        """Run until a signal asks to stop; returns the exit code."""
        before = {number: signal.signal(number, self._ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self._start()
            while not self.stopping:
                self._watch()
                time.sleep(0.2)
        except (StartError, PostgresError) as error:
            self.say(str(error))
            return 1
        except EngineError as error:
            self.say(explain(error))
            return 1
        except KeyboardInterrupt:
            pass  # asked to stop while still starting
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0

    # ------------------------------------------------------------------ starting
    def _start(self) -> None:
        self._be_the_only_one()
        require_free_port(self.settings.host, self.settings.port, "PORT")
        self._build_assets()
        self._start_database()
        noted = self._set_up()
        self.children = [Child(name, self._environment(), self.settings) for name in self._plan()]
        web, worker, *others = self.children
        web.start()
        worker.start()
        self._wait_for_web(web)
        for child in others:  # after the first page, which should not share the processors with them
            child.start()
        self.say(banner.text(self.settings, noted["accounts"]))

    def _be_the_only_one(self) -> None:
        self._lock = open(self.settings.var_dir / "run.lock", "w", encoding="utf-8")  # noqa: SIM115 - held while running
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartError(
                f"Cityloop 已在运行（{self.settings.var_dir}）。 / is already running in this folder."
            ) from error

    def _build_assets(self) -> None:
        try:
            build.build(self.say)
        except build.BuildError as error:
            self.say(f"{error}\n先不带前端启动，修复后执行 make bundle。 / Starting without it; run make bundle later.")

    def _start_database(self) -> None:
        if self.settings.embedded:
            self.server = embedded(self.settings)
            self.server.start()
            self.settings = replace(self.settings, database_url=self.server.url())

    def _set_up(self) -> Mapping[str, Any]:
        """Prepare the database unless that is done; returns what was noted about it."""
        digest = readiness.digest(self.settings)
        found = readiness.noted(self.settings, digest)
        if found is not None:
            return found
        from webapp import preparation  # it brings in the whole program, which takes a second or two

        try:
            live = preparation.prepare(self.settings)
        except InvalidDeployment as error:
            raise StartError(explain(error)) from error
        if live:
            self.say(_deployed(live))
        elif differing := preparation.differing(self.settings):
            self.say(
                f"processes/、forms/ 中有 {len(differing)} 个文件与现行版本不同；"
                "用 cityloop deploy 提交变更，由同事发布。"
                f" / {len(differing)} files differ from what is live; `cityloop deploy` makes them into a change."
            )
        return readiness.note(self.settings, digest, accounts=preparation.demo_accounts(self.settings))

    def _plan(self) -> list[str]:
        return ["web", "worker", *(["simulator"] if self.settings.demo else [])]

    def _environment(self) -> dict[str, str]:
        """What the processes must agree on, besides the settings file they read too."""
        return {
            "DATABASE_URL": self.settings.database_url,
            "CITYLOOP_VAR": str(self.settings.var_dir),
            "PORT": str(self.settings.port),
            "CITYLOOP_BASE_URL": self.settings.base_url,
            "SIMULATOR_PORT": str(self.settings.simulator_port),
        }

    def _wait_for_web(self, web: Child) -> None:
        give_up = time.monotonic() + PATIENCE_FOR_WEB
        while not answers(f"http://{_local(self.settings.host)}:{self.settings.port}/healthz"):
            if self.stopping:
                raise KeyboardInterrupt
            if web.ended() is not None or time.monotonic() > give_up:
                raise StartError(
                    f"网页服务没有启动，日志 {web.log} 的末尾是： / The web server did not start; its log ends:\n"
                    f"{web.last_words()}"
                )
            time.sleep(0.05)

    # ------------------------------------------------------------------ watching and stopping
    def _watch(self) -> None:
        if self.server is not None and self.server.pid() is None:
            self._restart_database(self.server)
        for child in self.children:
            child.keep_running(self.say)

    def _restart_database(self, server: EmbeddedPostgres) -> None:
        self.say("数据库已停止，正在重新启动 … / The database has stopped; starting it again …")
        try:
            server.start()
        except PostgresError as error:
            self.say(f"{error}\n五秒后再试 / Trying again in five seconds")
            time.sleep(5)

    def _ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        if self.stopping:
            return
        self.stopping = True
        if not self.children:
            raise KeyboardInterrupt  # in the middle of the preparations, which can be cut short

    def _stop(self) -> None:
        if self.children:
            self.say("\n正在停止 … / Stopping …")
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait()
        if self.server is not None:
            self.server.stop()
            self.say("已停止，数据已保存。 / Stopped; all data is kept.")
        if self._lock is not None:
            self._lock.close()


def require_free_port(host: str, port: int, variable: str) -> None:
    """Raise StartError when something else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"端口 {port} 已被占用：请换一个，例如 {variable}={port + 100} make run。 / "
                f"Port {port} is taken: choose another one, such as {variable}={port + 100} make run."
            ) from error


def answers(url: str) -> bool:
    """Whether the address answers with success within a second."""
    opener: Any = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    try:
        with opener.open(url, timeout=1) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _local(host: str) -> str:
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else host


def _deployed(names: Sequence[str]) -> str:
    """How many of each kind went live: `process:city_case`, `form:…`, `decision:…`."""
    number = Counter(name.partition(":")[0] for name in names)
    process, decision, form = (number[kind] for kind in ("process", "decision", "form"))
    return (
        f"已部署 {process} 个流程、{decision} 张决策表、{form} 张表单 / "
        f"deployed {process} processes, {decision} decision tables, {form} forms"
    )
