"""I4, I5, I6, I8, I10: messages, loops, emergencies, endings, and what is running."""

from __future__ import annotations

from typing import Any

import pytest

from engine.invariants import Standing, World
from tests.bpmn import diagrams as d
from tests.invariants import worlds
from tests.invariants.worlds import closed, errors, found, opened, staffed, way

# -- I4 -------------------------------------------------------------------------------------------------------
SENDS = d.process(d.start(), d.throw("tell", d.message("M2")), d.end(), d.flows("s>tell>e"))
WAITS = d.process(d.start("s2"), d.catch("wait", d.message("M2")), d.end("e2"), d.flows("s2>wait>e2"), id="q")


def test_a_message_with_sender_and_receiver_passes() -> None:
    assert found(worlds.world(SENDS, WAITS), "I4") == []


def test_a_message_that_nobody_receives_is_refused() -> None:
    (finding,) = found(worlds.world(SENDS), "I4")
    assert (finding.element, finding.severity) == ("tell", "error")
    assert "m2" in finding.zh


def test_what_a_connector_carries_out_needs_no_receiver() -> None:
    carried = d.message("M2", camunda_type="external", camunda_topic="t.tell")
    assert found(worlds.world(d.process(d.start(), d.throw("tell", carried), d.end(), d.flows("s>tell>e"))), "I4") == []


def test_a_wait_for_a_message_that_nobody_sends_is_refused() -> None:
    assert errors(worlds.world(WAITS), "I4") == ["wait"]
    assert errors(worlds.world(WAITS, inbound={"m2"}), "I4") == [], "a connector brings it"
    assert errors(worlds.world(WAITS, inbound=None), "I4") == [], "what connectors bring is not known"


def test_a_start_that_nobody_sends_to_is_a_warning() -> None:
    text = d.process(d.start("s", d.message("M3")), staffed("t"), d.end(), d.flows("s>t>e"))
    assert [one.severity for one in found(worlds.world(text), "I4")] == ["warning"]


def test_the_rating_page_rates_where_the_link_was_given() -> None:
    link = d.extensions(d.properties(ratingLink="true"))
    visit = d.user("visit", link, camunda_candidateGroups="a@b")
    parts = visit, d.boundary("rated", "visit", d.message("M2")), d.end()
    assert errors(worlds.world(d.process(d.start(), *parts, d.flows("s>visit>e", "rated>e"))), "I4") == []


def test_what_is_reported_opens_an_appeal() -> None:
    text = d.process(opened("appeal"), staffed("t"), closed(), d.flows("s>t>closed"))
    assert errors(worlds.world(text, intake="m1"), "I4") == []
    assert errors(worlds.world(text, intake="msg.appeal.received"), "I4") == ["s"]


# -- I5 -------------------------------------------------------------------------------------------------------
def loop(*body: str, ways: tuple[str, ...], **more: Any) -> World:
    gateway = d.gateway("exclusive", "g", default="default_g")
    merge = d.gateway("exclusive", "m")
    return worlds.world(d.process(d.start(), merge, *body, gateway, d.end(), d.flows("s>m", *ways)), **more)


AROUND = ("m>x", "x>g", "g>e?=done", "g>m?*")


def test_a_loop_that_only_machines_turn_is_refused() -> None:
    (finding,) = found(loop(d.service("x", "t.ask"), ways=AROUND), "I5")
    assert finding.severity == "error"
    assert set(way(finding)) == {"m", "x", "g"}


def test_a_loop_with_a_timer_only_is_refused() -> None:
    assert len(errors(loop(d.catch("x", d.timer("PT1H")), ways=AROUND), "I5")) == 1


def test_a_loop_over_a_person_passes() -> None:
    assert errors(loop(staffed("x"), ways=AROUND), "I5") == []
    assert errors(loop(d.catch("x", d.message("M1")), ways=AROUND), "I5") == []


def test_a_person_who_can_be_passed_by_does_not_end_a_loop() -> None:
    parts = (staffed("x"), d.service("y", "t.ask"), d.gateway("exclusive", "h", default="default_h"))
    given = loop(*parts, ways=("m>h", "h>x?=a", "h>y?*", "x>g", "y>g", "g>e?=done", "g>m?*"))
    (finding,) = found(given, "I5")
    assert set(way(finding)) == {"m", "h", "y", "g"}


def counted(exit: str, count: str = "=n + 1", **more: str) -> World:
    count_up = d.service("x", "t.ask", d.extensions(d.mapping(outputs={"n": count, **more})))
    return loop(count_up, ways=("m>x", "x>g", f"g>e?{exit}", "g>m?*"))


@pytest.mark.parametrize("exit", ["=n >= 3", "=n > limit", "=3 <= n", "=failed or n >= 3", "=not(n < 3)"])
def test_a_counter_ends_a_loop(exit: str) -> None:
    assert errors(counted(exit), "I5") == []


def test_a_counter_may_count_down_or_stand_in_the_document() -> None:
    assert errors(counted("=n <= 0", "=n - 1"), "I5") == []
    down = d.service("x", "t.ask", d.extensions(d.mapping(outputs={"document.n": "=n + 1"})))
    assert errors(loop(down, ways=("m>x", "x>g", "g>e?=n >= 3", "g>m?*")), "I5") == []


@pytest.mark.parametrize("exit", ["=n = 3", "=n < 3", "=ok and n >= 3", "=k >= 3", "=n >= n"])
def test_a_condition_that_need_not_come_true_ends_nothing(exit: str) -> None:
    assert len(errors(counted(exit), "I5")) == 1


def test_a_counter_that_is_set_back_ends_nothing() -> None:
    back = d.throw("z", d.extensions(d.mapping(outputs={"n": "=0"})))
    count_up = d.service("x", "t.ask", d.extensions(d.mapping(outputs={"n": "=n + 1"})))
    assert len(errors(loop(count_up, back, ways=("m>z>x", "x>g", "g>e?=n >= 3", "g>m?*")), "I5")) == 1


def test_a_counter_beside_the_loop_ends_nothing() -> None:
    """The way m → x → g → m does not count; only the one over y does."""
    count_up = d.service("y", "t.ask", d.extensions(d.mapping(outputs={"n": "=n + 1"})))
    parts = (d.service("x", "t.ask"), count_up, d.gateway("exclusive", "h", default="default_h"))
    given = loop(*parts, ways=("m>x", "x>g", "g>e?=n >= 3", "g>h?*", "h>m?*", "h>y?=a", "y>m"))
    (finding,) = found(given, "I5")
    assert set(way(finding)) == {"m", "x", "g", "h"}


def test_a_loop_is_found_through_called_processes() -> None:
    inner = d.process(d.start("s2"), d.service("ask", "t.ask"), d.end("e2"), d.flows("s2>ask>e2"), id="work")
    outer = loop(d.call("x", "work"), ways=AROUND)
    joined = World({**outer.programs, **worlds.programs(inner)}, worlds.NOW)
    (finding,) = found(joined, "I5")
    assert "ask" in way(finding)
    manned = d.process(d.start("s2"), staffed("ask"), d.end("e2"), d.flows("s2>ask>e2"), id="work")
    assert errors(World({**outer.programs, **worlds.programs(manned)}, worlds.NOW), "I5") == []


def test_a_standard_loop_needs_a_maximum_or_a_counter() -> None:
    def turning(*inner: str) -> World:
        return worlds.world(d.process(d.start(), d.service("x", "t.ask", *inner), d.end(), d.flows("s>x>e")))

    assert errors(turning(d.standard_loop("=not(done)")), "I5") == ["x"]
    assert errors(turning(d.standard_loop("=not(done)", maximum=5)), "I5") == []
    counting = d.extensions(d.mapping(outputs={"n": "=n + 1"}))
    assert errors(turning(counting, d.standard_loop("=n < 5")), "I5") == []


def test_processes_that_wait_for_each_other_need_a_person() -> None:
    ping = loop(
        d.throw("x", d.message("M2")), d.catch("y", d.message("M3")), ways=("m>x>y", "y>g", "g>e?=done", "g>m?*")
    )
    robot = d.process(
        d.start("s2", d.message("M2")), d.throw("back", d.message("M3")), d.end("e2"), d.flows("s2>back>e2"), id="q"
    )
    person = d.process(
        d.start("s2", d.message("M2")), staffed("t"), d.throw("back", d.message("M3")), d.end("e2"),
        d.flows("s2>t>back>e2"), id="q",
    )  # fmt: skip
    assert len(errors(World({**ping.programs, **worlds.programs(robot)}, worlds.NOW), "I5")) == 1
    assert errors(World({**ping.programs, **worlds.programs(person)}, worlds.NOW), "I5") == []


# -- I6 -------------------------------------------------------------------------------------------------------
def rescue(alerts: str = "110,119,120") -> str:
    alarm = d.service("alarm", "t.call", d.extensions(d.properties(alerts=alerts)))
    parts = d.extensions(d.properties(emergency="true")), d.start("s2"), alarm, d.end("e2"), d.flows("s2>alarm>e2")
    return d.process(*parts, id="rescue")


def intake(*tasks: str) -> str:
    names = [f"t{i}" for i in range(len(tasks))]
    steps = [staffed(name) for name in names]
    ways = d.flows(">".join(["s", *names, "ca", "closed"]))
    return d.process(opened("appeal"), *steps, d.call("ca", "rescue"), closed(), ways)


def test_an_emergency_is_two_human_steps_from_the_intake() -> None:
    assert found(worlds.world(intake("a", "b"), rescue()), "I6") == []
    (finding,) = found(worlds.world(intake("a", "b", "c"), rescue()), "I6")
    assert (finding.process, finding.severity) == ("rescue", "error")
    assert way(finding)[:4] == ["s", "t0", "t1", "t2"]
    assert "3 个人工步骤" in finding.zh


def test_the_steps_are_counted_over_messages_between_processes() -> None:
    first = d.process(opened("appeal"), staffed("t0"), staffed("t1"), d.throw("tell", d.message("M2")), closed(),
                      d.flows("s>t0>t1>tell>closed"))  # fmt: skip
    second = d.process(d.start("s3", d.message("M2")), staffed("t2"), d.call("ca", "rescue"), d.end("e3"),
                       d.flows("s3>t2>ca>e3"), id="second")  # fmt: skip
    (finding,) = found(worlds.world(first, second, rescue()), "I6")
    assert "3 个人工步骤" in finding.zh


def test_an_emergency_that_nobody_calls_is_refused() -> None:
    text = d.process(opened("appeal"), staffed("t"), closed(), d.flows("s>t>closed"))
    assert ["走不到" in one.zh for one in found(worlds.world(text, rescue()), "I6")] == [True]


@pytest.mark.parametrize(("alerts", "missing"), [("110,119", "120"), ("", "110、119、120"), ("119, 120", "110")])
def test_an_emergency_alerts_all_three_services(alerts: str, missing: str) -> None:
    (finding,) = found(worlds.world(intake("a"), rescue(alerts)), "I6")
    assert f"没有通知 {missing}" in finding.zh


def test_an_alert_behind_the_emergency_does_not_count() -> None:
    outside = d.service("late", "t.call", d.extensions(d.properties(alerts="120")))
    text = d.process(opened("appeal"), d.call("ca", "rescue"), outside, closed(), d.flows("s>ca>late>closed"))
    assert errors(worlds.world(text, rescue("110,119")), "I6") == ["rescue"]


# -- I8 -------------------------------------------------------------------------------------------------------
def order(*parts: str, **more: Any) -> World:
    return worlds.world(d.process(opened("appeal"), staffed("t"), *parts), **more)


def test_an_end_has_a_status_and_a_text() -> None:
    assert found(order(closed(), d.flows("s>t>closed")), "I8") == []
    (finding,) = found(order(d.end(), d.flows("s>t>e")), "I8")
    assert (finding.element, way(finding)) == ("e", ["s", "t", "e"])
    silent = d.end("e", d.extensions(d.properties(status="70")))
    assert errors(order(silent, d.flows("s>t>e")), "I8") == ["e"]


def test_a_status_is_one_of_the_list() -> None:
    given = order(closed(status="77"), d.flows("s>t>closed"), status_codes={"70", "80"})
    assert errors(given, "I8") == ["closed"]


def test_of_parallel_branches_one_says_how_it_ended() -> None:
    fork, aside = d.gateway("parallel", "fork"), d.end("aside")
    assert errors(order(fork, aside, closed(), d.flows("s>t>fork", "fork>aside", "fork>closed")), "I8") == []
    given = order(fork, aside, d.end("too"), d.flows("s>t>fork", "fork>aside", "fork>too"))
    assert len(errors(given, "I8")) == 1


def test_each_exclusive_branch_says_how_it_ended() -> None:
    parts = d.gateway("exclusive", "g", default="default_g"), d.end("bare"), closed()
    (finding,) = found(order(*parts, d.flows("s>t>g", "g>bare?=a", "g>closed?*")), "I8")
    assert way(finding) == ["s", "t", "g", "bare"]


def test_a_boundary_event_does_not_slip_out_without_a_status() -> None:
    late = d.boundary("late", "t", d.timer("P1D"))
    assert errors(order(late, closed(), d.end("bare"), d.flows("s>t>closed", "late>bare")), "I8") == ["bare"]
    told = d.boundary("late", "t", d.timer("P1D"), interrupting=False)
    assert errors(order(told, closed(), d.end("bare"), d.flows("s>t>closed", "late>bare")), "I8") == []


def test_an_interrupting_event_sub_process_says_how_it_ended() -> None:
    def withdrawn(last: str, interrupting: bool) -> World:
        flag = str(interrupting).lower()
        start = d.start("m", d.message("M1"), isInterrupting=flag)
        inside = d.sub("esp", start, last, d.flows("m>out"), triggeredByEvent="true")
        return order(closed(), inside, d.flows("s>t>closed"))

    assert errors(withdrawn(d.end("out"), True), "I8") == ["out"]
    assert errors(withdrawn(closed("out", status="80"), True), "I8") == []
    assert errors(withdrawn(d.end("out"), False), "I8") == []


def test_processes_that_open_no_order_may_end_as_they_like() -> None:
    assert found(worlds.world(d.process(d.start(), staffed("t"), d.end(), d.flows("s>t>e"))), "I8") == []


# -- I10 ------------------------------------------------------------------------------------------------------
def changed(*standing: Standing) -> World:
    def drawn(*tasks: str) -> str:
        return d.process(d.start(), *(staffed(t) for t in tasks), d.end(), d.flows(">".join(("s", *tasks, "e"))))

    former = worlds.programs(drawn("a", "b"))
    return worlds.world(drawn("a"), former=former, standing=standing)


def test_running_orders_stay_where_they_are_and_that_is_told() -> None:
    assert found(changed(), "I10") == []
    (finding,) = found(changed(Standing("p", 1, None, 7), Standing("p", 1, "a", 7)), "I10")
    assert finding.severity == "warning"
    assert "7 件在办工单留在原版本" in finding.zh


def test_an_element_that_orders_wait_at_is_missed() -> None:
    staying, gone = found(changed(Standing("p", 2, None, 3), Standing("p", 2, "b", 3)), "I10")
    assert "第 2 版" in gone.zh
    assert "b" in gone.en
    assert staying.severity == gone.severity == "warning"
