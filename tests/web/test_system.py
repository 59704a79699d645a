"""Health, error pages, notices, and how fast the pages are."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from engine import commands, timers
from tests.web.conftest import Clock, Person
from webapp.wiring import Wiring

Log = Callable[[str], Person]


def test_it_says_that_it_is_well(anybody: Person) -> None:
    body = anybody.get("/healthz").json
    assert body["status"] == "ok"
    assert body["database"] is True
    assert body["version"]


def test_it_shows_calm_error_pages(anybody: Person, person: Log) -> None:
    assert "没有找到这个页面" in anybody.page("/nothing", 404)
    assert "was not found" in anybody.page("/nothing?lang=en", 404)
    assert "权限" in person("SL01").page("/incidents", 403)
    assert person("SL01").get("/tasks/999999").status_code == 404


def test_it_hides_what_went_wrong_inside(app: Flask, anybody: Person) -> None:
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/fails")
    def fails() -> str:
        raise RuntimeError("the password is 12345")

    page = anybody.page("/fails", 500)
    assert "已记录" in page
    assert "the password is" not in page


def test_it_puts_warnings_into_the_inbox_until_they_are_read(
    person: Log, accepted: Callable[[], tuple[str, str]], submit: Callable[..., None], wiring: Wiring, clock: Clock
) -> None:
    _appeal, case = accepted()
    submit("PQ01", case, mode="单办", mainUnit="PS", opinion="请尽快到场处置")
    submit("PS-01", case, signAction="签收")
    clock.forward(hours=5)
    for _ in range(3):
        with wiring.engine.database.transaction() as transaction:
            due = timers.due(transaction, clock())
        for timer in due:
            wiring.engine.execute(commands.FireTimer(timer))
    with wiring.engine.database.transaction() as transaction:
        heads = transaction.rows("select user_id from account_role where role = 'unit_head' and unit_code = 'PS'")
    head = person(heads[0]["user_id"])
    page = head.page("/notices")
    assert case in page
    assert "超时" in page
    ids = [int(part.split('"')[0]) for part in page.split('name="notice" value="')[1:]]
    head.post("/notices/seen", {"notice": ids})
    assert "未读" not in head.page("/notices")


def test_it_answers_pages_with_few_statements(app: Flask, person: Log, report: Callable[..., str]) -> None:
    from sqlalchemy import event

    from webapp.models import db

    for n in range(12):
        report(f"第{n}盏路灯不亮，晚上看不见路。")
    acceptor = person("SL01")
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *found: statements.append(found[2]))
    for path in ("/tasks", "/search", "/notices"):
        statements.clear()
        acceptor.page(path)
        assert len(statements) <= 9, (path, statements)
