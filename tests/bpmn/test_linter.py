"""The linter: one small wrong diagram a rule, and right ones without findings."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from engine.bpmn import InvalidDiagram, Known, lint, read
from tests.bpmn.diagrams import (
    CANCEL,
    TERMINATE,
    associations,
    boundary,
    call,
    catch,
    compensate,
    condition,
    document,
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
    standard_loop,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)

LINE = flows("s>a>e")


def rules(*parts: str, known: Known | None = None, extra: str = "") -> set[tuple[str, str]]:
    return {(f.rule, f.element) for f in lint(document(process(*parts), extra=extra), known)}


def test_a_sound_diagram_has_no_findings() -> None:
    assert rules(start(), user("a", camunda_formRef="f"), end(), LINE) == set()


WRONG: list[tuple[str, str, Iterable[str]]] = [
    ("ST03", "x", (start(), user("a"), end(), LINE, '<bpmn:sequenceFlow id="x" sourceRef="a" targetRef="M1"/>')),
    (
        "ST04",
        "f_a_i",
        (start(), user("a"), end(), LINE, sub("p1", start("s1"), user("i"), end("e1"), flows("s1>i>e1")), flows("a>i")),
    ),
    ("ST05", "b", (start(), user("a"), end(), end("e2"), boundary("b", "s", timer("PT1H")), LINE, flows("b>e2"))),
    ("ST06", "b", (start(), user("a"), boundary("b", "a", message("NONE")), end(), end("e2"), LINE, flows("b>e2"))),
    (
        "FL01",
        "f_f_a",
        (
            start(),
            gateway("parallel", "f"),
            user("a"),
            user("b"),
            end(),
            flows("s>f", "f>b>e", "a>e"),
            '<bpmn:sequenceFlow id="f_f_a" sourceRef="f" targetRef="a"><bpmn:conditionExpression '
            'xsi:type="bpmn:tFormalExpression">x</bpmn:conditionExpression></bpmn:sequenceFlow>',
        ),
    ),
    (
        "FL03",
        "x",
        (start(), gateway("exclusive", "x", default="f_s_x"), user("a"), end(), flows("s>x", "x>a?k", "x>e?m", "a>e")),
    ),
    (
        "GW01",
        "x",
        (
            start(),
            gateway("exclusive", "x", gatewayDirection="Converging"),
            user("a"),
            end(),
            flows("s>x", "x>a?k", "x>e?m", "a>e"),
        ),
    ),
    ("GW02", "x", (start(), gateway("parallel", "x"), end(), flows("s>x>e"))),
    ("GW03", "g", (start(), gateway("eventBased", "g"), catch("c", message()), end(), flows("s>g>c>e"))),
    (
        "GW04",
        "a",
        (start(), gateway("eventBased", "g"), catch("c", message()), user("a"), end(), flows("s>g>c>e", "g>a>e")),
    ),
    (
        "GW09",
        "g",
        (
            start(),
            gateway("eventBased", "g", eventGatewayType="Parallel"),
            catch("c", message()),
            catch("d", signal()),
            end(),
            flows("s>g>c>e", "g>d>e"),
        ),
    ),
    ("EV01", "a", (start(), throw("a", timer("PT1H")), end(), LINE)),
    ("EV01", "e", (start(), user("a"), end("e", condition("x")), LINE)),
    ("EV01", "s", (start("s", error()), user("a"), end(), LINE)),
    ("EV02", "a", (start(), catch("a"), end(), LINE)),
    (
        "EV04",
        "b",
        (start(), user("a"), boundary("b", "a", error(), interrupting=False), end(), end("e2"), LINE, flows("b>e2")),
    ),
    ("EV05", "b", (start(), user("a"), boundary("b", "a", timer("PT1H")), end(), LINE)),
    ("EV06", "s", (start(), user("a"), end(), LINE, flows("a>s"))),
    ("EV07", "p", (start(), user("a"), flows("s>a"))),
    ("EV08", "p", (user("a"), end(), flows("a>e"))),
    ("EV09", "n", (start(), user("a"), end(), LINE, sub("n", user("k"), triggeredByEvent="true"))),
    ("EV10", "b", (start(), user("a"), boundary("b", "a", CANCEL), end(), end("e2"), LINE, flows("b>e2"))),
    ("EV11", "a", (start(), catch("a", "<bpmn:messageEventDefinition/>"), end(), LINE)),
    ("EV15", "e", (start(), user("a"), end("e", error(None)), LINE)),
    ("EV15", "a", (start(), throw("a", escalation(None)), end(), LINE)),
    ("EV16", "l", (start(), user("a"), throw("l", link("L")), end(), LINE, flows("s>l"))),
    ("EV17", "l", (start(), user("a"), catch("l", link("L")), end(), LINE, flows("l>e"))),
    ("EV19", "b", (start(), user("a"), boundary("b", "a", compensate()), task("h"), end(), LINE, associations("b>h"))),
    ("EV20", "h", (start(), user("a"), task("h", isForCompensation="true"), end(), LINE, flows("a>h"))),
    ("EV21", "x", (start(), user("a"), throw("x", compensate("a")), end(), flows("s>a>x>e"))),
    ("AC01", "a", (start(), user("a", startQuantity="0"), end(), LINE)),
    ("AC03", "a", (start(), user("a", standard_loop("x", maximum=0)), end(), LINE)),
    ("AC25", "a", (start(), user("a", standard_loop()), end(), LINE)),
    ("AC04", "a", (start(), user("a", multi()), end(), LINE)),
    ("AC05", "a", (start(), user("a", multi(-2)), end(), LINE)),
    (
        "AC10",
        "n",
        (start(), user("a"), end(), LINE, event_sub("n", message(), user("k"), flows("ns>k>ne")), flows("a>n")),
    ),
    ("AC13", "a", (start(), element("adHocSubProcess", "a"), end(), LINE)),
    ("AC16", "a", (start(), element("receiveTask", "a"), end(), LINE)),
    ("AC16", "a", (start(), element("sendTask", "a"), end(), LINE)),
    ("AC19", "a", (start(), script("a"), end(), LINE)),
    ("AC21", "a", (start(), element("callActivity", "a"), end(), LINE)),
    ("EX03", "a", (start(), user("a", camunda_assignee="=1 +"), end(), LINE)),
    ("EX03", "a", (start(), user("a", extensions(mapping({"x": "${a b c +}"}))), end(), LINE)),
    ("EX03", "a", (start(), user("a", multi(None, camunda_collection="=units[")), end(), LINE)),
    ("EX04", "a", (start(), user("a", standard_loop("42")), end(), LINE)),
    ("EX05", "a", (start(), catch("a", "<bpmn:timerEventDefinition/>"), end(), LINE)),
    ("EX06", "a", (start(), catch("a", timer("one hour")), end(), LINE)),
    ("EX06", "a", (start(), catch("a", timer("PT1H", "Date")), end(), LINE)),
    ("CL01", "Start", (start("Start"), user("a"), end(), flows("Start>a>e"))),
    ("CL02", "a", (start(), user("a", extensions('<camunda:taskListener class="x" event="create"/>')), end(), LINE)),
    ("CL03", "a", (start(), element("serviceTask", "a", camunda_class="x.Y", camunda_topic="t"), end(), LINE)),
    ("CL04", "a", (start(), element("serviceTask", "a"), end(), LINE)),
    ("CL06", "z", (start(), user("a"), user("z"), end(), LINE, flows("z>e"))),
    ("CL07", "x", (start(), gateway("exclusive", "x"), user("a"), end(), flows("s>x", "x>a?k", "x>e?m", "a>e"))),
    ("CL08", "f_x_a", (start(), gateway("exclusive", "x"), user("a"), end(), flows("s>x", "x>a", "x>e?m", "a>e"))),
    (
        "CL09",
        "j",
        (
            start(),
            gateway("exclusive", "x", default="default_x"),
            user("a"),
            user("b"),
            gateway("parallel", "j"),
            end(),
            flows("s>x", "x>a?k", "x>b?*", "a>j", "b>j", "j>e"),
        ),
    ),
]


@pytest.mark.parametrize(("rule", "where", "parts"), WRONG, ids=[f"{w[0]}-{i}" for i, w in enumerate(WRONG)])
def test_a_wrong_diagram_is_told_by_rule_and_element(rule: str, where: str, parts: Iterable[str]) -> None:
    found = rules(*parts)
    if rule.startswith("E") and (rule, where) not in found:  # definitions carry the id of what is around them
        assert any(r == rule for r, _ in found), found
    else:
        assert (rule, where) in found, found


DI = "http://www.omg.org/spec/BPMN/20100524/DI"
SHAPE = '<di:BPMNShape bpmnElement="{}"><dc:Bounds x="0" y="0" width="36" height="36"/></di:BPMNShape>'
EDGE = '<di:BPMNEdge bpmnElement="{}"><w:waypoint x="0" y="0"/><w:waypoint x="9" y="0"/></di:BPMNEdge>'


def drawn(*shapes: str, edges: Iterable[str] = ()) -> set[tuple[str, str]]:
    """Findings about start, task a and end, of which these are in the picture."""
    picture = "".join([*(SHAPE.format(id) for id in shapes), *(EDGE.format(id) for id in edges)])
    plane = (
        f'<di:BPMNDiagram xmlns:di="{DI}" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        f'xmlns:w="http://www.omg.org/spec/DD/20100524/DI"><di:BPMNPlane bpmnElement="p">{picture}</di:BPMNPlane>'
        "</di:BPMNDiagram>"
    )
    found = lint(document(process(start(), user("a", camunda_formRef="f"), end(), LINE), plane))
    return {(one.rule, one.element) for one in found}


def test_what_runs_is_in_the_picture_where_there_is_one() -> None:
    edges = ("f_s_a", "f_a_e")
    assert drawn("s", "a", "e", edges=edges) == set()
    assert drawn("s", "e", edges=edges) == {("CL22", "a")}
    assert drawn("s", "a", "e", edges=("f_s_a",)) == {("CL22", "f_a_e")}


def test_unknown_names_are_told() -> None:
    known = Known(*[frozenset[str]()] * 6)
    found = rules(
        start(),
        user("a", camunda_formRef="f", camunda_candidateGroups="x, y"),
        service("k", "hotline.reply"),
        element("businessRuleTask", "r", camunda_decisionRef="d"),
        call("c", "q"),
        catch("m", message()),
        end(),
        flows("s>a>k>r>c>m>e"),
        known=known,
    )
    assert {("CL11", "a"), ("CL12", "a"), ("CL14", "k"), ("CL13", "r"), ("CL16", "c"), ("CL15", "M1")} <= found
    assert not rules(
        start(), user("a", camunda_formRef="=form", camunda_candidateGroups="r@${u}"), end(), LINE, known=known
    )


def test_a_finding_says_what_to_do_in_two_languages() -> None:
    (found,) = [
        f for f in lint(document(process(start(), element("serviceTask", "a"), end(), LINE))) if f.rule == "CL04"
    ]
    assert found.severity == "error"
    assert found.zh
    assert found.en
    assert found.repair_zh
    assert found.repair_en


def test_warnings_do_not_refuse() -> None:
    source = document(
        process(start(), gateway("exclusive", "x"), user("a"), end(), flows("s>x", "x>a?k", "x>e?m", "a>e"))
    )
    assert {f.severity for f in lint(source)} == {"warning"}
    assert read(source)


def test_a_drawn_only_partner_pool_is_not_checked() -> None:
    drawn = '<bpmn:userTask id="lonely"/><bpmn:intermediateCatchEvent id="odd"/>'
    partner = f'<bpmn:process id="q" isExecutable="false">{drawn}</bpmn:process>'
    source = document(process(start(), user("a"), end(), LINE), partner)
    assert lint(source) == []
    assert [p.key for p in read(source)] == ["p"]


def test_listed_flows_must_be_the_drawn_ones() -> None:
    listed = '<bpmn:userTask id="a"><bpmn:incoming>f_s_a</bpmn:incoming></bpmn:userTask>'
    assert ("ST07", "a") in rules(start(), listed, end(), LINE)


# -- hostile and broken files -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"not xml",
        b"<a/>",
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x "y">]><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
        b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">' + b"<process>" * 5000,
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    ],
)
def test_what_is_no_diagram_is_refused_with_a_sentence(source: bytes) -> None:
    findings = lint(source)
    assert findings
    assert all(f.zh and f.en for f in findings if f.severity == "error")
    with pytest.raises(InvalidDiagram) as refusal:
        read(source)
    assert refusal.value.code == "INVALID_DIAGRAM"
    assert refusal.value.message_zh


def test_a_billion_laughs_are_not_expanded() -> None:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 12))
    source = (
        b'<!DOCTYPE d [<!ENTITY l0 "ha">'
        + entities
        + b']><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&l11;</definitions>'
    )
    assert [f.rule for f in lint(source)] in (["XML02"], ["XML03"])


def test_terminate_and_properties_are_fine() -> None:
    assert rules(start(), user("a", extensions(properties(sla="handle"))), end("e", TERMINATE), LINE) == set()
