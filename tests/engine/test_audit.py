"""The audit log shows what was changed in it, taken out of it or lost at its end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from engine import audit, commands
from engine.ports import Reporter
from tests.engine.conftest import District
from webapp.crypto import sm3

ROWS = "select id, at, actor, act, object, reason, data, hash from audit order by id"
Change = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture
def log(district: District) -> list[dict[str, Any]]:
    no = district.report(reporter=Reporter("欧阳娜娜", "12000000123"))
    for reason in ("先行联系群众", "回拨核实地点", "再次联系群众"):
        district.execute(commands.RevealReporter(no, reason, "SL01"))
    return district.rows(ROWS)


def test_it_holds_as_written(log: list[dict[str, Any]]) -> None:
    found = audit.verify(log, sm3)
    assert (found.count, found.broken, found.head) == (3, (), log[-1]["hash"])


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda rows: [{**rows[0], "reason": "别的理由"}, *rows[1:]], 0),
        (lambda rows: [rows[0], {**rows[1], "actor": "SL02"}, rows[2]], 1),
        (lambda rows: [rows[0], rows[2]], 2),
        (lambda rows: [rows[1], rows[0], rows[2]], 1),
        (lambda rows: [*rows, {**rows[2], "id": 99, "hash": ""}], -1),
    ],
)
def test_it_shows_what_was_changed(log: list[dict[str, Any]], change: Change, place: int) -> None:
    changed = change(log)
    expected = changed[place]["id"] if place == -1 else log[place]["id"]
    assert expected in audit.verify(changed, sm3).broken


def test_the_loss_of_the_last_shows_to_who_kept_a_hash(log: list[dict[str, Any]]) -> None:
    assert audit.verify(log, sm3, log[1]["hash"]).held
    assert not audit.verify(log[:2], sm3, log[2]["hash"]).held


def test_it_is_the_chain_of_the_interfaces_document() -> None:
    at = datetime(2026, 9, 15, 7, 42, 10, tzinfo=timezone(timedelta(hours=8)))
    text = audit.text_of(audit.START, 1, audit.Entry(at, "SL01", "REVEAL", "HJ1", "首次联系"))
    assert text.decode() == audit.START + (
        '{"act":"REVEAL","actor":"SL01","at":"2026-09-14T23:42:10.000000+00:00","data":{},"object":"HJ1",'
        '"reason":"首次联系","seq":1}'
    )


def test_many_at_once_make_one_chain(district: District) -> None:
    def note(number: int) -> None:
        with district.wiring.engine.database.transaction() as transaction:
            audit.append(transaction, sm3, audit.Entry(district.now, f"S{number}", "login", "account", data={"n": 1.5}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(note, range(40)))
    found = audit.verify(district.rows(ROWS), sm3)
    assert (found.count, found.broken) == (40, ())
