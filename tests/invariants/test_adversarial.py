"""Diagrams drawn to slip past the check-up, or to be reported although nothing is wrong with them."""

from __future__ import annotations

import pytest

from engine.invariants import World
from tests.bpmn import diagrams as d
from tests.invariants import worlds
from tests.invariants.worlds import closed, errors, found, opened, staffed, way

DIS, HDL, VER = staffed("dis", "派遣"), staffed("hdl", "处置"), staffed("ver", "核查", notBy="hdl@unit,redo@unit")
FORK, JOIN = d.gateway("parallel", "fork"), d.gateway("parallel", "join")


def case(*parts: str, more: tuple[str, ...] = ()) -> World:
    return worlds.world(d.process(opened(), *parts, closed()), *more)


def severities(given: World, rule: str) -> list[tuple[str, str]]:
    return [(one.element, one.severity) for one in found(given, rule)]


# -- I1: what slips past ------------------------------------------------------------------------------------------
def test_work_beside_a_verification_is_not_verified_by_it() -> None:
    parts = (DIS, HDL, VER, staffed("redo", "处置"), FORK, JOIN)
    given = case(*parts, d.flows("s>dis>hdl>fork", "fork>ver>join", "fork>redo>join", "join>closed"))
    assert severities(given, "I1") == [("closed", "warning")]


def test_a_dispatch_beside_a_verification_is_not_verified_by_it() -> None:
    parts = (DIS, VER, staffed("dis2", "派遣"), FORK, JOIN)
    (finding,) = found(case(*parts, d.flows("s>dis>fork", "fork>ver>join", "fork>dis2>join", "join>closed")), "I1")
    assert finding.severity == "error"
    assert way(finding) == ["dis2", "join", "closed"]


def test_a_reminder_that_runs_into_a_join_does_not_hide_the_close() -> None:
    late = d.boundary("late", "a", d.timer("P1D"), interrupting=False)
    parts = (DIS, staffed("a"), staffed("b"), late, FORK, JOIN)
    given = case(*parts, d.flows("s>dis>fork", "fork>a>join", "fork>b>join", "late>join", "join>closed"))
    assert errors(given, "I1") == ["closed"]


def test_a_join_that_waits_for_what_comes_behind_it_does_not_hide_the_close() -> None:
    parts = (DIS, JOIN, d.gateway("exclusive", "g", default="default_g"))
    given = case(*parts, staffed("more"), d.flows("s>dis>join", "join>g", "g>more?=x", "more>join", "g>closed?*"))
    assert errors(given, "I1") == ["closed"]


@pytest.mark.parametrize("loop", [d.multi(camunda_collection="=names"), d.standard_loop("=x", before=True)])
def test_a_verification_for_each_of_a_list_may_be_none_at_all(loop: str) -> None:
    each = d.user("ver", d.extensions(d.properties(stage="核查")), loop)
    assert errors(case(DIS, each, d.flows("s>dis>ver>closed")), "I1") == ["closed"]
    inside = d.sub("each", d.start("s2"), VER, d.end("e2"), d.flows("s2>ver>e2"), loop)
    assert errors(case(DIS, inside, d.flows("s>dis>each>closed")), "I1") == ["closed"]


def test_a_fixed_number_of_verifications_counts() -> None:
    each = d.user("ver", d.extensions(d.properties(stage="核查")), d.multi(2))
    assert errors(case(DIS, each, d.flows("s>dis>ver>closed")), "I1") == []


def test_calling_something_a_verification_does_not_make_it_one() -> None:
    empty = d.process(d.start("s2"), d.end("e2"), d.flows("s2>e2"), id="check")
    named = d.call("ca", "check", d.extensions(d.properties(role="verify")))
    assert errors(case(DIS, named, d.flows("s>dis>ca>closed"), more=(empty,)), "I1") == ["closed"]
    wrapped = d.sub("sp", d.extensions(d.properties(role="verify")), d.start("s3"), d.end("e3"), d.flows("s3>e3"))
    assert errors(case(DIS, wrapped, d.flows("s>dis>sp>closed")), "I1") == ["closed"]


def test_another_version_than_the_newest_proves_nothing() -> None:
    check = d.process(d.start("s2"), VER, d.end("e2"), d.flows("s2>ver>e2"), id="check")
    pinned = d.call("ca", "check", camunda_calledElementBinding="version", camunda_calledElementVersion="1")
    assert errors(case(DIS, pinned, d.flows("s>dis>ca>closed"), more=(check,)), "I1") == ["closed"]
    assert errors(case(DIS, VER, pinned, d.flows("s>dis>ver>ca>closed"), more=(check,)), "I1") == ["closed"]


def test_what_runs_beside_the_case_is_verified_there() -> None:
    extra = d.sub(
        "esp", d.start("m", d.message("M1"), isInterrupting="false"), staffed("dis2", "派遣"), d.end("over"),
        d.flows("m>dis2>over"), triggeredByEvent="true",
    )  # fmt: skip
    (finding,) = found(case(DIS, VER, extra, d.flows("s>dis>ver>closed")), "I1")
    assert (finding.element, way(finding)) == ("over", ["dis2", "over"])
    verified = extra.replace('sourceRef="dis2" targetRef="over"', 'sourceRef="dis2" targetRef="ver2"')
    verified = verified.replace(
        "</bpmn:subProcess>", staffed("ver2", "核查") + d.flows("ver2>over") + "</bpmn:subProcess>"
    )
    assert errors(case(DIS, VER, verified, d.flows("s>dis>ver>closed")), "I1") == []


def test_what_a_reminder_begins_is_verified_there() -> None:
    late = d.boundary("late", "dis", d.timer("P1D"), interrupting=False)
    parts = (DIS, VER, late, staffed("dis2", "派遣"), d.end("over"))
    assert errors(case(*parts, d.flows("s>dis>ver>closed", "late>dis2>over")), "I1") == ["over"]


def test_a_terminate_end_does_not_wait_for_the_other_branch() -> None:
    inside = (d.start("s2"), FORK, VER, staffed("tell"), d.end("e2"), d.end("stop", d.TERMINATE))
    ways = d.flows("s2>fork", "fork>ver>e2", "fork>tell>stop")
    assert errors(case(DIS, d.sub("sp", *inside, ways), d.flows("s>dis>sp>closed")), "I1") == ["closed"]


def test_an_event_may_break_off_the_branch_that_verifies() -> None:
    inside = (d.start("s2"), FORK, VER, staffed("tell"), d.end("e2"), d.end("e3"), d.flows("s2>fork", "fork>ver>e2"))
    hurry = d.sub("esp", d.start("m", d.message("M1")), d.end("h"), d.flows("m>h"), triggeredByEvent="true")
    given = case(DIS, d.sub("sp", *inside, hurry, d.flows("fork>tell>e3")), d.flows("s>dis>sp>closed"))
    assert errors(given, "I1") == ["closed"]
    away = d.boundary("away", "sp", d.message("M1"))
    given = case(DIS, d.sub("sp", *inside, d.flows("fork>tell>e3")), away, d.flows("s>dis>sp>closed", "away>closed"))
    assert errors(given, "I1") == ["closed"]


# -- I1: what was reported wrongly ------------------------------------------------------------------------------------
@pytest.mark.parametrize("called", [False, True])
def test_branches_that_end_side_by_side_end_together(called: bool) -> None:
    """A sub-process or called process is done when all its branches are."""
    inside = (d.start("s2"), FORK, VER, staffed("tell"), d.end("e2"), d.end("e3"))
    ways = d.flows("s2>fork", "fork>ver>e2", "fork>tell>e3")
    around = d.call("sp", "q") if called else d.sub("sp", *inside, ways)
    more = (d.process(*inside, ways, id="q"),) if called else ()
    assert errors(case(DIS, around, d.flows("s>dis>sp>closed"), more=more), "I1") == []
    unverified = ways.replace('sourceRef="ver"', 'sourceRef="tell"').replace('targetRef="ver"', 'targetRef="tell"')
    around = d.call("sp", "q") if called else d.sub("sp", *inside, unverified)
    more = (d.process(*inside, unverified, id="q"),) if called else ()
    assert errors(case(DIS, around, d.flows("s>dis>sp>closed"), more=more), "I1") == ["closed"]


def test_a_dispatch_in_a_branch_beside_the_verification_is_still_owed_behind() -> None:
    inside = (d.start("s2"), FORK, VER, staffed("dis2", "派遣"), d.end("e2"), d.end("e3"))
    ways = d.flows("s2>fork", "fork>ver>e2", "fork>dis2>e3")
    (finding,) = found(case(DIS, d.sub("sp", *inside, ways), d.flows("s>dis>sp>closed")), "I1")
    assert way(finding) == ["dis2", "e3", "closed"]


# -- I5 ---------------------------------------------------------------------------------------------------------------
def loop(*body: str, ways: tuple[str, ...], more: tuple[str, ...] = ()) -> World:
    around = (d.gateway("exclusive", "m"), d.gateway("exclusive", "g", default="default_g"))
    return worlds.world(d.process(d.start(), *around, *body, d.end(), d.flows("s>m", *ways)), *more)


COUNT = d.extensions(d.mapping(outputs={"n": "=n + 1"}))
LEAVING = ("m>x", "x>g", "g>e?=n >= 3", "g>m?*")


def test_a_task_for_each_of_a_list_may_ask_nobody() -> None:
    nobody = d.user("x", d.multi(camunda_collection="=names"))
    assert errors(loop(nobody, ways=("m>x", "x>g", "g>e?=done", "g>m?*")), "I5") == ["m"]
    three = d.user("x", d.multi(3))
    assert errors(loop(three, ways=("m>x", "x>g", "g>e?=done", "g>m?*")), "I5") == []


def test_a_counter_of_a_called_process_is_another_one() -> None:
    inner = d.process(d.start("s2"), d.throw("c", COUNT), d.end("e2"), d.flows("s2>c>e2"), id="q")
    own = d.call("x", "q", d.extensions('<camunda:in source="n" target="n"/>'))
    assert errors(loop(own, ways=LEAVING, more=(inner,)), "I5") == ["m"]


def test_a_counter_in_the_document_is_shared_with_called_processes() -> None:
    shared = d.extensions(d.mapping(outputs={"document.n": "=n + 1"}))
    inner = d.process(d.start("s2"), d.throw("c", shared), d.end("e2"), d.flows("s2>c>e2"), id="q")
    assert errors(loop(d.call("x", "q"), ways=LEAVING, more=(inner,)), "I5") == []


def test_what_a_call_brings_back_may_set_a_counter_back() -> None:
    inner = d.process(d.start("s2"), d.end("e2"), d.flows("s2>e2"), id="q")
    back = d.call("x", "q", d.extensions('<camunda:out sourceExpression="=0" target="n"/>'))
    given = loop(back, d.throw("c", COUNT), ways=("m>c", "c>x", "x>g", "g>e?=n >= 3", "g>m?*"), more=(inner,))
    assert errors(given, "I5") == ["m"]


def test_a_counter_that_a_scope_declares_anew_counts_nothing() -> None:
    anew = d.sub(
        "x", d.extensions(d.mapping(inputs={"n": "=0"})), d.start("s2"), d.throw("c", COUNT), d.end("e2"),
        d.flows("s2>c>e2"),
    )  # fmt: skip
    assert errors(loop(anew, ways=LEAVING), "I5") == ["m"]
    outer = d.sub("x", d.start("s2"), d.throw("c", COUNT), d.end("e2"), d.flows("s2>c>e2"))
    assert errors(loop(outer, ways=LEAVING), "I5") == []


def test_a_table_may_set_a_counter_back() -> None:
    table = d.element(
        "businessRuleTask", "x", camunda_decisionRef="t", camunda_resultVariable="n",
        camunda_mapDecisionResult="singleEntry",
    )  # fmt: skip
    given = loop(table, d.throw("c", COUNT), ways=("m>c", "c>x", "x>g", "g>e?=n >= 3", "g>m?*"))
    assert errors(given, "I5") == ["m"]


def test_a_process_that_calls_itself_without_end_is_found() -> None:
    again = d.process(
        d.start("s2"), d.service("ask", "t.ask"), d.call("ca", "q"), d.end("e2"), d.flows("s2>ask>ca>e2"), id="q"
    )
    (finding,) = found(worlds.world(d.process(d.start(), d.call("x", "q"), d.end(), d.flows("s>x>e")), again), "I5")
    assert {"ask", "ca"} <= set(way(finding))
    asked = again.replace("serviceTask", "userTask")
    given = worlds.world(d.process(d.start(), d.call("x", "q"), d.end(), d.flows("s>x>e")), asked)
    assert errors(given, "I5") == []


def test_processes_that_start_each_other_without_a_person_never_stop() -> None:
    one = d.process(d.start("s", d.message("M2")), d.end("e", d.message("M3")), d.flows("s>e"))
    two = d.process(d.start("s2", d.message("M3")), d.end("e2", d.message("M2")), d.flows("s2>e2"), id="q")
    (finding,) = found(worlds.world(one, two), "I5")
    assert {"s", "e", "s2", "e2"} == set(way(finding))
    person = d.process(
        d.start("s2", d.message("M3")), staffed("t"), d.end("e2", d.message("M2")), d.flows("s2>t>e2"), id="q"
    )
    assert errors(worlds.world(one, person), "I5") == []


def test_a_loop_that_people_can_break_off_has_a_human_exit() -> None:
    inside = (
        d.start("s2"),
        d.catch("x", d.timer("PT1H")),
        d.gateway("exclusive", "m"),
        d.gateway("exclusive", "g", default="default_g"),
        d.end("e2"),
        d.flows("s2>m>x>g", "g>e2?=over", "g>m?*"),
    )
    stop = d.sub("esp", d.start("st", d.message("M1")), d.end("off"), d.flows("st>off"), triggeredByEvent="true")
    around = d.flows("s>sp>e")
    assert errors(worlds.world(d.process(d.start(), d.sub("sp", *inside, stop), d.end(), around)), "I5") == []
    away = d.boundary("away", "sp", d.message("M1"))
    given = d.process(d.start(), d.sub("sp", *inside), away, d.end(), around, d.flows("away>e"))
    assert errors(worlds.world(given), "I5") == []
    beside = stop.replace('<bpmn:startEvent id="st"', '<bpmn:startEvent id="st" isInterrupting="false"')
    assert len(errors(worlds.world(d.process(d.start(), d.sub("sp", *inside, beside), d.end(), around)), "I5")) == 1


def test_a_person_in_another_branch_may_end_a_loop() -> None:
    turning = (d.catch("x", d.timer("PT1H")), d.gateway("exclusive", "m"), d.end("stop", d.TERMINATE))
    ways = d.flows("s2>fork", "fork>m>x", "x>m", "fork>ask>stop")
    for ask, endless in ((staffed("ask"), 0), (d.service("ask", "t.ask"), 1)):
        inside = d.sub("sp", d.start("s2"), FORK, *turning, ask, ways)
        given = worlds.world(d.process(d.start(), inside, d.end(), d.flows("s>sp>e")))
        assert len(errors(given, "I5")) == endless


# -- I6 ---------------------------------------------------------------------------------------------------------------
ALARM = d.service("alarm", "t.call", d.extensions(d.properties(alerts="110,119,120")))


def rescue(*body: str) -> str:
    return d.process(d.extensions(d.properties(emergency="true")), d.start("s2"), d.end("e2"), *body, id="rescue")


def intake(*calls: str) -> str:
    ways = d.flows(">".join(["s", "t", *(["ca"] if calls else []), "closed"]))
    return d.process(opened("appeal", "IN"), staffed("t"), *calls, closed(), ways)


def reported(*processes: str) -> World:
    return worlds.world(*processes, messages=("IN",), intake="IN")


def test_a_district_without_an_emergency_branch_is_refused() -> None:
    (finding,) = found(reported(intake()), "I6")
    assert (finding.element, finding.severity) == ("s", "error")
    assert "特急" in finding.zh


def test_an_alarm_that_can_be_passed_by_is_refused() -> None:
    ways = d.flows("s2>g", "g>alarm?=x", "g>e2?*", "alarm>e2")
    given = reported(
        intake(d.call("ca", "rescue")), rescue(ALARM, d.gateway("exclusive", "g", default="default_g"), ways)
    )
    (finding,) = found(given, "I6")
    assert way(finding) == ["s2", "g", "e2"]


def test_an_alarm_beside_everything_else_passes() -> None:
    ways = d.flows("s2>fork", "fork>alarm>over", "fork>ask>e2")
    given = reported(intake(d.call("ca", "rescue")), rescue(ALARM, FORK, staffed("ask"), d.end("over"), ways))
    assert found(given, "I6") == []


def test_an_alarm_for_each_of_a_list_is_left_to_the_list() -> None:
    inside = (d.multi(camunda_collection="=targets"), d.start("s3"), ALARM, d.end("e3"), d.flows("s3>alarm>e3"))
    given = reported(intake(d.call("ca", "rescue")), rescue(d.sub("each", *inside), d.flows("s2>each>e2")))
    assert found(given, "I6") == []


def test_an_alarm_behind_too_many_people_is_refused() -> None:
    ways = d.flows("s2>ask>sure>alarm>e2")
    given = reported(intake(d.call("ca", "rescue")), rescue(ALARM, staffed("ask"), staffed("sure"), ways))
    (finding,) = found(given, "I6")
    assert "3 个人工步骤" in finding.zh


# -- I2, I3, I8 -------------------------------------------------------------------------------------------------------
def test_an_inclusive_gateway_needs_a_way_out_as_well() -> None:
    parts = (d.gateway("inclusive", "g"), staffed("a"), staffed("b"), d.flows("s>g", "g>a?=x = 1", "g>b?=x = 2"))
    given = worlds.world(d.process(d.start(), *parts, d.end(), d.flows("a>e", "b>e")))
    assert errors(given, "I3") == ["g"]


def test_every_work_order_ends_with_a_status() -> None:
    given = worlds.world(d.process(opened("patrol"), staffed("t"), d.end(), d.flows("s>t>e")))
    assert severities(given, "I8") == [("e", "warning")]


def test_a_stage_needs_a_limit() -> None:
    given = worlds.world(d.process(d.start(), staffed("t", "处直"), d.end(), d.flows("s>t>e")), limits=worlds.limits())
    assert errors(given, "I2") == ["t"]
    given = worlds.world(d.process(d.start(), staffed("t", "处置"), d.end(), d.flows("s>t>e")), limits=worlds.limits())
    assert errors(given, "I2") == []


def test_a_fallback_is_somebody() -> None:
    text = d.process(d.start(), staffed("t", fallback="上级单位同岗"), d.end(), d.flows("s>t>e"))
    assert errors(worlds.world(text, reference=worlds.reference()), "I2") == ["t"]


def test_a_due_date_by_the_name_of_a_stage_needs_a_limit() -> None:
    task = staffed("t").replace('camunda:dueDate="=now"', "camunda:dueDate='=due(\"处直\")'")
    given = worlds.world(d.process(d.start(), task, d.end(), d.flows("s>t>e")), limits=worlds.limits())
    assert errors(given, "I2") == ["t"]
