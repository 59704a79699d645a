"""Gateways: both orders, in loops, nested, after reload (every step goes through the state bytes)."""

from __future__ import annotations

import pytest

from engine.bpmn import StepFailed, Stuck
from tests.bpmn.diagrams import (
    boundary,
    call,
    catch,
    element,
    end,
    event_sub,
    flows,
    gateway,
    link,
    message,
    multi,
    process,
    script,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.bpmn.driver import Case

FORK_JOIN = (
    start(),
    gateway("parallel", "f"),
    user("a"),
    user("b"),
    gateway("parallel", "j"),
    script("t"),
    end(),
)


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_it_joins_parallel_branches_in_any_order(order: str) -> None:
    case = Case(*FORK_JOIN, flows("s>f>a>j>t>e", "f>b>j"))
    case.do(order[0])
    assert case.trace == ""
    assert case.status == "running"
    case.do(order[1])
    assert case.trace == "t"
    assert case.status == "completed"


def test_it_joins_in_every_round_of_a_rework_loop() -> None:
    case = Case(
        start(),
        gateway("exclusive", "m"),
        gateway("parallel", "f"),
        user("a"),
        user("b"),
        gateway("parallel", "j"),
        script("t"),
        gateway("exclusive", "x", default="default_x"),
        end(),
        flows("s>m>f>a>j", "f>b>j", "j>t>x", "x>m?again", "x>e?*"),
        variables={"again": True},
    )
    for _ in range(3):
        case.do("a")
        assert case.open == "b"
        case.do("b")
        assert case.open == "a b"
    case.set(again=False).do("b").do("a")
    assert (case.status, case.trace) == ("completed", "t t t t")


def test_a_parallel_join_needs_every_flow_not_every_count() -> None:
    case = Case(
        start(),
        gateway("parallel", "f"),
        user("a"),
        user("b"),
        boundary("ba", "a", message(), interrupting=False),
        gateway("exclusive", "x"),
        gateway("parallel", "j"),
        script("t"),
        end(),
        flows("s>f>a>x>j>t>e", "f>b>j", "ba>x"),
    )
    case.message("m1").do("a")
    assert case.trace == ""
    case.do("b")
    assert (case.trace, case.status) == ("t", "running")
    assert [e.waiting for e in case.last if isinstance(e, Stuck)] == [("j",)]


def test_a_token_left_behind_in_a_sub_process_is_told_once() -> None:
    inner = sub(
        "p1",
        start("s1"),
        gateway("exclusive", "x", default="default_x"),
        user("a"),
        user("b"),
        gateway("parallel", "j"),
        end("e1"),
        flows("s1>x", "x>a?p", "x>b?*", "a>j", "b>j", "j>e1"),
    )
    case = Case(start(), gateway("parallel", "f"), inner, user("c"), user("d"), end(), flows("s>f>p1>e", "f>c>d>e"))
    assert not case.of(Stuck)
    case.do("b")
    assert [e.waiting for e in case.of(Stuck)] == [("j",)]
    case.do("c")
    assert len(case.of(Stuck)) == 1
    snapshot = case.machine.inspect(case.state)
    assert snapshot.joins == {"j": 1}
    assert [s.element for s in snapshot.items if s.kind == "task"] == ["d"]


def test_an_exclusive_gateway_takes_the_first_true_flow_else_the_default() -> None:
    def run(**variables: object) -> str:
        return Case(
            start(),
            gateway("exclusive", "x", default="default_x"),
            script("t1"),
            script("t2"),
            script("t3"),
            end(),
            flows("s>x", "x>t1?p", "x>t2?q", "x>t3?*", "t1>e", "t2>e", "t3>e"),
            variables=variables,
        ).trace

    assert run(p=True, q=True) == "t1"
    assert run(p=False, q=True) == "t2"
    assert run(p=None, q="yes") == "t3", "only true is true"


def test_a_default_flow_drawn_first_is_still_the_last_choice() -> None:
    case = Case(
        start(),
        gateway("exclusive", "x", default="default_x"),
        script("t1"),
        script("t2"),
        end(),
        flows("s>x", "x>t1?*", "x>t2?p", "t1>e", "t2>e"),
        variables={"p": True},
    )
    assert case.trace == "t2"


def test_an_inclusive_join_sees_a_token_that_may_come_over_a_link() -> None:
    case = Case(
        start(),
        gateway("parallel", "f"),
        user("a"),
        user("b"),
        throw("l1", link("L")),
        catch("l2", link("L")),
        gateway("inclusive", "j"),
        script("t"),
        end(),
        flows("s>f>a>j>t>e", "f>b>l1", "l2>j"),
    )
    assert case.do("a").trace == ""
    assert case.do("b").trace == "t"
    assert case.status == "completed"


def test_an_exclusive_gateway_without_way_out_fails_the_step() -> None:
    case = Case(start(), user("a"), gateway("exclusive", "x"), end(), end("e2"), flows("s>a>x", "x>e?p", "x>e2?q"))
    before = case.state
    with pytest.raises(StepFailed) as failure:
        case.do("a", p=False, q=False)
    assert "x" in failure.value.en
    assert case.state == before
    case.do("a", p=True)
    assert case.status == "completed"


INCLUSIVE = (
    start(),
    gateway("inclusive", "f"),
    user("a"),
    user("b"),
    user("c"),
    gateway("inclusive", "j"),
    script("t"),
    end(),
    flows("s>f", "f>a?x", "f>b?y", "f>c?z", "a>j", "b>j", "c>j", "j>t>e"),
)


@pytest.mark.parametrize("chosen", ["a", "ab", "bc", "abc", "ac"])
def test_an_inclusive_join_waits_for_the_chosen_branches_only(chosen: str) -> None:
    names = dict(zip("abc", "xyz", strict=True))
    case = Case(*INCLUSIVE, variables={names[b]: b in chosen for b in "abc"})
    assert case.open.replace(" ", "") == chosen
    for branch in reversed(chosen):
        assert case.trace == ""
        case.do(branch)
    assert (case.trace, case.status) == ("t", "completed")


def test_an_inclusive_join_sees_a_token_that_may_come_over_a_boundary_event() -> None:
    def fresh() -> Case:
        return Case(
            start(),
            gateway("parallel", "f"),
            user("a"),
            user("b"),
            boundary("bb", "b", message()),
            user("c"),
            gateway("inclusive", "j"),
            script("t"),
            end(),
            end("e2"),
            flows("s>f>a>j>t>e", "f>b>e2", "bb>c>j"),
        )

    case = fresh().do("a")
    assert case.trace == ""
    case.message("m1")
    assert case.trace == ""
    assert case.do("c").trace == "t"
    assert case.status == "completed"
    assert fresh().do("a").do("b").trace == "t"


def test_an_inclusive_join_waits_for_a_token_inside_a_sub_process() -> None:
    inner = sub("p1", start("s1"), user("b"), end("e1"), flows("s1>b>e1"))
    case = Case(
        start(),
        gateway("parallel", "f"),
        user("a"),
        inner,
        gateway("inclusive", "j"),
        script("t"),
        end(),
        flows("s>f>a>j>t>e", "f>p1>j"),
    )
    assert case.do("a").trace == ""
    assert case.do("b").trace == "t"
    assert case.status == "completed"


def test_two_inclusive_joins_that_wait_for_each_other_go_on() -> None:
    case = Case(
        start(),
        gateway("parallel", "f"),
        user("a"),
        user("b"),
        gateway("inclusive", "j1"),
        gateway("inclusive", "j2"),
        task("m1"),
        task("m2"),
        gateway("exclusive", "x1", default="default_x1"),
        gateway("exclusive", "x2", default="default_x2"),
        script("t"),
        end(),
        flows("s>f>a>j1>m1>x1", "f>b>j2>m2>x2", "x1>j2?cross", "x1>t?*", "x2>j1?cross", "x2>t?*", "t>e"),
        variables={"cross": False},
    )
    case.do("a").do("b")
    assert (case.trace, case.status) == ("t t", "completed")


def test_an_event_gateway_takes_the_first_event_only() -> None:
    def fresh() -> Case:
        return Case(
            start(),
            gateway("eventBased", "g"),
            catch("c1", timer("PT1H")),
            catch("c2", timer("PT2H")),
            catch("c3", message()),
            catch("c4", signal()),
            script("t1"),
            script("t2"),
            script("t3"),
            script("t4"),
            end(),
            flows("s>g>c1>t1>e", "g>c2>t2>e", "g>c3>t3>e", "g>c4>t4>e"),
        )

    for case, expected in (
        (fresh().after(hours=3), "t1"),
        (fresh().message("m1"), "t3"),
        (fresh().signal("s1"), "t4"),
    ):
        assert (case.trace, case.status) == (expected, "completed")


def test_an_event_gateway_in_a_loop_arms_again() -> None:
    case = Case(
        start(),
        gateway("exclusive", "m"),
        gateway("eventBased", "g"),
        catch("c1", message("M1")),
        catch("c2", message("M2")),
        script("t"),
        end(),
        flows("s>m>g>c1>t>m", "g>c2>e"),
    )
    case.message("m1").message("m1").message("m1").message("m2")
    assert (case.trace, case.status) == ("t t t", "completed")


def test_an_instantiating_event_gateway_starts_behind_its_event() -> None:
    parts = (
        gateway("eventBased", "g", instantiate="true"),
        catch("c1", message("M1")),
        catch("c2", message("M2")),
        script("t1"),
        script("t2"),
        end(),
        flows("g>c1>t1>e", "g>c2>t2>e"),
    )
    case = Case(*parts, at="c2", payload={"n": 7})
    assert (case.trace, case.status, case.variables["n"]) == ("t2", "completed", 7)


def test_a_parallel_instantiating_event_gateway_still_waits_for_the_others() -> None:
    case = Case(
        gateway("eventBased", "g", instantiate="true", eventGatewayType="Parallel"),
        catch("c1", message("M1")),
        catch("c2", message("M2")),
        gateway("parallel", "j"),
        script("t"),
        end(),
        flows("g>c1>j>t>e", "g>c2>j"),
        at="c1",
    )
    assert (case.trace, case.status) == ("", "running")
    assert case.message("m2").trace == "t"
    assert case.status == "completed"


def test_a_discriminator_fires_once_a_round_and_swallows_the_late_tokens() -> None:
    condition = (
        '<bpmn:activationCondition xsi:type="bpmn:tFormalExpression">activationCount &gt;= 1</bpmn:activationCondition>'
    )
    case = Case(
        start(),
        gateway("exclusive", "m"),
        gateway("parallel", "f"),
        user("a"),
        user("b"),
        element("complexGateway", "j", condition),
        script("t"),
        user("again"),
        gateway("exclusive", "x", default="default_x"),
        end(),
        flows("s>m>f>a>j", "f>b>j", "j>t>again>x", "x>m?more", "x>e?*"),
        variables={"more": True},
    )
    case.do("a")
    assert (case.trace, case.open) == ("t", "again b")
    case.do("b")
    assert case.open == "again"
    case.do("again")
    assert case.open == "a b"
    case.do("b")
    assert case.trace == "t t"
    case.do("a").do("again", more=False)
    assert case.status == "completed"


def test_a_complex_join_two_of_three() -> None:
    condition = (
        '<bpmn:activationCondition xsi:type="bpmn:tFormalExpression">activationCount &gt;= 2</bpmn:activationCondition>'
    )
    case = Case(
        start(),
        gateway("parallel", "f"),
        user("a"),
        user("b"),
        user("c"),
        element("complexGateway", "j", condition),
        script("t"),
        end(),
        flows("s>f>a>j>t>e", "f>b>j", "f>c>j"),
    )
    assert case.do("c").trace == ""
    assert case.do("a").trace == "t"
    assert case.status == "running"
    assert case.do("b").trace == "t"
    assert case.status == "completed"


def test_conditional_flows_leave_an_activity_and_the_default_when_none_is_true() -> None:
    def run(x: bool) -> str:
        return Case(
            start(),
            task("a", default="default_a"),
            script("t1"),
            script("t2"),
            script("t3"),
            end(),
            flows("s>a", "a>t1?x", "a>t2?*", "a>t3", "t1>e", "t2>e", "t3>e"),
            variables={"x": x},
        ).trace

    assert sorted(run(True).split()) == ["t1", "t3"]
    assert sorted(run(False).split()) == ["t2", "t3"]


def test_an_endless_loop_is_reported_and_changes_nothing() -> None:
    with pytest.raises(StepFailed) as failure:
        Case(
            start(),
            gateway("exclusive", "m"),
            script("t"),
            gateway("exclusive", "x", default="default_x"),
            end(),
            flows("s>m>t>x", "x>e?never", "x>m?*"),
        )
    assert "endless" in failure.value.en


def test_a_chain_of_3000_tasks_runs_in_one_step() -> None:
    names = [f"a{i}" for i in range(3000)]
    case = Case(start(), *map(task, names), end(), flows("s>" + ">".join(names) + ">e"))
    assert case.status == "completed"


def test_a_join_in_a_called_process_is_its_own() -> None:
    inner = process(
        start("qs"),
        gateway("parallel", "qf"),
        user("qa"),
        user("qb"),
        gateway("parallel", "qj"),
        script("qt"),
        end("qe"),
        flows("qs>qf>qa>qj>qt>qe", "qf>qb>qj"),
        id="q",
    )
    outer = process(
        start(),
        gateway("parallel", "f"),
        call("c1", "q"),
        call("c2", "q"),
        gateway("parallel", "j"),
        script("t"),
        end(),
        flows("s>f>c1>j>t>e", "f>c2>j"),
    )
    case = Case(outer, inner)
    case.do("qa").do("qa")
    assert case.trace == ""
    case.do("qb")
    assert case.trace == "qt"
    case.do("qb")
    assert (case.trace, case.status) == ("qt qt t", "completed")


def test_token_quantities_split_and_collect() -> None:
    case = Case(start(), script("a", completionQuantity="2"), script("t"), end(), flows("s>a>t>e"))
    assert case.trace == "a t t"
    case = Case(
        start(),
        gateway("parallel", "f"),
        user("a"),
        user("b"),
        gateway("exclusive", "x"),
        script("t", startQuantity="2"),
        end(),
        flows("s>f>a>x>t>e", "f>b>x"),
    )
    assert case.do("a").trace == ""
    assert case.do("b").trace == "t"
    assert case.status == "completed"


def test_an_unfired_timer_of_an_event_sub_process_does_not_block_the_end() -> None:
    case = Case(start(), user("a"), end(), flows("s>a>e"), event_sub("n", timer("PT1H")))
    assert case.do("a").status == "completed"
    assert case.trace == ""


def test_joint_handling_with_multi_instance_between_gateways() -> None:
    case = Case(
        start(),
        gateway("inclusive", "f"),
        user("a"),
        user("b", multi(2)),
        gateway("inclusive", "j"),
        script("t"),
        end(),
        flows("s>f", "f>a?x", "f>b?y", "a>j", "b>j", "j>t>e"),
        variables={"x": True, "y": True},
    )
    case.do("b").do("a")
    assert case.trace == ""
    assert case.do("b").trace == "t"
