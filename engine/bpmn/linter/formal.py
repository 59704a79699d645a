"""Expressions: formal, present, readable, of the right type (BPMN 2.0.2, section 8.4.6; FEEL: DMN 1.5)."""

from __future__ import annotations

from collections.abc import Iterator

from engine import feel
from engine.bpmn import expressions, timers, xml
from engine.bpmn.building import camunda_attributes, parameters, properties
from engine.bpmn.findings import Finding
from engine.bpmn.linter.model import Model, Node, Rule, finding

CONDITIONS = frozenset(
    ("conditionExpression", "condition", "completionCondition", "activationCondition", "loopCondition")
)
TIMES = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
FORMAL = CONDITIONS | TIMES.keys() | {"loopCardinality", "from", "to", "transformation", "messagePath", "dataPath"}
TYPE = f"{{{xml.XSI}}}type"
TEXT_ATTRIBUTES = frozenset(
    ("assignee", "candidateUsers", "candidateGroups", "dueDate", "followUpDate", "priority", "topic", "decisionRef")
)
NOT_BOOLEAN = (int, float, str)


def formal(model: Model) -> Iterator[Finding]:
    """Expressions of an executable process are formal and have a body (section 8.4.6)."""
    for node in model.bpmn:
        name = xml.local(node)
        if name not in FORMAL or _in_event_list(node, name):
            continue
        type_name = xml.reference(node.get(TYPE)) or _declared_type(node, name)
        if type_name != "tFormalExpression" and name not in ("messagePath", "dataPath", "transformation"):
            yield finding(
                "EX01",
                node,
                f"{name} 不是形式表达式",
                f"{name} is no formal expression",
                ('加上 xsi:type="bpmn:tFormalExpression"', 'add xsi:type="bpmn:tFormalExpression"'),
            )
        if not xml.text(node):
            yield finding("EX02", node, f"{name} 是空的", f"{name} is empty", ("填写表达式", "write the expression"))


def _declared_type(node: Node, name: str) -> str | None:
    """The schema types the condition of a complex behaviour itself."""
    parent = node.getparent()
    inside = parent is not None and xml.local(parent) == "complexBehaviorDefinition"
    return "tFormalExpression" if inside and name == "condition" else None


def _in_event_list(node: Node, name: str) -> bool:
    """`from` and `to` are also names of other things; only those of assignments are expressions."""
    parent = node.getparent()
    return name in ("from", "to") and (parent is None or xml.local(parent) != "assignment")


def conditions(model: Model) -> Iterator[Finding]:
    """Conditions are readable FEEL and not plainly numbers or texts."""
    for node in model.bpmn:
        name, text = xml.local(node), xml.text(node)
        if text and (name in CONDITIONS or name == "loopCardinality"):
            yield from readable(node, expressions.body(text))
            if name in CONDITIONS and _literal(expressions.body(text)):
                yield finding("EX04", node, f"{name} 的值“{text}”不是真或假", f"{name} {text!r} is not true or false")


def _literal(text: str) -> bool:
    text = text.strip()
    if text.startswith('"') and text.endswith('"') and text.count('"') == 2:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def readable(node: Node, text: str) -> Iterator[Finding]:
    """A finding when FEEL cannot read the text."""
    try:
        feel.parse(text, names=expressions.NAMES)
    except feel.FeelError as error:
        yield finding(
            "EX03", node, f"表达式“{text}”无法识别：{error.message_zh}", f"{text!r} cannot be read: {error.message_en}"
        )


def embedded(model: Model) -> Iterator[Finding]:
    """Expressions in attributes, properties and parameters are readable FEEL."""
    for node in model.bpmn:
        attributes = camunda_attributes(node)
        slots = [v for k, v in attributes.items() if k in TEXT_ATTRIBUTES]
        if "collection" in attributes:
            yield from readable(node, expressions.body(attributes["collection"]))
        if xml.local(node) == "extensionElements":
            continue
        slots += properties(node).values()
        for pairs in parameters(node):
            slots += [text for _, value in pairs for text in _flat(value)]
        for text in slots:
            for is_expression, part in expressions.parts(text):
                if is_expression:
                    yield from readable(node, part)


def _flat(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return [text for part in inner for text in _flat(part)]


def timer_texts(model: Model) -> Iterator[Finding]:
    """A timer has one time, in ISO 8601 of its form or an expression (section 10.5.5)."""
    for definition in model.named("timerEventDefinition"):
        found = xml.children(definition, *TIMES)
        if len(found) != 1:
            yield finding(
                "EX05",
                definition,
                "定时器要有且只有一种时间",
                "a timer has exactly one time",
                ("填写日期、时长或周期之一", "give a date, a duration or a cycle"),
            )
        for node in found:
            text = xml.text(node)
            if text:
                yield from _time(node, text, TIMES[xml.local(node)])


def _time(node: Node, text: str, form: str) -> Iterator[Finding]:
    parts = expressions.parts(text)
    if any(is_expression for is_expression, _ in parts):
        for is_expression, part in parts:
            if is_expression:
                yield from readable(node, part)
        return
    found = timers.form_of(text)
    if found != form and not (form == "cycle" and found == "duration"):
        yield finding(
            "EX06",
            node,
            f"“{text}”不是 ISO 8601 的{_ZH[form]}",
            f"{text!r} is no ISO 8601 {form}",
            (
                "用 2026-09-15T08:00:00、PT2H、R3/PT1H 这样的写法，或以 = 开头的表达式",
                "write 2026-09-15T08:00:00, PT2H, R3/PT1H, or an expression that begins with =",
            ),
        )


_ZH = {"date": "日期时间", "duration": "时长", "cycle": "周期"}

RULES: tuple[Rule, ...] = (formal, conditions, embedded, timer_texts)
