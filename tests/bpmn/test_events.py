"""Events: timers, messages, signals, conditions, errors, escalations, links, terminate, event sub-processes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.bpmn import (
    InstanceEnded,
    MessageThrown,
    SignalThrown,
    StaleItem,
    StepFailed,
    Subscribed,
    TimerArmed,
    TimerDisarmed,
    UncaughtError,
)
from tests.bpmn.diagrams import (
    TERMINATE,
    boundary,
    call,
    catch,
    condition,
    element,
    end,
    error,
    escalation,
    event_sub,
    extensions,
    flows,
    gateway,
    link,
    mapping,
    message,
    multi,
    process,
    properties,
    script,
    service,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.bpmn.driver import BEGIN, Case


# -- timers -------------------------------------------------------------------------------------------------------
def test_an_interrupting_timer_takes_over() -> None:
    case = Case(start(), user("a"), boundary("b", "a", timer("PT1H")), user("u"), end(), flows("s>a>e", "b>u>e"))
    case.after(minutes=59)
    assert case.open == "a"
    case.after(minutes=1)
    assert case.open == "u"
    assert case.do("u").status == "completed"


def test_a_cycle_ticks_and_missed_ticks_are_one() -> None:
    def fresh() -> Case:
        return Case(
            start(),
            user("a"),
            boundary("b", "a", timer("R3/PT1H", "Cycle"), interrupting=False),
            script("t"),
            end(),
            flows("s>a>e", "b>t>e"),
        )

    assert fresh().after(hours=30).trace == "t t t"
    case = fresh().asleep(hours=2, minutes=30)
    assert case.trace == "t"
    assert case.after(hours=9).trace == "t t", "the third tick is still to come"


def test_a_timer_given_by_an_expression_moves_when_the_deadline_moves() -> None:
    case = Case(
        start(),
        user("a"),
        boundary("b", "a", timer("=deadlines.handle", "Date"), interrupting=False),
        script("t"),
        end(),
        flows("s>a>e", "b>t>e"),
        context={"deadlines": {"handle": (BEGIN + timedelta(hours=2)).isoformat()}},
    )
    (armed,) = case.of(TimerArmed)
    assert armed.due == BEGIN + timedelta(hours=2)
    case.context["deadlines"] = {"handle": (BEGIN + timedelta(hours=5)).isoformat()}
    case.rearm()
    again = case.last[0]
    assert isinstance(again, TimerArmed)
    assert (again.timer, again.due) == (armed.timer, BEGIN + timedelta(hours=5))
    assert case.after(hours=4).trace == ""
    assert case.after(hours=1).trace == "t"
    assert case.rearm().last == (), "a timer that has fired is not armed again"


def test_a_timer_without_date_waits_for_one() -> None:
    case = Case(
        start(),
        user("a"),
        boundary("b", "a", timer("=deadline", "Date")),
        user("u"),
        end(),
        flows("s>a>e", "b>u>e"),
    )
    assert not case.of(TimerArmed)
    case.context["deadline"] = (BEGIN + timedelta(hours=1)).isoformat()
    assert case.rearm().after(hours=1).open == "u"
    case = Case(start(), user("a"), boundary("b", "a", timer("=d", "Date")), end(), end("e2"), flows("s>a>e", "b>e2"))
    assert case.do("a").status == "completed"


def test_an_expression_duration_counts_from_when_it_was_armed() -> None:
    case = Case(
        start(),
        user("a"),
        boundary("b", "a", timer("=limit")),
        end(),
        end("e2"),
        flows("s>a>e", "b>e2"),
        context={"limit": "PT4H"},
    )
    case.after(hours=1)
    case.context["limit"] = "PT2H"
    (armed,) = case.rearm().last
    assert isinstance(armed, TimerArmed)
    assert armed.due == BEGIN + timedelta(hours=2)


def test_a_timer_fires_only_when_due_and_once() -> None:
    from engine.bpmn import FireTimer

    case = Case(start(), user("a"), boundary("b", "a", timer("PT1H")), user("u"), end(), flows("s>a>e", "b>u>e"))
    (armed,) = case.of(TimerArmed)
    with pytest.raises(StaleItem):
        case.send(FireTimer(armed.timer))
    case.after(hours=1)
    with pytest.raises(StaleItem):
        case.send(FireTimer(armed.timer))


def test_a_timer_that_cannot_be_read_fails_the_step() -> None:
    with pytest.raises(StepFailed) as failure:
        Case(start(), catch("c", timer("=x", "Date")), end(), flows("s>c>e"), variables={"x": "tomorrow"})
    assert "c" in failure.value.en


def test_an_armed_and_disarmed_timer_leaves_no_row() -> None:
    case = Case(
        start(), script("t", "x = 1"), boundary("b", "t", timer("PT1H")), end(), end("e2"), flows("s>t>e", "b>e2")
    )
    assert not case.of(TimerArmed)
    assert not case.of(TimerDisarmed)


# -- messages -----------------------------------------------------------------------------------------------------
def test_a_non_interrupting_message_comes_again_and_again() -> None:
    case = Case(
        start(),
        user("a"),
        boundary("b", "a", message(), interrupting=False),
        script("t"),
        end(),
        flows("s>a>e", "b>t>e"),
    )
    case.message("m1").message("m1").message("m1")
    assert case.trace == "t t t"
    assert case.open == "a"
    assert case.do("a").status == "completed"


def test_a_payload_becomes_variables_or_what_the_outputs_pick() -> None:
    case = Case(start(), catch("c", message()), user("a"), end(), flows("s>c>a>e"))
    assert case.message("m1", n=1, m=2).variables == {"n": 1, "m": 2}
    case = Case(
        start(),
        catch("c", extensions(mapping(outputs={"k": "=n + 1", "document.seen": "=m"})), message()),
        user("a"),
        end(),
        flows("s>c>a>e"),
    )
    case.message("m1", n=1, m=2)
    assert case.variables == {"k": 2}
    assert case.context == {"seen": 2}


def test_a_subscription_has_its_correlation_key() -> None:
    keyed = extensions(properties(correlationKey="=caseNo"))
    case = Case(start(), catch("c", keyed, message()), user("a"), end(), flows("s>c>a>e"), context={"caseNo": "HJ1"})
    (subscribed,) = case.of(Subscribed)
    assert (subscribed.name, subscribed.key, subscribed.kind) == ("m1", "HJ1", "message")
    with pytest.raises(StepFailed):
        Case(start(), catch("c", keyed, message()), user("a"), end(), flows("s>c>a>e"))


def test_a_thrown_message_carries_inputs_and_key() -> None:
    out = extensions(properties(correlationKey="=no"), mapping({"no": "=caseNo", "text": "done ${caseNo}"}))
    case = Case(
        start(),
        element("sendTask", "m", out, messageRef="M1"),
        throw("t", out, message("M2")),
        end("e", out, message("M3")),
        flows("s>m>t>e"),
        context={"caseNo": "HJ1"},
    )
    thrown = case.of(MessageThrown)
    assert [t.name for t in thrown] == ["m1", "m2", "m3"]
    assert all(t.key == "HJ1" and t.payload == {"no": "HJ1", "text": "done HJ1"} for t in thrown)
    assert case.status == "completed"
    assert case.variables == {}


def test_bpmn_correlation_subscriptions_give_the_key() -> None:
    extra = (
        '<bpmn:message id="MK" name="mk"/><bpmn:correlationProperty id="cp" name="no">'
        '<bpmn:correlationPropertyRetrievalExpression messageRef="MK">'
        "<bpmn:messagePath>order.no</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>"
        '</bpmn:correlationProperty><bpmn:collaboration id="co"><bpmn:participant id="pa" processRef="p"/>'
        '<bpmn:correlationKey id="ck" name="k"><bpmn:correlationPropertyRef>cp</bpmn:correlationPropertyRef>'
        "</bpmn:correlationKey></bpmn:collaboration>"
    )
    subscription = (
        '<bpmn:correlationSubscription id="cs" correlationKeyRef="ck"><bpmn:correlationPropertyBinding id="cpb" '
        'correlationPropertyRef="cp"><bpmn:dataPath>caseNo</bpmn:dataPath></bpmn:correlationPropertyBinding>'
        "</bpmn:correlationSubscription>"
    )
    case = Case(
        start(),
        throw("t", extensions(mapping({"order": "={no: 5}"})), message("MK")),
        catch("c", message("MK")),
        end(),
        flows("s>t>c>e"),
        subscription,
        variables={"caseNo": "HJ1"},
        extra=extra,
    )
    assert case.of(MessageThrown)[0].key == "5"
    assert case.of(Subscribed)[0].key == "HJ1"


def test_a_confirmed_send_waits_and_may_fail() -> None:
    def fresh() -> Case:
        send = element(
            "sendTask",
            "m",
            extensions(properties(confirm="true", correlationKey="x"), mapping({"a": "=1"})),
            messageRef="M1",
        )
        return Case(start(), send, boundary("b", "m", error("E1")), script("t"), end(), flows("s>m>e", "b>t>e"))

    case = fresh()
    assert case.jobs == "m"
    assert case.do("m").status == "completed"
    assert case.trace == ""
    case = fresh().fail("m", "E1")
    assert (case.trace, case.status) == ("t", "completed")


def test_a_throwing_event_with_topic_is_a_job() -> None:
    case = Case(
        start(),
        throw(
            "t", extensions(mapping({"a": "=1"})), message("M1", camunda_type="external", camunda_topic="hotline.send")
        ),
        end(),
        flows("s>t>e"),
    )
    assert case.jobs == "t"
    assert case.last[-1].topic == "hotline.send"
    assert case.last[-1].inputs == {"a": 1}
    assert case.do("t").status == "completed"


def test_a_receive_task_gets_one_message_an_instance() -> None:
    receive = element("receiveTask", "r", multi(2, sequential=True), messageRef="M1")
    case = Case(start(), receive, script("t"), end(), flows("s>r>t>e"))
    assert case.message("m1").trace == ""
    assert case.message("m1").trace == "t"


def test_an_instantiating_receive_task_begins_the_process() -> None:
    parts = (element("receiveTask", "r", messageRef="M1", instantiate="true"), script("t"), end(), flows("r>t>e"))
    case = Case(*parts, at="r", payload={"n": 3})
    assert (case.trace, case.status, case.variables) == ("t", "completed", {"n": 3})


def test_a_message_start_maps_its_payload() -> None:
    case = Case(
        start("s", extensions(mapping(outputs={"document.no": "=no"})), message()),
        user("a"),
        end(),
        flows("s>a>e"),
        at="s",
        payload={"no": "A7"},
    )
    assert case.context == {"no": "A7"}
    assert case.variables == {}


# -- signals ------------------------------------------------------------------------------------------------------
def test_a_signal_reaches_all_or_those_with_its_key() -> None:
    def waiting(id: str) -> str:
        return catch(id, extensions(properties(correlationKey=f"={id}key")), signal())

    def fresh() -> Case:
        return Case(
            start(),
            gateway("parallel", "f"),
            waiting("c1"),
            waiting("c2"),
            script("t1"),
            script("t2"),
            end(),
            flows("s>f>c1>t1>e", "f>c2>t2>e"),
            variables={"c1key": "A", "c2key": "B"},
        )

    assert fresh().signal("s1").trace == "t1 t2"
    case = fresh().signal("s1", "B")
    assert case.trace == "t2"
    assert case.signal("s1", "C").trace == "t2"


def test_a_thrown_signal_is_delivered_before_the_next_token() -> None:
    case = Case(
        start(),
        sub("p1", start("s1"), throw("x", signal()), script("i"), end("e1"), flows("s1>x>i>e1")),
        boundary("b", "p1", signal()),
        script("t"),
        end(),
        flows("s>p1>e", "b>t>e"),
    )
    assert (case.trace, case.status) == ("t", "completed")
    assert [s.name for s in case.of(SignalThrown)] == ["s1"]


def test_a_signal_that_kills_a_later_receiver_does_not_reach_it() -> None:
    case = Case(
        start(),
        sub("p1", start("s1"), catch("c", signal()), script("i"), end("e1"), flows("s1>c>i>e1")),
        boundary("b", "p1", signal()),
        script("t"),
        end(),
        flows("s>p1>e", "b>t>e"),
    )
    assert case.signal("s1").trace == "t"
    assert case.status == "completed"


def test_a_branch_that_waits_is_armed_before_its_sibling_acts() -> None:
    case = Case(
        start(),
        gateway("parallel", "f"),
        throw("x", signal()),
        catch("c", signal()),
        script("t"),
        end(),
        end("e2"),
        flows("s>f>x>e2", "f>c>t>e"),
    )
    assert (case.trace, case.status) == ("t", "completed")


def test_parallel_multiple_waits_for_all_its_events() -> None:
    case = Case(
        start(), catch("c", message() + signal(), parallelMultiple="true"), script("t"), end(), flows("s>c>t>e")
    )
    assert case.message("m1").message("m1").trace == ""
    assert case.signal("s1").trace == "t"
    assert case.status == "completed"


def test_outputs_of_parallel_multiple_see_every_payload() -> None:
    picks = extensions(mapping(outputs={"sum": "=a + b"}))
    case = Case(
        start(),
        catch("c", picks, message() + signal(), parallelMultiple="true"),
        user("u"),
        end(),
        flows("s>c>u>e"),
    )
    assert case.message("m1", a=1).signal("s1", b=2).variables == {"sum": 3}


def test_a_data_output_of_an_event_takes_the_payload() -> None:
    output = (
        '<bpmn:dataOutput id="do" name="report"/><bpmn:dataOutputAssociation id="da">'
        "<bpmn:sourceRef>do</bpmn:sourceRef><bpmn:targetRef>dr</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )
    data = '<bpmn:dataObject id="dobj"/><bpmn:dataObjectReference id="dr" dataObjectRef="dobj"/>'
    for payload, expected in (({"report": 5}, 5), ({"x": 1}, {"x": 1})):
        case = Case(start(), catch("c", output, message()), user("u"), end(), data, flows("s>c>u>e"))
        assert case.message("m1", **payload).variables["dobj"] == expected


def test_multiple_takes_any_of_its_events() -> None:
    def fresh() -> Case:
        return Case(start(), catch("c", message() + signal() + timer("PT1H")), script("t"), end(), flows("s>c>t>e"))

    for case in (fresh().message("m1"), fresh().signal("s1"), fresh().after(hours=1)):
        assert (case.trace, case.status) == ("t", "completed")


# -- conditions ---------------------------------------------------------------------------------------------------
def test_a_condition_fires_on_the_edge() -> None:
    case = Case(
        start(),
        user("a"),
        boundary("b", "a", condition("n > 2"), interrupting=False),
        script("t"),
        end(),
        flows("s>a>e", "b>t>e"),
        variables={"n": 0},
    )
    case.set(n=3).set(n=4)
    assert case.trace == "t"
    case.set(n=0).set(n=5)
    assert case.trace == "t t"
    assert case.do("a").status == "completed"


def test_a_condition_hears_the_document_and_other_tokens() -> None:
    case = Case(start(), catch("c", condition("ready")), script("t"), end(), flows("s>c>t>e"), context={"ready": None})
    assert case.trace == ""
    assert case.change(ready=True).trace == "t"
    case = Case(
        start(),
        gateway("parallel", "f"),
        catch("c", condition("n = 1")),
        user("a"),
        script("t"),
        end(),
        end("e2"),
        flows("s>f>c>t>e", "f>a>e2"),
        variables={"n": 0},
    )
    assert case.do("a", n=1).trace == "t"
    assert case.status == "completed"


def test_a_condition_true_at_once_fires_at_once() -> None:
    case = Case(start(), catch("c", condition("true")), script("t"), end(), flows("s>c>t>e"))
    assert (case.trace, case.status) == ("t", "completed")
    case = Case(
        start(),
        user("a"),
        boundary("b", "a", condition("n = 1")),
        script("t"),
        end(),
        flows("s>a>e", "b>t>e"),
        variables={"n": 1},
    )
    assert (case.trace, case.status, case.open) == ("t", "completed", "")


# -- errors -------------------------------------------------------------------------------------------------------
def part(name: str, *last: str) -> str:
    return sub(name, start(name + "s"), user(name + "u"), end(name + "e", *last), flows(f"{name}s>{name}u>{name}e"))


def test_only_the_own_scope_catches_an_error() -> None:
    case = Case(
        start(),
        gateway("parallel", "f"),
        part("p1", error()),
        part("p2"),
        boundary("b1", "p1", error()),
        boundary("b2", "p2", error()),
        script("t1"),
        script("t2"),
        end(),
        flows("s>f>p1>e", "f>p2>e", "b1>t1>e", "b2>t2>e"),
    )
    case.do("p1u")
    assert (case.trace, case.open) == ("t1", "p2u")
    assert case.do("p2u").status == "completed"
    assert case.trace == "t1"


def test_an_exact_code_comes_before_catch_all() -> None:
    case = Case(
        start(),
        user("a"),
        boundary("b0", "a", error(None)),
        boundary("b1", "a", error("E1")),
        script("t0"),
        script("t1"),
        end(),
        flows("s>a>e", "b0>t0>e", "b1>t1>e"),
    )
    assert case.fail("a", "E1").trace == "t1"
    case = Case(start(), user("a"), boundary("b0", "a", error(None)), script("t0"), end(), flows("s>a>e", "b0>t0>e"))
    assert case.fail("a", "ANY").trace == "t0"


def test_an_error_that_nobody_catches_is_refused_and_changes_nothing() -> None:
    case = Case(start(), service("a", "x.y"), end(), flows("s>a>e"))
    before = case.state
    with pytest.raises(UncaughtError) as failure:
        case.fail("a", "E9")
    assert failure.value.code == "BPMN_ERROR_NOT_CAUGHT"
    assert case.state == before


def test_an_uncaught_error_end_event_terminates_with_its_code() -> None:
    case = Case(
        start(), gateway("parallel", "f"), user("a"), user("b"), end(), end("x", error()), flows("s>f>a>x", "f>b>e")
    )
    case.do("a")
    (ended,) = case.of(InstanceEnded)
    assert (ended.status, ended.error, case.status) == ("terminated", "E1", "terminated")


def test_an_error_leaves_a_called_process() -> None:
    outer = process(start(), call("c", "q"), boundary("b", "c", error()), script("t"), end(), flows("s>c>e", "b>t>e"))
    inner = process(
        start("qs"),
        gateway("parallel", "qf"),
        user("qu"),
        script("qr", "raise E1"),
        end("qe"),
        flows("qs>qf>qu>qe", "qf>qr>qe"),
        id="q",
    )
    case = Case(outer, inner)
    assert (case.trace, case.status, case.open) == ("t", "completed", "")


def test_an_error_of_one_instance_ends_the_multi_instance() -> None:
    case = Case(start(), user("a", multi(3)), boundary("b", "a", error()), script("t"), end(), flows("s>a>e", "b>t>e"))
    case.do("a").fail("a", "E1")
    assert (case.trace, case.status, case.open) == ("t", "completed", "")


def test_code_and_message_reach_the_variables_that_ask_for_them() -> None:
    definition = (
        '<bpmn:errorEventDefinition errorRef="E1" camunda:errorCodeVariable="code" camunda:errorMessageVariable="why"/>'
    )
    case = Case(start(), service("a", "x"), boundary("b", "a", definition), user("u"), end(), flows("s>a>e", "b>u>e"))
    assert case.fail("a", "E1", "line busy").variables == {"code": "E1", "why": "line busy"}


def test_an_error_in_an_event_sub_process_goes_outwards() -> None:
    case = Case(
        start(),
        sub(
            "p1",
            start("s1"),
            script("a", "raise E1"),
            end("e1"),
            flows("s1>a>e1"),
            event_sub("h", error(), script("hx", "raise E1"), flows("hs>hx>he")),
        ),
        boundary("b", "p1", error()),
        script("t"),
        end(),
        flows("s>p1>e", "b>t>e"),
    )
    assert (case.trace, case.status) == ("t", "completed")


# -- escalations --------------------------------------------------------------------------------------------------
def test_an_interrupting_escalation_stops_inner_tokens_before_they_run() -> None:
    inner = sub(
        "p1",
        start("s1"),
        gateway("parallel", "f"),
        throw("x", escalation()),
        script("i"),
        script("k"),
        end("e1"),
        flows("s1>f>x>k>e1", "f>i>e1"),
    )
    case = Case(start(), inner, boundary("b", "p1", escalation()), script("t"), end(), flows("s>p1>e", "b>t>e"))
    assert (case.trace, case.status) == ("t", "completed")


def test_an_uncaught_escalation_goes_on() -> None:
    case = Case(start(), throw("x", escalation()), script("t"), end("e", escalation()), flows("s>x>t>e"))
    assert (case.trace, case.status) == ("t", "completed")


def test_a_task_escalates_and_goes_on() -> None:
    case = Case(
        start(),
        user("a"),
        boundary("b", "a", escalation(), interrupting=False),
        script("t"),
        end(),
        flows("s>a>e", "b>t>e"),
    )
    case.escalate("a", "X1").escalate("a", "X1").escalate("a", "X9")
    assert (case.trace, case.open) == ("t t", "a")


def test_an_escalation_of_an_event_sub_process_is_not_caught_by_its_siblings() -> None:
    inner = sub(
        "p1",
        start("s1"),
        user("a"),
        end("e1"),
        flows("s1>a>e1"),
        event_sub("h", message(), throw("hx", escalation()), flows("hs>hx>he"), interrupting=False),
        event_sub("k", escalation(), interrupting=False),
    )
    case = Case(
        start(),
        inner,
        boundary("b", "p1", escalation(), interrupting=False),
        script("t"),
        end(),
        flows("s>p1>e", "b>t>e"),
    )
    assert case.message("m1").trace == "t"


# -- event sub-processes ------------------------------------------------------------------------------------------
def test_an_event_sub_process_that_does_not_interrupt_comes_again() -> None:
    case = Case(start(), user("a"), end(), flows("s>a>e"), event_sub("n", message(), interrupting=False))
    assert case.message("m1").message("m1").do("a").status == "completed"
    assert case.trace == "nt nt"


def test_an_interrupting_event_sub_process_stops_everything_and_disarms_the_others() -> None:
    case = Case(
        start(),
        gateway("parallel", "f"),
        user("a"),
        user("b"),
        end(),
        flows("s>f>a>e", "f>b>e"),
        event_sub("n", message(), user("nu"), flows("ns>nu>ne")),
        event_sub("k", timer("R/PT1H", "Cycle"), interrupting=False),
    )
    case.after(hours=1).message("m1").after(hours=20)
    assert (case.trace, case.open) == ("kt", "nu")
    assert case.do("nu").status == "completed"


def test_a_running_event_sub_process_keeps_its_scope_open() -> None:
    case = Case(
        start(),
        user("a"),
        end(),
        flows("s>a>e"),
        event_sub("n", message(), user("nu"), flows("ns>nu>ne"), interrupting=False),
    )
    case.message("m1").do("a")
    assert (case.status, case.open) == ("running", "nu")
    assert case.do("nu").status == "completed"


def test_a_token_dies_with_the_scope_its_own_signal_interrupts() -> None:
    case = Case(start(), throw("x", signal()), script("t"), end(), flows("s>x>t>e"), event_sub("n", signal()))
    assert (case.trace, case.status) == ("nt", "completed")


def test_an_event_sub_process_in_a_called_process() -> None:
    outer = process(start(), call("c", "q"), script("t"), end(), flows("s>c>t>e"))
    inner = process(start("qs"), user("qu"), end("qe"), flows("qs>qu>qe"), event_sub("n", message()), id="q")
    case = Case(outer, inner).message("m1")
    assert (case.trace, case.status, case.open) == ("nt t", "completed", "")


def test_a_conditional_event_sub_process() -> None:
    case = Case(
        start(),
        user("a"),
        end(),
        flows("s>a>e"),
        event_sub("n", condition("stop"), interrupting=True),
        variables={"stop": False},
    )
    assert case.set(stop=True).trace == "nt"
    assert case.status == "completed"


def test_of_two_conditions_true_at_once_the_one_that_interrupts_silences_the_other() -> None:
    case = Case(
        start(),
        user("a"),
        end(),
        flows("s>a>e"),
        event_sub("m", condition("stop"), user("mu"), flows("ms>mu>me"), interrupting=True),
        event_sub("n", condition("stop"), user("nu"), flows("ns>nu>ne"), interrupting=True),
        variables={"stop": False},
    )
    assert case.set(stop=True).open == "mu"
    assert case.do("mu").status == "completed"


def test_a_timer_event_sub_process_interrupts_by_time() -> None:
    case = Case(start(), user("a"), end(), flows("s>a>e"), event_sub("n", timer("P1D")))
    assert case.after(days=1).trace == "nt"
    assert case.status == "completed"


# -- others -------------------------------------------------------------------------------------------------------
def test_links_jump() -> None:
    case = Case(
        start(),
        script("a"),
        throw("l1", link("L")),
        catch("l2", link("L")),
        script("b"),
        end(),
        flows("s>a>l1", "l2>b>e"),
    )
    assert (case.trace, case.status) == ("a b", "completed")


def test_terminate_ends_only_its_scope() -> None:
    inner = sub(
        "p1",
        start("s1"),
        gateway("parallel", "f"),
        user("a"),
        end("e1", TERMINATE),
        end("e2"),
        flows("s1>f>a>e2", "f>e1"),
    )
    case = Case(start(), inner, script("t"), end(), flows("s>p1>t>e"))
    assert (case.trace, case.status, case.open) == ("t", "completed", "")
    case = Case(
        start(), gateway("parallel", "f"), user("a"), task("k"), end("e1", TERMINATE), end(), flows("s>f>a>e", "f>k>e1")
    )
    assert case.status == "terminated"
    assert case.of(InstanceEnded)[0].error is None


def test_all_definitions_of_a_throwing_event_fire_in_order() -> None:
    case = Case(start(), throw("x", message("M1") + signal("S1") + message("M2")), end(), flows("s>x>e"))
    assert [e.name for e in case.of(MessageThrown) + case.of(SignalThrown)] == ["m1", "m2", "s1"]


def test_cancel_ends_everything() -> None:
    case = Case(
        start(), user("a"), boundary("b", "a", timer("PT1H")), end(), end("e2"), flows("s>a>e", "b>e2")
    ).cancel()
    assert case.status == "cancelled"
    assert case.of(InstanceEnded)[0].status == "cancelled"
    with pytest.raises(StaleItem):
        case.cancel()
