"""Real messages go the whole way through the pages, played by the staff: none lost, none doubled, each answered."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import tables
from tests.cli.live import ROOT, Live, running
from tests.shared_material import shared


@pytest.fixture
def live(district_database_url: str, tmp_path: Path) -> Iterator[Live]:
    with running(district_database_url, tmp_path) as installation:
        yield installation


def cityloop(live: Live, *arguments: str, within: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "webapp.cli", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=live.environment, capture_output=True, text=True, timeout=within, check=False
    )


def orders(live: Live, kind: str) -> list[Any]:
    with live.database.engine.connect() as connection:
        return list(connection.execute(select(tables.work_order).where(tables.work_order.c.kind == kind)))


def history(live: Live, kind: str) -> list[Any]:
    with live.database.engine.connect() as connection:
        return list(connection.execute(select(tables.history).where(tables.history.c.kind == kind)))


def play(live: Live, messages: int, *options: str, citizens: int = 0, within: float) -> str:
    """Import and drive; what drive printed."""
    path = shared("data/citizen_messages.csv")
    imported = cityloop(live, "import-messages", str(path), "--limit", str(messages), within=within)
    assert imported.returncode == 0, imported.stdout + imported.stderr
    driven = cityloop(live, "drive", "--citizens", str(citizens), *options, within=within)
    assert driven.returncode == 0, driven.stdout + driven.stderr + live.words()
    return driven.stdout


def check_all_answered(live: Live, expected: int) -> None:
    """Every report has one appeal, which has ended with an answer; every case is closed."""
    appeals = orders(live, "appeal")
    assert len(appeals) == expected
    assert len({(appeal.source, appeal.document["sourceOrderNo"]) for appeal in appeals}) == expected
    assert Counter(appeal.status for appeal in appeals) == {"completed": expected}
    assert all(appeal.status_code in (12, 14, 15, 70) for appeal in appeals)
    assert all(appeal.document.get("replyText") for appeal in appeals)
    cases = orders(live, "case")
    assert all(case.status == "completed" and case.status_code == 70 for case in cases)
    assert {appeal.case_no for appeal in appeals if appeal.case_no} == {case.no for case in cases}


def test_a_dozen_messages_and_three_citizens_get_their_answers(live: Live) -> None:
    often = ("--returned", "0.3", "--failed", "0.3", "--dissatisfied", "0.3", "--refused", "0.2", "--joined", "0.2")
    said = play(live, 12, *often, "--seed", "3", citizens=3, within=240)
    check_all_answered(live, 15)
    own = [one for one in orders(live, "appeal") if one.source == "public" and one.status_code == 70]
    assert f"群众自己评价 / rated by citizens: {len(own)}" in said
    for detour in ("退单", "核查不通过", "低评价", "不予受理或转办"):
        assert detour in said
    assert not history(live, "IncidentRaised")


@pytest.mark.slow
def test_all_real_messages_get_their_answers(live: Live) -> None:
    play(live, 244, within=1800)
    check_all_answered(live, 244)


def test_what_is_stuck_is_named_and_the_exit_code_says_so(live: Live) -> None:
    path = shared("data/citizen_messages.csv")
    cityloop(live, "import-messages", str(path), "--limit", "1", within=60)
    nobody = live.logs / "staff.csv"
    nobody.write_text("user_id,unit_code,roles\nZB01,CTR,shift_leader\n", encoding="utf-8")
    driven = cityloop(live, "drive", "--staff", str(nobody), "--patience", "2", within=120)
    [appeal] = orders(live, "appeal")
    assert driven.returncode == 1
    assert appeal.no in driven.stderr
    assert "acceptor@CTR" in driven.stderr


def test_a_wrong_password_is_said_in_one_sentence(live: Live) -> None:
    driven = cityloop(live, "drive", "--password", "wrong", within=60)
    assert driven.returncode == 1
    assert "ZB01" in driven.stderr
    assert "Traceback" not in driven.stderr
