"""Stage clocks while work orders run: moved deadlines, pauses, rework, and their timers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine import bpmn, commands, timers
from engine.definitions import Library
from engine.errors import StaleVersion
from tests.engine.conftest import ZONE, District
from tests.engine.test_loop import accepted, handled

DIAGRAM = Path(__file__).with_name("clocks.bpmn")
OFFICE_7_HOURS, TWO_WORKING_DAYS, FOUR_HOURS = "C0104", "C0109", "C0103"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


class Clocked:
    """One work order of the test diagram."""

    def __init__(self, district: District, start: str, category: str = OFFICE_7_HOURS, **document: Any) -> None:
        self.district = district
        self.messages = 0
        self.go_to(start)
        self.key = f"{category}-{len(district.rows('select 1 from work_order'))}"
        values = {"key": self.key, "categoryCode": category, "priority": "一般", **document}
        self.no = district.execute(commands.DeliverMessage("msg.clocks.start", None, values, self.key)).order_no

    def go_to(self, moment: str) -> None:
        """The clock jumps; nothing fires."""
        self.district.now = at(moment)

    def wait(self, **by: float) -> None:
        """Time goes by and nothing fires."""
        self.district.now += timedelta(**by)

    def pass_until(self, moment: str) -> None:
        """The clock runs; timers fire at their times."""
        while due := self._next(at(moment)):
            self.district.now = max(due, self.district.now)
            self.district.pass_time()
        self.go_to(moment)

    def _next(self, until: datetime) -> datetime | None:
        with self.district.wiring.engine.database.transaction() as transaction:
            due = timers.next_due(transaction)
        return due if due is not None and due <= until else None

    def send(self, name: str, **payload: Any) -> None:
        self.messages += 1
        message = f"{self.key}:{self.messages}"
        order = self.district.order(self.no)["id"]
        self.district.execute(commands.DeliverSignal(order, f"sig.clocks.{name}", self.key, payload, message))

    def hang(self) -> None:
        self.send("hang")

    def resume(self) -> None:
        self.do("UT_hang", "PQ01")

    def raise_to(self, priority: str, category: str = OFFICE_7_HOURS) -> None:
        self.send("raise", newPriority=priority, newCategory=category)

    def do(self, element: str, by: str = "PS-01", **data: Any) -> None:
        self.district.do(self.no, element, by, **data)

    def due(self, element: str) -> datetime | None:
        return cast("datetime | None", self.district.tasks(self.no)[element]["due_at"])

    def timers(self) -> dict[str, datetime]:
        sql = (
            "select t.element, t.due_at from timer t join work_order o on o.id = t.order_id "
            "where no = %(no)s and t.status in ('armed', 'promoted') and t.element <> 'BT_long'"
        )
        return {row["element"]: row["due_at"] for row in self.district.rows(sql, no=self.no)}

    def notices(self) -> list[str]:
        sql = "select text from notice where order_no = %(no)s order by id"
        return [row["text"] for row in self.district.rows(sql, no=self.no)]

    def clock(self, stage: str = "处置") -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", self.district.order(self.no)["clocks"][stage])

    def rescheduled(self) -> list[tuple[str, str]]:
        sql = (
            "select data->>'stage' as stage, data->>'reason' as reason from history h "
            "join work_order o on o.id = h.order_id where no = %(no)s and h.kind = 'StageRescheduled' order by h.id"
        )
        return [(row["stage"], row["reason"]) for row in self.district.rows(sql, no=self.no)]


Start = Callable[..., Clocked]


@pytest.fixture
def start(district: District) -> Start:
    files = {"clocks/clocks.bpmn": DIAGRAM.read_bytes()}
    district.execute(commands.Deploy(files, commands.SYSTEM, break_glass="another version"))

    def start(moment: str, category: str = OFFICE_7_HOURS, **document: Any) -> Clocked:
        return Clocked(district, moment, category, **document)

    return start


# ------------------------------------------------------------------ changed deadlines
def test_a_raised_priority_shortens_the_deadline_and_moves_its_timers(start: Start) -> None:
    order = start("2026-09-14T11:00")
    assert order.due("UT_sign") == at("2026-09-14T15:00"), "two office hours, over noon"
    order.go_to("2026-09-14T11:10")
    order.raise_to("紧急")
    assert order.due("UT_sign") == at("2026-09-14T11:30"), "half an hour from the clock's own start"
    assert order.timers() == {"BT_sign": at("2026-09-14T11:30")}
    assert order.rescheduled() == [("签收", "facts")]


def test_a_deadline_already_past_by_the_new_terms_falls_due_at_once(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.go_to("2026-09-14T09:45")
    order.raise_to("紧急")
    order.district.pass_time(minutes=0)
    assert order.timers() == {}
    fired = "select element from history where kind = 'TimerFired'"
    assert [row["element"] for row in order.district.rows(fired)] == ["BT_sign"]


def test_another_category_gives_a_running_stage_another_deadline(start: Start) -> None:
    order = start("2026-09-14T08:30")
    order.do("UT_sign")
    assert order.due("UT_hdl") == at("2026-09-14T17:30")
    order.go_to("2026-09-14T10:00")
    order.raise_to("一般", FOUR_HOURS)
    assert order.due("UT_hdl") == at("2026-09-14T12:30")
    assert order.timers() == {"BT_warn": at("2026-09-14T11:30"), "BT_due": at("2026-09-14T12:30")}
    promised = order.district.order(order.no)["document"]["promised"]
    assert datetime.fromisoformat(promised) == at("2026-09-14T12:30"), "seen in the very step that changes it"


def test_operators_who_correct_the_category_move_the_deadline_too(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.do("UT_sign")
    correction = {"categoryCode": TWO_WORKING_DAYS}
    order.district.execute(commands.SetVariables(order.no, {}, "类别登记错误", "ZB01", document=correction))
    assert order.due("UT_hdl") == at("2026-09-16T17:30")


def test_what_does_not_matter_to_the_deadline_moves_nothing(start: Start) -> None:
    order = start("2026-09-14T08:30")
    order.do("UT_sign", note="现场看过")
    order.raise_to("加急")
    assert order.rescheduled() == []
    assert order.timers()["BT_due"] == at("2026-09-14T17:30")


def test_a_timer_that_counts_from_now_stays_where_it_is(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.do("UT_sign")
    order.go_to("2026-09-14T10:00")
    order.raise_to("一般", FOUR_HOURS)
    row = order.district.rows("select due_at from timer where element = 'BT_long'")[0]
    assert row["due_at"] == at("2026-09-14T09:00") + timedelta(days=90)


def test_a_new_decision_leaves_running_clocks_alone(start: Start) -> None:
    order = start("2026-09-14T09:00")
    sla = (DIAGRAM.parents[2] / "processes/city_case/dmn_sla.dmn").read_text(encoding="utf-8")
    shorter = sla.replace("<text>2</text>", "<text>1</text>").encode()
    assert shorter != sla.encode()
    order.district.execute(
        commands.Deploy({"city_case/dmn_sla.dmn": shorter}, commands.SYSTEM, break_glass="another version")
    )
    order.hang()
    order.resume()
    assert order.due("UT_sign") == at("2026-09-14T11:00")
    assert start("2026-09-14T09:00").due("UT_sign") == at("2026-09-14T10:00")


def test_a_form_opened_before_its_deadline_moved_can_still_be_sent(start: Start) -> None:
    order = start("2026-09-14T09:00")
    task = order.district.tasks(order.no)["UT_sign"]
    order.raise_to("紧急")
    try:
        order.district.execute(commands.CompleteTask(task["id"], {}, "PS-01", version=task["version"]))
    except StaleVersion:
        pytest.fail("a moved deadline made the form stale")


def test_a_timer_put_off_after_it_was_queued_waits_for_its_new_time(start: Start) -> None:
    order = start("2026-09-14T08:30")
    order.do("UT_sign")
    order.go_to("2026-09-14T15:46")
    district = order.district
    with district.wiring.engine.database.transaction() as transaction:
        (queued,) = timers.due(transaction, district.now)
        timers.promote(transaction, district.now)
    order.raise_to("一般", TWO_WORKING_DAYS)
    district.execute(commands.FireTimer(queued))
    assert order.notices() == []
    assert order.timers() == {"BT_warn": at("2026-09-16T12:00"), "BT_due": at("2026-09-16T17:30")}


# ------------------------------------------------------------------ pauses
def test_a_paused_clock_has_no_deadline_and_goes_on_where_it_stood(start: Start) -> None:
    order = start("2026-09-14T08:30")
    order.do("UT_sign")
    order.go_to("2026-09-14T10:00")
    order.hang()
    assert order.due("UT_hdl") is None
    assert order.timers() == {}
    order.pass_until("2026-09-15T15:00")
    assert order.notices() == []
    order.resume()
    assert order.due("UT_hdl") == at("2026-09-16T11:30"), "of 5.5 office hours left 2.5 run on this day"
    assert order.timers()["BT_due"] == at("2026-09-16T11:30")
    assert order.rescheduled() == [("处置", "pause"), ("处置", "resume")]
    order.pass_until("2026-09-16T11:30")
    assert order.notices() == ["即将超时", "已超时"]


def test_a_pause_over_the_national_holidays_skips_the_days_it_stood_still(start: Start) -> None:
    order = start("2026-09-29T16:00", TWO_WORKING_DAYS)
    order.do("UT_sign")
    assert order.due("UT_hdl") == at("2026-10-08T17:30"), "30 September and, after the holidays, 8 October"
    order.go_to("2026-09-30T10:00")
    order.hang()
    order.go_to("2026-10-09T11:00")
    order.resume()
    assert order.due("UT_hdl") == at("2026-10-10T17:30"), "8 and 9 October stood still; 10 October is a make-up day"


def test_two_pauses_at_once_end_with_the_later_one(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.do("UT_sign")
    order.hang()
    first = order.district.tasks(order.no)["UT_hang"]
    order.go_to("2026-09-14T10:00")
    order.hang()
    order.go_to("2026-09-14T11:00")
    order.district.execute(commands.CompleteTask(first["id"], {}, "PQ01"))
    assert order.due("UT_hdl") is None
    order.go_to("2026-09-14T15:00")
    order.resume()
    assert order.due("UT_hdl") == at("2026-09-15T15:00")
    assert len(order.clock()["pauses"]) == 1


def test_pauses_that_touch_are_kept_as_one(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.do("UT_sign")
    for hour in (10, 11):
        order.go_to(f"2026-09-14T{hour}:00")
        order.hang()
        order.go_to(f"2026-09-14T{hour + 1}:00")
        order.resume()
    assert len(order.clock()["pauses"]) == 1
    assert "held" not in order.clock()


def test_a_stage_that_begins_while_it_is_held_starts_paused(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.hang()
    assert order.due("UT_sign") is None
    order.do("UT_sign")
    assert order.due("UT_hdl") is None
    assert "BT_due" not in order.timers()
    order.go_to("2026-09-14T11:00")
    order.resume()
    assert order.due("UT_hdl") == at("2026-09-15T11:00")
    assert "签收" not in order.district.order(order.no)["clocks"]


def test_what_was_overdue_before_a_pause_stays_overdue(start: Start) -> None:
    order = start("2026-09-14T08:30")
    order.do("UT_sign")
    order.pass_until("2026-09-15T09:00")
    order.hang()
    assert order.due("UT_hdl") == at("2026-09-14T17:30")
    order.resume()
    assert order.rescheduled() == []
    assert order.notices() == ["即将超时", "已超时"]


def test_a_warning_already_given_is_not_given_again_after_a_pause(start: Start) -> None:
    order = start("2026-09-14T08:30")
    order.do("UT_sign")
    order.pass_until("2026-09-14T17:00")
    assert order.notices() == ["即将超时"]
    order.hang()
    order.go_to("2026-09-15T09:00")
    order.resume()
    assert order.timers() == {"BT_due": at("2026-09-15T09:30")}


def test_nothing_falls_due_while_the_last_working_day_stands_still(start: Start) -> None:
    order = start("2026-09-14T09:00", TWO_WORKING_DAYS)
    order.do("UT_sign")
    order.pass_until("2026-09-16T10:00")
    order.hang()
    order.pass_until("2026-09-17T09:00")
    assert order.notices() == []
    order.resume()
    assert order.due("UT_hdl") == at("2026-09-16T17:30"), "the clock ran at 00:00 of its last day, so that day counts"


def test_a_priority_raised_during_a_pause_counts_after_it(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.hang()
    order.raise_to("紧急")
    assert order.due("UT_sign") is None
    order.go_to("2026-09-14T10:00")
    order.resume()
    assert order.due("UT_sign") == at("2026-09-14T10:30")


# ------------------------------------------------------------------ rework
def reworked(order: Clocked, submitted: str, failed: str) -> None:
    order.pass_until(submitted)
    order.do("UT_hdl")
    order.pass_until(failed)
    order.do("UT_ver", "PQ01", verifyResult="不通过")


def test_rework_in_time_leaves_the_units_clock_alone(start: Start) -> None:
    order = start("2026-09-14T08:30")
    order.do("UT_sign")
    reworked(order, "2026-09-14T11:00", "2026-09-14T15:00")
    assert order.due("UT_hdl") == at("2026-09-14T17:30")
    assert order.timers() == {"BT_warn": at("2026-09-14T15:45"), "BT_due": at("2026-09-14T17:30")}
    assert order.rescheduled() == []


def test_rework_after_the_deadline_gives_two_office_hours_and_no_notice_at_once(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.do("UT_sign")
    reworked(order, "2026-09-14T15:00", "2026-09-15T11:00")
    assert order.due("UT_hdl") == at("2026-09-15T15:00")
    order.district.pass_time(minutes=0)
    assert order.notices() == []
    assert order.rescheduled() == [("处置", "rework")]
    order.pass_until("2026-09-15T14:30")
    assert order.notices() == ["即将超时"]
    order.pass_until("2026-09-15T15:00")
    assert order.notices() == ["即将超时", "已超时"]


def test_rework_of_a_long_job_gives_a_quarter_of_its_limit(start: Start) -> None:
    order = start("2026-09-14T09:00", "C0108")
    order.do("UT_sign")
    assert order.due("UT_hdl") == at("2026-09-16T09:00")
    reworked(order, "2026-09-15T09:00", "2026-09-17T08:30")
    assert order.due("UT_hdl") == at("2026-09-17T12:00"), "a quarter of fourteen office hours"


def test_a_second_rework_after_the_added_time_adds_time_again(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.do("UT_sign")
    reworked(order, "2026-09-14T15:00", "2026-09-15T09:00")
    assert order.due("UT_hdl") == at("2026-09-15T11:00")
    reworked(order, "2026-09-15T10:00", "2026-09-15T10:30")
    assert order.due("UT_hdl") == at("2026-09-15T11:00"), "in time: nothing is added"
    reworked(order, "2026-09-15T10:45", "2026-09-15T15:00")
    assert order.due("UT_hdl") == at("2026-09-15T17:00")


def test_a_pause_during_rework_moves_the_added_time(start: Start) -> None:
    order = start("2026-09-14T09:00")
    order.do("UT_sign")
    reworked(order, "2026-09-14T15:00", "2026-09-15T09:00")
    order.go_to("2026-09-15T10:00")
    order.hang()
    order.go_to("2026-09-15T14:00")
    order.resume()
    assert order.due("UT_hdl") == at("2026-09-15T15:00")


def test_the_case_keeps_its_unit_clock_through_rework(district: District) -> None:
    _, case = accepted(district)
    handled(district, case)
    before = district.order(case)["clocks"]["处置"]
    district.now += timedelta(minutes=30)
    district.do(case, "UT_site", "WG001001001", verifyResult="不通过", failReason="处置不到位")
    assert district.order(case)["clocks"]["处置"] == before
    assert district.tasks(case)["UT_hdl"]["due_at"] == datetime.fromisoformat(before["due_at"])


def test_the_case_gets_time_for_rework_after_its_deadline(district: District) -> None:
    _, case = accepted(district)
    handled(district, case)
    district.now += timedelta(hours=6)
    district.do(case, "UT_site", "WG001001001", verifyResult="不通过", failReason="处置不到位")
    task = district.tasks(case)["UT_hdl"]
    assert task["due_at"] == at("2026-09-14T17:00")
    district.pass_time(minutes=1)
    assert not [row for row in district.rows("select element from notice") if row["element"] == "EE_late"]


# ------------------------------------------------------------------ the rows of timers
def rows_of_timers(district: District, no: str) -> dict[int, datetime]:
    sql = (
        "select timer, due_at from timer t join work_order o on o.id = t.order_id "
        "where no = %(no)s and t.status in ('armed', 'promoted')"
    )
    return {row["timer"]: row["due_at"] for row in district.rows(sql, no=no)}


def timers_of_state(district: District, no: str) -> dict[int, datetime]:
    with district.wiring.engine.database.transaction() as transaction:
        library = Library(district.wiring.engine.definitions, transaction, district.now)
        machine = bpmn.Machine(library, cast(Any, None))
        rows = machine.inspect(bytes(district.order(no)["state"]), ZONE).rows
    return {key[1]: row[2] for key, row in rows.items() if key[0] == "timer"}


def may(order: Clocked, element: str, act: Callable[[], None]) -> None:
    if element in order.district.tasks(order.no):
        act()


ACTS: dict[str, Callable[[Clocked], None]] = {
    "an hour passes": lambda order: order.district.pass_time(hours=1),
    "a night passes": lambda order: order.district.pass_time(hours=15),
    "nobody looks at the timers": lambda order: order.wait(hours=9),
    "sign": lambda order: may(order, "UT_sign", lambda: order.do("UT_sign")),
    "handle": lambda order: may(order, "UT_hdl", lambda: order.do("UT_hdl")),
    "fail": lambda order: may(order, "UT_ver", lambda: order.do("UT_ver", "PQ01", verifyResult="不通过")),
    "hang": lambda order: order.hang(),
    "resume": lambda order: may(order, "UT_hang", order.resume),
    "raise": lambda order: order.raise_to("紧急", FOUR_HOURS),
    "lower": lambda order: order.raise_to("一般", TWO_WORKING_DAYS),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=3, max_size=12))
def test_the_rows_of_timers_are_those_of_the_state(start: Start, acts: list[str]) -> None:
    order = start("2026-09-28T10:00")
    for act in acts:
        ACTS[act](order)
        assert rows_of_timers(order.district, order.no) == timers_of_state(order.district, order.no), act
        open_tasks = order.district.tasks(order.no)
        clock = order.district.order(order.no)["clocks"].get("处置") or {}
        if "UT_hdl" in open_tasks:
            kept = clock["due_at"] and datetime.fromisoformat(clock["due_at"])
            assert open_tasks["UT_hdl"]["due_at"] == kept
