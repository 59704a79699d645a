"""Questions that diagrams ask the stored data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.named_queries import InvalidQuery, NamedQueries
from engine.ports import Delivery, Rejected
from tests.conftest import ROOT
from tests.engine.conftest import MONDAY_NINE, District


def folder(tmp_path: Path, **files: str) -> NamedQueries:
    for name, sql in files.items():
        (tmp_path / f"{name}.sql").write_text(sql, encoding="utf-8")
    return NamedQueries(tmp_path)


def asking(name: str, **payload: Any) -> Delivery:
    return Delivery(1, f"query.{name}", payload, "k", 1, "HJ1", 1, MONDAY_NINE)


def ask(district: District, queries: NamedQueries, name: str, **payload: Any) -> Any:
    return queries.deliver(district.wiring.engine.database, asking(name, **payload), MONDAY_NINE)


APPEALS = (
    "-- 新诉求 / new appeals, 100%\n"
    "select no, 1.50 as share from work_order where kind = %(kind)s and opened_at <= %(now)s;\n"
)


def test_rows_come_back_as_the_diagram_can_use_them(district: District, tmp_path: Path) -> None:
    no = district.report()
    found = ask(district, folder(tmp_path, appeals=APPEALS), "appeals", kind="appeal")
    assert found == {"rows": [{"no": no, "share": 1.5}], "count": 1}


def test_a_missing_parameter_or_query_is_refused(district: District, tmp_path: Path) -> None:
    queries = folder(tmp_path, appeals=APPEALS)
    with pytest.raises(Rejected, match="kind"):
        ask(district, queries, "appeals")
    with pytest.raises(Rejected, match="no such query"):
        ask(district, queries, "others")


def test_nothing_can_be_changed(district: District, tmp_path: Path) -> None:
    sql = "-- 下一个号 / takes a number\nselect nextval(pg_get_serial_sequence('job', 'id'))"
    with pytest.raises(Rejected, match="read-only"):
        ask(district, folder(tmp_path, next=sql), "next")


def test_a_slow_question_is_stopped(district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.named_queries._PREPARE", "set transaction read only; set local statement_timeout = 50")
    slow = replace(asking("slow"), attempt=3)
    with pytest.raises(Rejected, match="longer"):
        folder(tmp_path, slow="-- 慢 / slow\nselect pg_sleep(5)").deliver(
            district.wiring.engine.database, slow, MONDAY_NINE
        )


@pytest.mark.parametrize(
    "sql",
    [
        "-- 改 / changes\ndelete from job",
        "-- 两条 / two\nselect 1; select 2",
        "-- 身份库 / the vault\nselect * from Reporter",
        "select 1",
    ],
)
def test_what_is_no_question_or_touches_what_is_sealed_is_refused(tmp_path: Path, sql: str) -> None:
    with pytest.raises(InvalidQuery):
        folder(tmp_path, wrong=sql)


def test_words_in_texts_and_comments_do_not_matter(tmp_path: Path) -> None:
    folder(tmp_path, fine="-- 好 / fine; reporter\nselect 'reporter; --' as x /* account; */")


def test_every_question_of_the_district_can_be_asked(district: District) -> None:
    queries = NamedQueries(ROOT / "processes" / "queries")
    assert queries.trial(district.wiring.engine.database, MONDAY_NINE) == {}


def test_a_wrong_question_is_found_before_it_is_asked(district: District, tmp_path: Path) -> None:
    queries = folder(tmp_path, wrong="-- 错 / wrong\nselect nothing from work_order", right=APPEALS)
    assert list(queries.trial(district.wiring.engine.database, MONDAY_NINE)) == ["wrong"]
