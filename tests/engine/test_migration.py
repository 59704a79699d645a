"""Running work orders go on with another version of their diagrams, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import commands
from engine.errors import CannotMigrate, Conflict, InvalidInput, NotAllowed, NotFound
from tests.engine.conftest import District
from tests.engine.test_loop import accepted, handled
from webapp.settings import ROOT

SHARED = ROOT / "processes" / "shared"
CASE = ROOT / "processes" / "city_case" / "city_case.bpmn"
REASON = "新版流程已发布"


RENAMED = {"UT_dis": "UT_dis2", "BT_dis": "BT_dis2", "BT_dis_200": "BT_dis2_200"}


def changed(key: str, *changes: tuple[str, str]) -> dict[str, bytes]:
    """A diagram as a file to deploy, with some texts replaced."""
    path = CASE if key == "city_case" else SHARED / key / f"{key}.bpmn"
    source = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return {f"{key}.bpmn": source.encode()}


def deploy(district: District, key: str, *changes: tuple[str, str]) -> str:
    """A new version of a diagram, with some texts replaced; its name."""
    done = district.execute(commands.Deploy(changed(key, *changes), commands.SYSTEM, break_glass="another version"))
    return f"{key}:{done.versions[f'process:{key}']}"


def again(district: District, key: str) -> str:
    """A new version that differs in nothing that matters."""
    return deploy(district, key, ("</bpmn:definitions>", "<!-- again --></bpmn:definitions>"))


def renamed(district: District, *elements: str) -> str:
    """A version of dispatch in which elements have other ids."""
    return deploy(district, "dispatch", *[(f"{one}", f"{one}2") for one in elements])


def migrate(target: str, no: str, mapping: dict[str, str] | None = None, **more: Any) -> commands.MigrateOrder:
    return commands.MigrateOrder(no, target, mapping or {}, REASON, "ZB01", **more)


def timers_of(district: District, no: str) -> list[dict[str, Any]]:
    sql = (
        "select t.timer, t.element, t.due_at from timer t join work_order o on o.id = t.order_id "
        "where o.no = %(no)s and t.status = 'armed' order by t.timer"
    )
    return district.rows(sql, no=no)


def test_it_moves_a_case_with_the_processes_it_has_called(district: District) -> None:
    _, case = accepted(district)
    before, timers = district.tasks(case)["UT_dis"], timers_of(district, case)
    again(district, "dispatch")
    done = district.execute(migrate(again(district, "city_case"), case))
    assert done.definitions == {"city_case:1": "city_case:2", "dispatch:1": "dispatch:2"}
    after = district.tasks(case)["UT_dis"]
    assert district.order(case)["definition"] == "city_case:2"
    assert after == {**before, "definition": "dispatch:2"}
    assert timers_of(district, case) == timers
    handled(district, case)
    assert "UT_site" in district.tasks(case)


def test_it_keeps_due_times_running(district: District) -> None:
    _, case = accepted(district)
    due = district.tasks(case)["UT_dis"]["due_at"]
    district.now += timedelta(minutes=10)
    district.execute(migrate(again(district, "city_case"), case))
    assert district.tasks(case)["UT_dis"]["due_at"] == due
    district.now = due
    district.pass_time(minutes=1)
    assert len(district.rows("select * from notice where element = 'EE_dis_late'")) == 1


def test_it_follows_renamed_elements_where_the_mapping_says_so(district: District) -> None:
    _, case = accepted(district)
    renamed(district, "UT_dis", "BT_dis")
    target = again(district, "city_case")
    with pytest.raises(CannotMigrate) as refused:
        district.execute(migrate(target, case))
    assert "UT_dis" in refused.value.message_zh
    assert "no such element" in refused.value.message_en
    assert district.order(case)["definition"] == "city_case:1"
    district.execute(migrate(target, case, RENAMED))
    assert set(district.tasks(case)) == {"UT_dis2"}
    assert {row["element"] for row in timers_of(district, case)} >= {"BT_dis2"}
    district.do(case, "UT_dis2", "PQ01", mainUnit="PS", mode="单办", opinion="请尽快处理")
    assert set(district.tasks(case)) == {"UT_sign"}


def test_it_stays_on_a_version_that_is_named_for_a_called_process(district: District) -> None:
    _, case = accepted(district)
    renamed(district, "UT_dis", "BT_dis")
    done = district.execute(migrate(again(district, "city_case"), case, called={"dispatch": 1}))
    assert done.definitions == {"city_case:1": "city_case:2"}
    assert set(district.tasks(case)) == {"UT_dis"}


def test_it_keeps_separation_of_duties_for_a_renamed_step(district: District) -> None:
    _, case = accepted(district)
    handled(district, case)
    rename = ("UT_hdl", "UT_work")
    district.execute(
        commands.Deploy(
            changed("handle", rename) | changed("verify", rename), commands.SYSTEM, break_glass="another version"
        )
    )
    district.execute(migrate(again(district, "city_case"), case, {"UT_hdl": "UT_work"}))
    done_by = district.order(case)["document"]["doneBy"]
    assert done_by["UT_work"] == done_by["UT_hdl"] == {"user": "PS-01", "unit": "PS"}


def test_it_keeps_separation_of_duties_while_both_steps_wait(district: District) -> None:
    _, case = accepted(district)
    bar = "update user_task set not_by = '[\"done:UT_dis\"]' where order_no = %(no)s and status = 'open' returning id"
    assert len(district.rows(bar, no=case)) == 1
    renamed(district, "UT_dis", "BT_dis")
    district.execute(migrate(again(district, "city_case"), case, RENAMED))
    assert district.tasks(case)["UT_dis2"]["not_by"] == ["done:UT_dis", "done:UT_dis2"]


def test_it_says_before_what_will_move_and_what_cannot(district: District) -> None:
    _, case = accepted(district)
    _, other = accepted(district, no="C-2")
    handled(district, other)
    renamed(district, "UT_dis", "BT_dis")
    target = again(district, "city_case")
    asked = commands.PreviewMigration(target, "ZB01", source="city_case:1")
    found = district.execute(asked)
    assert (found.total, found.checked, found.possible, found.stuck) == (2, 2, 1, [case])
    lines = {(line.process, line.source): line for line in found.lines}
    assert lines["dispatch", "UT_dis"].target is None
    assert lines["dispatch", "UT_dis"].zh == "新版本里没有这个环节"
    assert lines["city_case", "CA_ver"].target == "CA_ver"
    assert lines["city_case", "CA_ver"].orders == 1
    assert district.order(case)["definition"] == "city_case:1"
    one = commands.PreviewMigration(target, "ZB01", order_no=case, mapping=RENAMED)
    assert district.execute(one).possible == 1


def test_it_moves_many_each_on_its_own(district: District) -> None:
    cases = [accepted(district, no=f"C-{k}")[1] for k in range(3)]
    handled(district, cases[1])
    renamed(district, "UT_dis", "BT_dis")
    target = again(district, "city_case")
    command = commands.MigrateOrders("city_case:1", target, {}, REASON, "ZB01")
    outcomes = {one.command.order_no: one for one in district.execute(command)}
    assert isinstance(outcomes[cases[0]].error, CannotMigrate)
    assert outcomes[cases[1]].error is None
    assert [district.order(no)["definition"] for no in cases] == ["city_case:1", "city_case:2", "city_case:1"]
    assert {one.command.order_no for one in district.execute(command)} == {cases[0], cases[2]}
    named = commands.MigrateOrders("city_case:1", target, {}, REASON, "ZB01", order_nos=[cases[1]])
    (repeat,) = district.execute(named)
    assert repeat.result == commands.Migrated(cases[1], {})


def test_it_goes_back_to_what_it_left(district: District) -> None:
    _, case = accepted(district)
    before = district.tasks(case)["UT_dis"]
    renamed(district, "UT_dis", "BT_dis")
    mapping = RENAMED
    district.execute(migrate(again(district, "city_case"), case, mapping))
    district.execute(commands.RevertMigration(case, "新版有问题，退回", "ZB01"))
    after = district.tasks(case)["UT_dis"]
    assert district.order(case)["definition"] == "city_case:1"
    assert {**after, "version": 0} == {**before, "version": 0}
    with pytest.raises(Conflict):
        district.execute(commands.RevertMigration(case, "再退回一次", "ZB01"))
    handled(district, case)
    assert "UT_site" in district.tasks(case)


def test_it_records_who_why_and_from_where(district: District) -> None:
    _, case = accepted(district)
    district.execute(migrate(again(district, "city_case"), case, {"BRT_pri": "BRT_prio"}))
    (row,) = district.rows("select actor, data from history where kind = 'OrderMigrated'")
    assert row["actor"] == "ZB01"
    assert row["data"] == {
        "act": "migrate",
        "definition": "city_case:2",
        "definitions": {"city_case:1": "city_case:2"},
        "mapping": {"BRT_pri": "BRT_prio"},
        "reason": REASON,
    }


def test_it_moves_a_suspended_case_too_and_a_closed_one_never(district: District) -> None:
    _, case = accepted(district)
    target = again(district, "city_case")
    district.execute(commands.SuspendOrder(case, "等待新版流程", "ZB01"))
    district.execute(migrate(target, case))
    district.execute(commands.ResumeOrder(case, "已迁移完毕", "ZB01"))
    assert "UT_dis" in district.tasks(case)
    district.execute(commands.CancelOrder(case, "重复立案，误操作", "ZB01"))
    with pytest.raises(Conflict):
        district.execute(commands.RevertMigration(case, "退回旧版", "ZB01"))


def test_it_refuses_what_is_no_version_of_this_process(district: District) -> None:
    _, case = accepted(district)
    for target, refusal in (("dispatch:1", InvalidInput), ("city_case", InvalidInput), ("city_case:99", NotFound)):
        with pytest.raises(refusal):
            district.execute(migrate(target, case))


@pytest.mark.parametrize("user", ["PS-01", "SL01", "LC01"])
def test_it_lets_only_operators_migrate(district: District, user: str) -> None:
    _, case = accepted(district)
    target = again(district, "city_case")
    for command in (
        commands.MigrateOrder(case, target, {}, REASON, user),
        commands.MigrateOrders("city_case:1", target, {}, REASON, user),
        commands.PreviewMigration(target, user, source="city_case:1"),
        commands.RevertMigration(case, REASON, user),
    ):
        with pytest.raises(NotAllowed):
            district.execute(command)
