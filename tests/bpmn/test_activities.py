"""Activities: tasks and jobs, loops, multi-instance, sub-processes, calls, ad-hoc, transactions, compensation, data."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn import (
    Activate,
    Complete,
    ElementEntered,
    ElementLeft,
    InvalidDiagram,
    JobOpened,
    StaleItem,
    StepFailed,
    TaskOpened,
    read,
)
from tests.bpmn.diagrams import (
    CANCEL,
    associations,
    boundary,
    call,
    catch,
    compensate,
    document,
    element,
    end,
    error,
    event_sub,
    extensions,
    flows,
    formal,
    gateway,
    handler,
    mapping,
    message,
    multi,
    process,
    properties,
    script,
    service,
    standard_loop,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.bpmn.driver import Case, Shelf


# -- tasks and jobs -----------------------------------------------------------------------------------------------
def test_a_user_task_shows_its_evaluated_attributes() -> None:
    case = Case(
        start(),
        user(
            "a",
            extensions(properties(sla="handle", tier='="T" + string(n)'), mapping({"unit": "=main"})),
            camunda_formRef="case/handle",
            camunda_candidateGroups="handler@${unit}, monitor",
            camunda_assignee="=who",
            camunda_dueDate="=deadline",
        ),
        end(),
        flows("s>a>e"),
        variables={"n": 2, "main": "U7"},
        context={"who": None, "deadline": "2026-10-01"},
    )
    (opened,) = case.of(TaskOpened)
    assert opened.attributes == {
        "form_ref": "case/handle",
        "candidate_groups": ("handler@U7", "monitor"),
        "candidate_users": (),
        "assignee": None,
        "due_date": "2026-10-01",
    }
    assert opened.properties == {"sla": "handle", "tier": "T2"}
    assert opened.local == {"unit": "U7"}


def test_a_list_may_name_the_candidates() -> None:
    case = Case(start(), user("a", camunda_candidateGroups='=["x", "y"]'), end(), flows("s>a>e"))
    assert case.of(TaskOpened)[0].attributes["candidate_groups"] == ("x", "y")


def test_results_go_outward_and_inputs_end() -> None:
    case = Case(
        start(),
        user("a", extensions(mapping({"n": "=10"}, {"total": "=n + given", "document.given": "=given"}))),
        user("b"),
        end(),
        flows("s>a>b>e"),
        variables={"n": 1},
    )
    case.do("a", given=5)
    assert case.variables == {"n": 1, "given": 5, "total": 15}
    assert case.context == {"given": 5}


def test_a_form_may_set_a_variable_that_was_also_its_input() -> None:
    case = Case(
        start(), user("a", extensions(mapping({"n": "=n"}))), user("b"), end(), flows("s>a>b>e"), variables={"n": 1}
    )
    assert case.do("a", n=2).variables == {"n": 2}


def test_later_expressions_of_a_step_see_what_was_written_to_the_document() -> None:
    case = Case(
        start(),
        task("a", extensions(mapping(outputs={"document.level": '="A"', "seen": "=level", "deep": "=document.level"}))),
        user("u"),
        end(),
        flows("s>a>u>e"),
        context={"level": "C", "document": {"level": "C"}},
    )
    assert case.variables == {"seen": "A", "deep": "A"}


def test_the_next_element_of_a_step_sees_what_was_written_to_the_document() -> None:
    case = Case(
        start(),
        task("a", extensions(mapping(outputs={"document.level": '="A"'}))),
        task("b", extensions(mapping({"n": "=level"}, {"seen": "=n"}))),
        user("u"),
        end(),
        flows("s>a>b>u>e"),
        context={"level": "C"},
    )
    assert case.variables == {"seen": "A"}


def test_a_field_inside_an_object_of_the_document_is_written() -> None:
    writes = {"document.result.code": "=7", "document.result.text": '="ok"', "seen": "=result.code + result.old"}
    case = Case(
        start(),
        task("a", extensions(mapping(outputs=writes))),
        user("u"),
        end(),
        flows("s>a>u>e"),
        context={"result": {"old": 1, "code": 0}},
    )
    assert case.context == {"result": {"old": 1, "code": 7, "text": "ok"}}
    assert case.variables == {"seen": 8}


def test_a_job_gets_inputs_and_gives_a_result() -> None:
    case = Case(
        start(),
        service("a", "hotline.reply", extensions(mapping({"text": "=t", "list": "=[1, 2]"}, {"receipt": "=no"}))),
        user("u"),
        end(),
        flows("s>a>u>e"),
        variables={"t": "hello"},
    )
    (job,) = case.of(JobOpened)
    assert (job.topic, job.inputs) == ("hotline.reply", {"text": "hello", "list": [1, 2]})
    assert case.do("a", no="R1", other=2).variables == {"t": "hello", "receipt": "R1"}


def test_a_decision_gives_a_variable_a_document_field_or_several() -> None:
    def rule(**attributes: str) -> Case:
        return Case(
            start(),
            element("businessRuleTask", "r", camunda_decisionRef="dmn_sla", **attributes),
            user("u"),
            end(),
            flows("s>r>u>e"),
            decisions={"dmn_sla": {"limit": 3}},
        )

    assert rule(camunda_resultVariable="sla").variables == {"sla": {"limit": 3}}
    assert rule(camunda_resultVariable="document.sla").context == {"sla": {"limit": 3}}
    assert rule().variables == {"limit": 3}


def test_a_decision_sees_its_inputs() -> None:
    case = Case(
        start(),
        element(
            "businessRuleTask", "r", extensions(mapping({"x": "=n + 1"}, {"y": "=answer * 2"})), camunda_decisionRef="d"
        ),
        user("u"),
        end(),
        flows("s>r>u>e"),
        variables={"n": 1},
        decisions={"d": lambda scopes: {"answer": next(s["x"] for s in scopes if "x" in s)}},
    )
    assert case.variables == {"n": 1, "y": 4}


def test_a_stale_completion_is_told() -> None:
    case = Case(start(), user("a"), user("b"), end(), flows("s>a>b>e"))
    item = case.item("a")
    case.do("a")
    with pytest.raises(StaleItem):
        case.send(Complete(item))


def test_a_failing_expression_names_the_element_and_leaves_the_bytes() -> None:
    case = Case(
        start(), user("a"), element("businessRuleTask", "r", camunda_decisionRef="none"), end(), flows("s>a>r>e")
    )
    before = case.state
    with pytest.raises(StepFailed) as failure:
        case.do("a")
    assert "r" in failure.value.en
    assert case.state == before
    assert case.open == "a"


def test_every_element_is_entered_and_left() -> None:
    case = Case(start(), task("a"), user("b"), end(), flows("s>a>b>e"))
    case.do("b")
    assert [e.element for e in case.of(ElementEntered)] == ["p", "s", "a", "b", "e"]
    assert sorted(e.item for e in case.of(ElementEntered)) == sorted(e.item for e in case.of(ElementLeft))


# -- loops --------------------------------------------------------------------------------------------------------
def test_a_standard_loop_runs_after_the_test_or_before() -> None:
    assert Case(start(), script("a", None, standard_loop("loopCounter < 3")), end(), flows("s>a>e")).trace == "a a a"
    assert Case(start(), script("a", None, standard_loop("false", before=True)), end(), flows("s>a>e")).trace == ""
    assert Case(start(), script("a", None, standard_loop("true", maximum=2)), end(), flows("s>a>e")).trace == "a a"
    case = Case(start(), user("a", standard_loop("again")), end(), flows("s>a>e"), variables={"again": True})
    assert case.do("a").do("a", again=False).status == "completed"


def test_5000_rounds_of_a_standard_loop() -> None:
    case = Case(start(), script("a", "n = n + 1", standard_loop("n < 5000")), end(), flows("s>a>e"), variables={"n": 0})
    assert (case.status, case.variables["n"]) == ("completed", 5000)


@pytest.mark.parametrize("sequential", [True, False])
def test_multi_instance_over_a_collection(sequential: bool) -> None:
    loop = multi(None, sequential, camunda_collection="=units", camunda_elementVariable="unit")
    case = Case(
        start(),
        user("a", loop, camunda_candidateGroups="handler@${unit}"),
        script("t"),
        end(),
        flows("s>a>t>e"),
        variables={"units": ["U1", "U2", "U3"]},
    )
    assert case.open == ("a" if sequential else "a a a")
    for _ in range(3):
        assert case.trace == ""
        case.do("a")
    assert (case.trace, case.status) == ("t", "completed")
    groups = [e.attributes["candidate_groups"] for e in case.of(TaskOpened)]
    assert groups == [("handler@U1",), ("handler@U2",), ("handler@U3",)]
    assert [e.local["loopCounter"] for e in case.of(TaskOpened)] == [0, 1, 2]
    assert "unit" not in case.variables


def test_multi_instance_over_nothing_goes_on() -> None:
    for empty in ([], None):
        loop = multi(None, camunda_collection="units")
        case = Case(start(), user("a", loop), script("t"), end(), flows("s>a>t>e"), variables={"units": empty})
        assert (case.trace, case.status) == ("t", "completed")


def test_a_completion_condition_cancels_the_rest() -> None:
    case = Case(start(), user("a", multi(4, until="nrOfCompletedInstances >= 2")), script("t"), end(), flows("s>a>t>e"))
    case.do("a")
    assert case.open == "a a a"
    case.do("a")
    assert (case.trace, case.status, case.open) == ("t", "completed", "")


def test_results_of_instances_are_collected_in_order() -> None:
    loop = multi(
        None,
        camunda_collection="units",
        camunda_elementVariable="unit",
        camunda_outputCollection="answers",
        camunda_outputElement="answer",
    )
    case = Case(start(), user("a", loop), user("u"), end(), flows("s>a>u>e"), variables={"units": ["x", "y"]})
    items = sorted(k[1] for k, v in case.rows.items() if v == "a")
    case.send(Complete(items[1], {"answer": 2})).send(Complete(items[0], {"answer": 1}))
    assert case.variables["answers"] == [1, 2]
    assert "answer" not in case.variables


def test_a_bad_number_of_instances_fails_the_step() -> None:
    for bad in ("=n", "n"):
        with pytest.raises(StepFailed):
            Case(start(), user("a", multi(bad)), end(), flows("s>a>e"), variables={"n": "many"})
    with pytest.raises(InvalidDiagram):
        Case(start(), user("a", multi(-1)), end(), flows("s>a>e"))


def test_a_timer_on_a_multi_instance_sub_process_and_coming_back() -> None:
    inner = sub("p1", start("s1"), user("a"), end("e1"), flows("s1>a>e1"), multi(3))
    case = Case(
        start(),
        gateway("exclusive", "m"),
        inner,
        boundary("b", "p1", timer("PT1H")),
        script("t"),
        end(),
        flows("s>m>p1>e", "b>t>m"),
    )
    case.do("a").after(hours=1)
    assert case.open == "a a a"
    assert case.do("a").do("a").do("a").status == "completed"
    assert case.trace == "t"


def test_nested_multi_instances() -> None:
    inner = sub("p1", start("s1"), user("a", multi(2)), end("e1"), flows("s1>a>e1"), multi(2, sequential=True))
    case = Case(start(), inner, script("t"), end(), flows("s>p1>t>e"))
    for expected in ("a a", "a", "a a", "a"):
        assert case.open == expected
        case.do("a")
    assert (case.trace, case.status) == ("t", "completed")


@pytest.mark.parametrize(("behaviour", "expected"), [("None", "a t a t a t"), ("One", "a t a a")])
def test_a_multi_instance_tells_its_boundary_of_each_completion_or_of_the_first(behaviour: str, expected: str) -> None:
    reference = {f"{behaviour.lower()}BehaviorEventRef": "told"}
    definition = '<bpmn:signalEventDefinition id="told" signalRef="S1"/>'
    case = Case(
        start(),
        script("a", None, multi(3, sequential=True, behavior=behaviour, **reference)),
        boundary("b", "a", definition),
        script("t"),
        user("u"),
        end(),
        end("e2"),
        flows("s>a>u>e", "b>t>e2"),
    )
    assert sorted(case.trace.split()) == sorted(expected.split())
    assert case.open == "u", "the event of a behaviour never interrupts"


def test_a_complex_behaviour_ends_the_rest() -> None:
    part = (
        "<bpmn:complexBehaviorDefinition><bpmn:condition>numberOfCompletedInstances = 2</bpmn:condition>"
        '<bpmn:event><bpmn:signalEventDefinition id="cs" signalRef="S1"/></bpmn:event></bpmn:complexBehaviorDefinition>'
    )
    loop = multi(4, behavior="Complex").replace("</bpmn:multi", part + "</bpmn:multi")
    signalled = '<bpmn:signalEventDefinition id="bs" signalRef="S1"/>'
    case = Case(
        start(),
        user("a", loop),
        boundary("b", "a", signalled),
        script("t"),
        script("k"),
        end(),
        end("e2"),
        flows("s>a>k>e", "b>t>e2"),
    )
    case.do("a")
    assert case.trace == ""
    case.do("a")
    assert sorted(case.trace.split()) == ["k", "t"]
    assert case.status == "completed"


# -- calls --------------------------------------------------------------------------------------------------------
INNER = process(start("qs"), user("qu"), end("qe"), flows("qs>qu>qe"), id="q")


def test_a_call_without_mapping_shares_everything() -> None:
    case = Case(process(start(), call("c", "q"), user("u"), end(), flows("s>c>u>e")), INNER, variables={"n": 1})
    assert case.do("qu", n=2, m=3).variables == {"n": 2, "m": 3}


def test_a_call_with_mappings_shares_only_those() -> None:
    maps = extensions(
        '<camunda:in source="n" target="k"/><camunda:in sourceExpression="=n * 10" target="ten"/>'
        '<camunda:out source="m" target="r"/>'
    )
    case = Case(process(start(), call("c", "q", maps), user("u"), end(), flows("s>c>u>e")), INNER, variables={"n": 1})
    case.do("qu", m=3, secret=1)
    assert case.variables == {"n": 1, "r": 3}
    (entered,) = [e for e in case.of(ElementEntered) if e.element == "qu"]
    assert entered.definition == "q"


def test_a_call_takes_the_version_of_its_binding() -> None:
    outer = read(
        document(
            process(
                start(),
                call("c", "q", camunda_calledElementBinding="version", camunda_calledElementVersion="2"),
                end(),
                flows("s>c>e"),
            )
        )
    )
    (old,) = read(document(INNER), lambda key: "q:1")
    (new,) = read(document(INNER), lambda key: "q:2")
    from engine.bpmn import Machine
    from tests.bpmn.driver import BEGIN, Environment

    machine = Machine(Shelf([*outer, old, new]), Environment())
    step = machine.start(outer[0], {}, BEGIN)
    assert [e.definition for e in step.effects if isinstance(e, TaskOpened)] == ["q:2"]


def test_an_unknown_called_process_fails_the_step() -> None:
    with pytest.raises(StepFailed) as failure:
        Case(start(), call("c", "nowhere"), end(), flows("s>c>e"))
    assert "nowhere" in failure.value.en


def test_a_process_that_calls_itself() -> None:
    maps = extensions('<camunda:in sourceExpression="=n - 1" target="n"/>')
    case = Case(
        process(
            start(),
            gateway("exclusive", "x", default="default_x"),
            call("c", "p", maps),
            script("t"),
            end(),
            end("e2"),
            flows("s>x", "x>c?n > 0", "c>t>e", "x>e2?*"),
        ),
        variables={"n": 20},
    )
    assert (case.status, len(case.environment.trace)) == ("completed", 20)


def test_a_global_task_is_called() -> None:
    case = Case(
        process(start(), call("c", "gt"), script("t"), end(), flows("s>c>t>e")),
        '<bpmn:globalUserTask id="gt" name="g"/>',
    )
    assert case.open == "gt:task"
    assert case.do("gt:task").trace == "t"
    assert case.status == "completed"


# -- ad-hoc -------------------------------------------------------------------------------------------------------
def test_an_adhoc_sub_process_ends_by_its_condition() -> None:
    inner = element(
        "adHocSubProcess",
        "x",
        user("a"),
        user("b"),
        user("c"),
        formal("completionCondition", "done"),
        ordering="Parallel",
    )
    case = Case(start(), inner, script("t"), end(), flows("s>x>t>e"), variables={"done": False})
    case.do("a")
    assert case.open == "b c"
    case.do("b", done=True)
    assert (case.trace, case.status) == ("t", "completed")


def test_a_sequential_adhoc_sub_process_runs_one_after_the_other() -> None:
    inner = element("adHocSubProcess", "x", user("a"), user("b"), ordering="Sequential")
    case = Case(start(), inner, script("t"), end(), flows("s>x>t>e"))
    assert case.open == "a"
    assert case.do("a").open == "b"
    assert case.do("b").trace == "t"


def test_people_choose_in_a_manual_adhoc_sub_process() -> None:
    inner = element("adHocSubProcess", "x", extensions(properties(adHocActivation="manual")), user("a"), user("b"))
    case = Case(start(), inner, script("t"), end(), flows("s>x>t>e"))
    (item,) = [e.item for e in case.of(ElementEntered) if e.element == "x"]
    assert case.open == ""
    case.send(Activate(item, "b")).send(Activate(item, "b"))
    assert case.open == "b b"
    case.do("b").do("b")
    assert case.status == "running"
    assert case.send(Activate(item, "a")).send(Complete(item)).trace == "t"
    assert case.status == "completed"


def test_an_adhoc_sub_process_may_let_the_rest_finish() -> None:
    inner = element(
        "adHocSubProcess",
        "x",
        user("a"),
        user("b"),
        formal("completionCondition", "done"),
        cancelRemainingInstances="false",
    )
    case = Case(start(), inner, script("t"), end(), flows("s>x>t>e"), variables={"done": False})
    case.do("a", done=True)
    assert (case.open, case.trace) == ("b", "")
    assert case.do("b").trace == "t"
    assert case.status == "completed"


# -- compensation and transactions --------------------------------------------------------------------------------
UNDO = handler("a1", "h1") + handler("a2", "h2") + associations("cb_h1>h1", "cb_h2>h2")


def test_compensation_undoes_in_reverse_or_one_activity() -> None:
    case = Case(
        start(), script("a1"), script("a2"), throw("x", compensate()), script("t"), end(), flows("s>a1>a2>x>t>e"), UNDO
    )
    assert (case.trace, case.status) == ("a1 a2 h2 h1 t", "completed")
    case = Case(
        start(),
        script("a1"),
        script("a2"),
        throw("x", compensate("a1")),
        script("t"),
        end(),
        flows("s>a1>a2>x>t>e"),
        UNDO,
    )
    assert (case.trace, case.status) == ("a1 a2 h1 t", "completed")


def test_only_completed_activities_are_undone_and_only_once() -> None:
    case = Case(
        start(),
        script("a1"),
        throw("x", compensate()),
        throw("y", compensate()),
        script("a2"),
        end(),
        flows("s>a1>x>y>a2>e"),
        UNDO,
    )
    assert (case.trace, case.status) == ("a1 h1 a2", "completed")


def test_a_handler_may_be_a_user_task() -> None:
    undo = boundary("cb", "a1", compensate()) + user("h", isForCompensation="true") + associations("cb>h")
    case = Case(start(), script("a1"), throw("x", compensate()), script("t"), end(), flows("s>a1>x>t>e"), undo)
    assert (case.trace, case.open) == ("a1", "h")
    assert case.do("h").trace == "a1 t"
    assert case.status == "completed"


def test_compensation_that_nobody_waits_for_goes_on_beside() -> None:
    undo = boundary("cb", "a1", compensate()) + user("h", isForCompensation="true") + associations("cb>h")
    case = Case(
        start(), script("a1"), throw("x", compensate(wait=False)), script("t"), end(), flows("s>a1>x>t>e"), undo
    )
    assert (case.trace, case.open, case.status) == ("a1 t", "h", "running")
    assert case.do("h").status == "completed"


def test_each_instance_of_a_multi_instance_is_undone_with_its_own_names() -> None:
    loop = multi(None, sequential=True, camunda_collection="units", camunda_elementVariable="unit")
    undo = (
        boundary("cb", "a1", compensate())
        + user("h", camunda_assignee="=unit", isForCompensation="true")
        + associations("cb>h")
    )
    case = Case(
        start(),
        script("a1", None, loop),
        throw("x", compensate()),
        end(),
        flows("s>a1>x>e"),
        undo,
        variables={"units": ["U1", "U2"]},
    )
    case.do("h").do("h")
    assert [e.attributes["assignee"] for e in case.of(TaskOpened)] == ["U2", "U1"]
    assert case.status == "completed"


def test_compensation_reaches_into_sub_processes_and_calls() -> None:
    inner = sub("p1", start("s1"), script("a1"), script("a2"), end("e1"), flows("s1>a1>a2>e1"), UNDO)
    case = Case(start(), inner, throw("x", compensate()), script("t"), end(), flows("s>p1>x>t>e"))
    assert (case.trace, case.status) == ("a1 a2 h2 h1 t", "completed")
    called = process(start("qs"), script("a1"), script("a2"), end("qe"), flows("qs>a1>a2>qe"), UNDO, id="q")
    case = Case(
        process(start(), call("c", "q"), throw("x", compensate()), script("t"), end(), flows("s>c>x>t>e")), called
    )
    assert (case.trace, case.status) == ("a1 a2 h2 h1 t", "completed")


def test_a_compensation_event_sub_process_takes_over() -> None:
    inner = sub(
        "p1",
        start("s1"),
        script("a1"),
        end("e1"),
        flows("s1>a1>e1"),
        handler("a1", "h1"),
        sub(
            "k",
            start("ks", compensate()),
            script("kt"),
            throw("kx", compensate()),
            end("ke"),
            flows("ks>kt>kx>ke"),
            triggeredByEvent="true",
        ),
        associations("cb_h1>h1"),
    )
    case = Case(start(), inner, throw("x", compensate()), script("t"), end(), flows("s>p1>x>t>e"))
    assert (case.trace, case.status) == ("a1 kt h1 t", "completed")


def test_a_cancelled_transaction_is_undone_before_it_is_left() -> None:
    inner = element(
        "transaction",
        "x",
        start("s1"),
        script("a1"),
        gateway("parallel", "f"),
        user("u"),
        script("a2"),
        end("e1", CANCEL),
        end("e2"),
        flows("s1>a1>f>u>e2", "f>a2>e1"),
        UNDO,
    )
    case = Case(start(), inner, boundary("b", "x", CANCEL), script("t"), end(), flows("s>x>e", "b>t>e"))
    assert (case.trace, case.status, case.open) == ("a1 a2 h2 h1 t", "completed", "")


def test_a_cancel_end_event_deep_inside_a_transaction() -> None:
    nested = sub("n", start("ns"), script("a2"), end("ne", CANCEL), flows("ns>a2>ne"))
    inner = element(
        "transaction",
        "x",
        start("s1"),
        script("a1"),
        nested,
        end("e2"),
        flows("s1>a1>n>e2"),
        handler("a1", "h1"),
        associations("cb_h1>h1"),
    )
    case = Case(start(), inner, boundary("b", "x", CANCEL), script("t"), end(), flows("s>x>e", "b>t>e"))
    assert (case.trace, case.status) == ("a1 a2 h1 t", "completed")


def test_an_error_leaves_a_transaction_without_undoing() -> None:
    inner = element(
        "transaction",
        "x",
        start("s1"),
        script("a1"),
        end("e1", error()),
        flows("s1>a1>e1"),
        handler("a1", "h1"),
        associations("cb_h1>h1"),
    )
    case = Case(start(), inner, boundary("b", "x", error()), script("t"), end(), flows("s>x>e", "b>t>e"))
    assert (case.trace, case.status) == ("a1 t", "completed")


# -- data ---------------------------------------------------------------------------------------------------------
def test_properties_are_local_to_their_sub_process() -> None:
    inner = sub(
        "p1", '<bpmn:property id="n"/>', start("s1"), script("a", "n = 5"), user("u"), end("e1"), flows("s1>a>u>e1")
    )
    case = Case(start(), inner, user("v"), end(), flows("s>p1>v>e"), variables={"n": 1})
    assert case.do("u").variables == {"n": 1}


def test_a_data_store_is_written_to_the_document() -> None:
    spec = (
        '<bpmn:ioSpecification><bpmn:dataOutput id="do" name="out"/><bpmn:inputSet/><bpmn:outputSet>'
        "<bpmn:dataOutputRefs>do</bpmn:dataOutputRefs></bpmn:outputSet></bpmn:ioSpecification>"
        '<bpmn:dataOutputAssociation id="da"><bpmn:sourceRef>do</bpmn:sourceRef><bpmn:targetRef>dr</bpmn:targetRef>'
        "</bpmn:dataOutputAssociation>"
    )
    case = Case(
        start(),
        f'<bpmn:userTask id="a">{spec}</bpmn:userTask>',
        end(),
        flows("s>a>e"),
        '<bpmn:dataStoreReference id="dr" name="ledger" dataStoreRef="ds"/>',
        extra='<bpmn:dataStore id="ds" name="ledger"/>',
    )
    assert case.do("a", out=5).context == {"ds": 5}
    assert case.variables == {}


def test_parallel_branches_do_not_overwrite_each_other() -> None:
    case = Case(
        start(),
        gateway("parallel", "f"),
        user("a"),
        user("b"),
        gateway("parallel", "j"),
        user("u"),
        end(),
        flows("s>f>a>j>u>e", "f>b>j"),
    )
    case.do("a", x=1).do("b", y=2)
    assert case.variables == {"x": 1, "y": 2}


def test_lanes_and_documentation_are_kept() -> None:
    lane = '<bpmn:lane id="l1" name="L-DIS"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
    lanes = f'<bpmn:laneSet id="ls">{lane}</bpmn:laneSet>'
    documented = '<bpmn:userTask id="a" name="派遣"><bpmn:documentation>为什么</bpmn:documentation></bpmn:userTask>'
    (program,) = read(document(process(lanes, start(), documented, end(), flows("s>a>e"))))
    found = program.elements["a"]
    assert (found.name, found.lane, found.documentation, found.kind, found.scope) == (
        "派遣",
        "L-DIS",
        "为什么",
        "userTask",
        "p",
    )


def test_values_are_kept_as_json() -> None:
    case = Case(
        start(),
        task("a", extensions(mapping(outputs={"d": '=date("2026-01-02")', "n": "=1.50", "t": '=duration("PT90M")'}))),
        user("u"),
        end(),
        flows("s>a>u>e"),
    )
    assert case.variables == {"d": "2026-01-02", "n": 1.5, "t": "PT1H30M"}
    kinds: list[type[Any]] = [type(v) for v in case.variables.values()]
    assert kinds == [str, float, str]


def test_scripts_are_refused_in_production() -> None:
    with pytest.raises(InvalidDiagram) as refusal:
        read(document(process(start(), script("a"), end(), flows("s>a>e"))))
    assert [f.element for f in refusal.value.findings] == ["a"]


def test_an_event_sub_process_of_a_multi_instance_stays_inside_its_instance() -> None:
    inner = sub(
        "p1",
        start("s1"),
        user("a"),
        end("e1"),
        flows("s1>a>e1"),
        multi(2),
        event_sub("n", message()),
    )
    case = Case(start(), inner, script("t"), end(), flows("s>p1>t>e"))
    case.message("m1")
    assert (case.trace, case.open) == ("nt", "a")
    assert case.do("a").trace == "nt t"


def test_a_catch_event_completes_an_adhoc_scope_too() -> None:
    inner = element("adHocSubProcess", "x", user("a"), catch("c", message()), flows("a>c"))
    case = Case(start(), inner, script("t"), end(), flows("s>x>t>e"))
    case.do("a")
    assert case.trace == ""
    assert case.message("m1").trace == "t"
