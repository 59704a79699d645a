"""Processes that start by time: armed at deployment, one work order a moment, whatever happens meanwhile."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine import commands, moments, timers
from engine.clock import WorkingCalendar
from engine.errors import InvalidDeployment
from engine.reference import Reference
from tests.bpmn.diagrams import (
    document,
    end,
    extensions,
    flows,
    message,
    process,
    properties,
    service,
    start,
    task,
    timer,
    user,
)
from tests.engine.conftest import ZONE, District

NINE = '=next workday(now, "09:00")'
HOURLY = '=now + duration("PT1H")'
WORK = {"camunda_candidateGroups": "handler@PS", "camunda_formKey": "verify/confirm"}
BEGIN = extensions(properties(orderKind="daily", numberPrefix="DM"))


def diagram(cycle: str, *parts: str) -> bytes:
    body = parts or (task("t"), end(), flows("s>t>e"))
    return document(process(start("s", timer(cycle, "Cycle"), BEGIN), *body, id="daily", name="每日点名"))


def deploy(district: District, source: bytes) -> None:
    district.execute(commands.Deploy({"daily/daily.bpmn": source}, commands.SYSTEM, break_glass="another version"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def armed(district: District) -> list[datetime]:
    sql = "select due_at from timer_start where status = 'armed' and process_key = 'daily'"
    return [row["due_at"] for row in district.rows(sql)]


def queued(district: District) -> list[dict[str, Any]]:
    sql = (
        "select args from procrastinate_jobs where task_name = 'timer.start' and status = 'todo' and "
        "(args->>'start_id')::bigint in (select id from timer_start where process_key = 'daily') order by id"
    )
    return [row["args"] for row in district.rows(sql)]


def promote(district: District) -> int:
    with district.wiring.engine.database.transaction() as transaction:
        return timers.promote_starts(transaction, district.now)


def serve(district: District) -> list[str]:
    """Promote what is due and carry out every queue entry, as a worker does."""
    promote(district)
    starts = [
        commands.StartByTime(entry["start_id"], datetime.fromisoformat(entry["due_at"])) for entry in queued(district)
    ]
    return [no for one in starts if (no := district.execute(one).order_no)]


def opened(district: District) -> list[dict[str, Any]]:
    return district.rows("select no, kind, title, document from work_order where process_key = 'daily' order by id")


def test_a_deployment_arms_the_first_moment(district: District) -> None:
    deploy(district, diagram(NINE))  # Monday, 09:00 sharp
    assert armed(district) == [at("2026-09-15T09:00")], "the next moment lies after now"
    assert serve(district) == []


def test_a_moment_opens_one_work_order_and_arms_the_next(district: District) -> None:
    deploy(district, diagram(NINE))
    district.now = at("2026-09-15T09:00")
    (no,) = serve(district)
    (order,) = opened(district)
    assert (order["no"], order["kind"], order["title"]) == (no, "daily", "每日点名 2026-09-15 09:00")
    assert datetime.fromisoformat(order["document"]["scheduledAt"]) == district.now
    assert no.startswith("DM20260915")
    assert armed(district) == [at("2026-09-16T09:00")]
    assert serve(district) == [], "the same queue entry again opens nothing"


def test_holidays_are_passed_over_and_moved_working_days_are_not(district: District) -> None:
    district.now = at("2026-09-18T12:00")  # Friday; Sunday the 20th is worked
    deploy(district, diagram(NINE))
    assert armed(district) == [at("2026-09-20T09:00")]


def test_two_promoters_queue_a_moment_once_and_two_workers_start_it_once(district: District) -> None:
    deploy(district, diagram(NINE))
    district.now = at("2026-09-15T09:00")
    both = [threading.Thread(target=promote, args=[district]) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    (entry,) = queued(district)
    command = commands.StartByTime(entry["start_id"], datetime.fromisoformat(entry["due_at"]))
    workers = [threading.Thread(target=district.execute, args=[command]) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(opened(district)) == 1


def test_moments_missed_during_an_outage_start_once(district: District) -> None:
    deploy(district, diagram(NINE))
    district.now = at("2026-09-18T15:00")
    assert len(serve(district)) == 1
    assert opened(district)[0]["title"] == "每日点名 2026-09-15 09:00"
    assert armed(district) == [at("2026-09-20T09:00")]


def test_a_queue_entry_that_was_lost_is_queued_again(district: District) -> None:
    deploy(district, diagram(NINE))
    district.now = at("2026-09-15T09:00")
    promote(district)
    district.rows("delete from procrastinate_jobs returning id")
    with district.wiring.engine.database.transaction() as transaction:
        assert timers.requeue(transaction, district.now + timedelta(seconds=1)) == 1
    assert len(serve(district)) == 1


def test_a_changed_diagram_is_armed_anew_and_one_without_the_event_no_more(district: District) -> None:
    deploy(district, diagram(NINE))
    deploy(district, diagram('=next day(now, "06:00")'))
    assert armed(district) == [at("2026-09-15T06:00")]
    without = document(process(start("s", message("M1"), BEGIN), task("t"), end(), flows("s>t>e"), id="daily"))
    deploy(district, without)
    assert armed(district) == []
    district.now += timedelta(days=3)
    assert serve(district) == []


def test_a_moment_already_due_is_served_although_the_diagram_changes(district: District) -> None:
    deploy(district, diagram(NINE))
    district.now = at("2026-09-15T10:00")
    promote(district)
    deploy(district, diagram('=next workday(now, "14:00")'))
    assert len(serve(district)) == 1
    assert armed(district) == [at("2026-09-15T14:00")]


def test_other_deployments_leave_it_alone(district: District) -> None:
    deploy(district, diagram(NINE))
    district.now = at("2026-09-15T08:59")
    other = document(process(start("s", message("M1")), task("t"), end(), flows("s>t>e"), id="other"))
    district.execute(commands.Deploy({"other/other.bpmn": other}, commands.SYSTEM, break_glass="another version"))
    assert armed(district) == [at("2026-09-15T09:00")]


def test_a_start_that_the_diagram_refuses_waits_for_a_better_diagram(district: District) -> None:
    wrong = task("t", extensions(properties(ledger="credit", ledgerEntry="=1")))
    deploy(district, diagram(NINE, wrong, end(), flows("s>t>e")))
    district.now = at("2026-09-15T09:00")
    promote(district)
    (entry,) = queued(district)
    moment = datetime.fromisoformat(entry["due_at"])
    district.execute(commands.FailStart(entry["start_id"], moment, "台账的条目应是……"))
    assert promote(district) == 0
    deploy(district, diagram(NINE))
    assert len(serve(district)) == 1


def test_a_calendar_that_ends_stops_it_until_there_is_more(district: District) -> None:
    district.now = at("2026-12-31T08:00")
    deploy(district, diagram(NINE))
    district.now = at("2026-12-31T09:00")
    assert len(serve(district)) == 1
    assert armed(district) == [None]
    with district.wiring.engine.database.transaction() as transaction:
        transaction.run(
            "insert into calendar_day (date, is_workday) values ('2027-01-01', false), ('2027-01-02', true)"
        )
        transaction.run("update reference_list set loaded_at = now() where name = 'channels'")
    district.execute(commands.ArmStarts())
    assert armed(district) == [at("2027-01-02T09:00")]


def test_what_the_second_step_sends_is_not_taken_for_what_the_first_one_sent(district: District) -> None:
    first, second = service("a", "hotline_12345.sign"), service("b", "hotline_12345.finish")
    deploy(district, diagram(NINE, first, second, end(), flows("s>a>b>e")))
    district.now = at("2026-09-15T09:00")
    (no,) = serve(district)
    for topic in ("hotline_12345.sign", "hotline_12345.finish"):
        (job,) = district.rows("select id, topic from job where order_no = %(no)s and status = 'due'", no=no)
        assert job["topic"] == topic
        district.execute(commands.CompleteJob(job["id"], {}))
    assert [order["status"] for order in district.rows("select status from work_order where no = %(no)s", no=no)] == [
        "completed"
    ]


def test_moments_ahead_are_reckoned_anew_when_the_policies_they_ask_were_loaded(district: District) -> None:
    deploy(
        district,
        diagram('=if next policy(now, "汛期") = null then next day(now, "06:00") else next policy(now, "汛期")'),
    )
    assert armed(district) == [at("2026-09-15T06:00")]
    row = [{"name": "汛期", "value": "是", "from": "2026-09-14T12:00", "to": "2026-09-14T18:00", "note": ""}]
    with district.wiring.engine.database.transaction() as transaction:
        sql = "update reference_list set rows = rows || %(row)s::jsonb, loaded_at = now() where name = 'policies'"
        transaction.run(sql, {"row": json.dumps(row)})
    district.execute(commands.ArmStarts())
    assert armed(district) == [at("2026-09-15T06:00")]
    district.execute(commands.ArmStarts(anew=True))
    assert armed(district) == [at("2026-09-14T12:00")]
    district.now = at("2026-09-14T12:00")
    assert len(serve(district)) == 1
    assert armed(district) == [at("2026-09-14T18:00")], "the end of the policy comes after its beginning"


def test_a_moment_that_has_come_is_not_put_off_by_loading(district: District) -> None:
    deploy(district, diagram(NINE))
    district.now = at("2026-09-15T09:00")
    district.execute(commands.ArmStarts(anew=True))
    assert len(serve(district)) == 1


@pytest.mark.parametrize("cycle", ["=next workday(now", '="soon"', '=next workday(now, "25:00")', "every day"])
def test_a_time_that_cannot_be_read_is_refused(district: District, cycle: str) -> None:
    with pytest.raises(InvalidDeployment):
        deploy(district, diagram(cycle))


@pytest.mark.parametrize(
    ("cycle", "due"), [("R/2026-09-01T06:00:00+08:00/P1D", "2026-09-15T06:00"), ("PT30M", "2026-09-14T09:30")]
)
def test_plain_repeating_intervals_do_too(district: District, cycle: str, due: str) -> None:
    deploy(district, diagram(cycle))
    assert armed(district) == [at(due)]


def test_the_check_looks_at_its_tasks_as_at_any_others(district: District) -> None:
    nobody = user("a", camunda_candidateGroups="astronaut@PS")
    with pytest.raises(InvalidDeployment) as refused:
        deploy(district, diagram(NINE, nobody, end(), flows("s>a>e")))
    assert {"I2"} <= {finding.rule for finding in refused.value.findings}


def test_a_story_starts_only_what_it_names(tmp_path: Path, district: District) -> None:
    from webapp.check.scenario import load
    from webapp.check.world import Clock, World

    story = tmp_path / "daily.toml"
    story.write_text('title = "点名"\nstarts = ["daily"]\n[[step]]\ndo = "wait"\nfor = "P2D"\n', encoding="utf-8")
    assert load(story).starts == ["daily"]
    clock = Clock(at("2026-09-14T08:00"))
    district.now = at("2026-11-01T00:00")
    deploy(district, diagram(NINE, user("a", extensions(properties(stage="点名报到")), **WORK), end(), flows("s>a>e")))
    district.wiring.engine.clock = clock
    still = World(district.wiring, clock)
    still.begin()
    still.wait("P2D", None)
    assert opened(district) == []
    clock.now = at("2026-09-14T08:00")
    told = World(district.wiring, clock, starts=load(story).starts)
    told.begin()
    told.wait("P2D", None)
    assert [order["title"][-16:] for order in opened(district)] == ["2026-09-14 09:00", "2026-09-15 09:00"]
    assert told.order("daily")["no"] == opened(district)[-1]["no"]


# ------------------------------------------------------------------ the moments themselves
DAYS = {datetime(2026, 9, 1).date() + timedelta(days=n): n % 7 not in (4, 5) for n in range(60)}
REFERENCE = Reference(calendar=WorkingCalendar(DAYS))
instants = st.datetimes(datetime(2026, 9, 2), datetime(2026, 10, 20)).map(lambda moment: moment.replace(tzinfo=UTC))
clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0))


@given(instants, clocks)
def test_the_next_working_day_is_the_first_one_to_come(now: datetime, clock: time) -> None:
    found = moments.next_workday(REFERENCE, now, clock)
    assert found > now
    assert found.timetz().replace(tzinfo=None) == clock
    assert DAYS[found.date()]
    between = (found.date() - timedelta(days=n) for n in range(1, (found.date() - now.astimezone(ZONE).date()).days))
    assert not any(DAYS[day] for day in between)


@given(instants, st.integers(1, 31), clocks)
def test_the_next_month_keeps_to_the_day_or_the_last(now: datetime, day: int, clock: time) -> None:
    found = moments.next_month(now.astimezone(ZONE), day, clock)
    assert found > now
    assert found.day == day or (found + timedelta(days=1)).month != found.month
    assert found - now <= timedelta(days=32)


acts = st.lists(st.sampled_from(["hour", "long", "promote", "serve", "deploy", "lose"]), max_size=12)


@given(acts)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_moment_starts_at_most_once_and_none_that_waits_is_lost(district: District, turns: list[str]) -> None:
    district.rows("delete from procrastinate_jobs returning id")
    district.rows("delete from work_order where process_key = 'daily' returning id")
    district.rows("delete from timer_start returning id")
    variants = [diagram(HOURLY), diagram(HOURLY, task("u"), end(), flows("s>u>e"))]
    deploys = 0
    deploy(district, variants[0])
    deploy(district, variants[1])
    for turn in turns:
        if turn in ("hour", "long"):
            district.now += timedelta(hours=1 if turn == "hour" else 30)
        elif turn == "promote":
            promote(district)
        elif turn == "serve":
            serve(district)
        elif turn == "deploy":
            deploy(district, variants[deploys % 2])
            deploys += 1
        else:
            district.rows("delete from procrastinate_jobs returning id")
            with district.wiring.engine.database.transaction() as transaction:
                timers.requeue(transaction, district.now + timedelta(seconds=1))
    waiting = district.rows("select 1 from timer_start where due_at <= %(now)s", now=district.now)
    assert len(serve(district)) == len(waiting)
    moments_served = [order["document"]["scheduledAt"] for order in opened(district)]
    assert len(set(moments_served)) == len(moments_served)
