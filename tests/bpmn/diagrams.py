"""Small diagrams as text: `process(start(), user("a"), end(), flows("s>a>e"))`.

`flows("s>g", "g>a?x > 1", "g>b?*")`: a condition after `?`, `*` marks the default flow of its source.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="D" targetNamespace="urn:test">'
)
DECLARED = (
    '<bpmn:error id="E1" name="E1" errorCode="E1"/><bpmn:error id="E2" name="E2" errorCode="E2"/>'
    '<bpmn:escalation id="X1" name="X1" escalationCode="X1"/><bpmn:escalation id="X2" escalationCode="X2"/>'
    '<bpmn:message id="M1" name="m1"/><bpmn:message id="M2" name="m2"/><bpmn:message id="M3" name="m3"/>'
    '<bpmn:signal id="S1" name="s1"/><bpmn:signal id="S2" name="s2"/>'
)


def document(*parts: str, extra: str = "") -> bytes:
    return (HEAD + DECLARED + extra + "".join(parts) + "</bpmn:definitions>").encode()


def process(*parts: str, id: str = "p", **attributes: str) -> str:
    return element("process", id, *parts, isExecutable="true", **attributes)


def element(tag: str, id: str, *inner: str, **attributes: str) -> str:
    given = "".join(f" {name.replace('camunda_', 'camunda:')}={quoteattr(value)}" for name, value in attributes.items())
    return f'<bpmn:{tag} id="{id}"{given}>{_ordered(inner)}</bpmn:{tag}>'


ORDER = ("<bpmn:extensionElements", "<bpmn:property", "<bpmn:multiInstance", "<bpmn:standardLoop")


def _ordered(inner: tuple[str, ...]) -> str:
    """Extension elements, properties and loop characteristics come first, as the schema asks."""

    def place(part: str) -> int:
        return next((i for i, begin in enumerate(ORDER) if part.startswith(begin)), len(ORDER))

    return "".join(sorted(inner, key=place))


def flows(*chains: str) -> str:
    """Sequence flows of chains such as `a>b>c`."""
    out = []
    for chain in chains:
        condition: str | None = None
        names = chain
        if "?" in chain:
            names, condition = chain.split("?", 1)
        steps = names.split(">")
        for position, (source, target) in enumerate(zip(steps, steps[1:], strict=False)):
            last = position == len(steps) - 2
            out.append(_flow(source, target, condition if last else None))
    return "".join(out)


def _flow(source: str, target: str, condition: str | None) -> str:
    if condition == "*":
        return f'<bpmn:sequenceFlow id="default_{source}" sourceRef="{source}" targetRef="{target}"/>'
    inner = ""
    if condition is not None:
        text = escape(condition)
        inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{text}</bpmn:conditionExpression>'
    id = f"f_{source}_{target}".replace(":", "_") + (f"_{abs(hash(condition)) % 9973}" if condition else "")
    return f'<bpmn:sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def start(id: str = "s", *inner: str, **attributes: str) -> str:
    return element("startEvent", id, *inner, **attributes)


def end(id: str = "e", *inner: str, **attributes: str) -> str:
    return element("endEvent", id, *inner, **attributes)


def task(id: str, *inner: str, **attributes: str) -> str:
    return element("task", id, *inner, **attributes)


def user(id: str, *inner: str, **attributes: str) -> str:
    return element("userTask", id, *inner, **attributes)


def script(id: str, text: str | None = None, *inner: str, **attributes: str) -> str:
    """A script task; the test environment notes its text in a trace."""
    body = f"<bpmn:script>{escape(text if text is not None else id)}</bpmn:script>"
    return element("scriptTask", id, *inner, body, **attributes)


def service(id: str, topic: str, *inner: str, **attributes: str) -> str:
    return element("serviceTask", id, *inner, camunda_type="external", camunda_topic=topic, **attributes)


def gateway(kind: str, id: str, *inner: str, **attributes: str) -> str:
    return element(kind + "Gateway", id, *inner, **attributes)


def catch(id: str, *inner: str, **attributes: str) -> str:
    return element("intermediateCatchEvent", id, *inner, **attributes)


def throw(id: str, *inner: str, **attributes: str) -> str:
    return element("intermediateThrowEvent", id, *inner, **attributes)


def boundary(id: str, host: str, *inner: str, interrupting: bool = True, **attributes: str) -> str:
    flag = "true" if interrupting else "false"
    return element("boundaryEvent", id, *inner, attachedToRef=host, cancelActivity=flag, **attributes)


def sub(id: str, *inner: str, **attributes: str) -> str:
    return element("subProcess", id, *inner, **attributes)


def event_sub(id: str, definition: str, *inner: str, interrupting: bool = True) -> str:
    """An event sub-process with start `<id>s`, the given body behind it as script `<id>t`, end `<id>e`."""
    flag = "true" if interrupting else "false"
    body = inner or (script(id + "t"), flows(f"{id}s>{id}t>{id}e"))
    return sub(id, start(id + "s", definition, isInterrupting=flag), *body, end(id + "e"), triggeredByEvent="true")


def call(id: str, key: str, *inner: str, **attributes: str) -> str:
    return element("callActivity", id, *inner, calledElement=key, **attributes)


def extensions(*inner: str) -> str:
    return "<bpmn:extensionElements>" + "".join(inner) + "</bpmn:extensionElements>"


def properties(**values: str) -> str:
    entries = "".join(f"<camunda:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in values.items())
    return f"<camunda:properties>{entries}</camunda:properties>"


def mapping(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    """A camunda:inputOutput element."""
    parts = [
        f"<camunda:inputParameter name={quoteattr(k)}>{escape(v)}</camunda:inputParameter>"
        for k, v in (inputs or {}).items()
    ]
    parts += [
        f"<camunda:outputParameter name={quoteattr(k)}>{escape(v)}</camunda:outputParameter>"
        for k, v in (outputs or {}).items()
    ]
    return "<camunda:inputOutput>" + "".join(parts) + "</camunda:inputOutput>"


def message(ref: str = "M1", **attributes: str) -> str:
    given = "".join(f" {name.replace('camunda_', 'camunda:')}={quoteattr(value)}" for name, value in attributes.items())
    return f'<bpmn:messageEventDefinition messageRef="{ref}"{given}/>'


def signal(ref: str = "S1") -> str:
    return f'<bpmn:signalEventDefinition signalRef="{ref}"/>'


def error(ref: str | None = "E1") -> str:
    return f'<bpmn:errorEventDefinition errorRef="{ref}"/>' if ref else "<bpmn:errorEventDefinition/>"


def escalation(ref: str | None = "X1") -> str:
    return f'<bpmn:escalationEventDefinition escalationRef="{ref}"/>' if ref else "<bpmn:escalationEventDefinition/>"


def timer(text: str, form: str = "Duration") -> str:
    inner = f'<bpmn:time{form} xsi:type="bpmn:tFormalExpression">{escape(text)}</bpmn:time{form}>'
    return f"<bpmn:timerEventDefinition>{inner}</bpmn:timerEventDefinition>"


def condition(text: str) -> str:
    inner = f'<bpmn:condition xsi:type="bpmn:tFormalExpression">{escape(text)}</bpmn:condition>'
    return f"<bpmn:conditionalEventDefinition>{inner}</bpmn:conditionalEventDefinition>"


def formal(tag: str, text: str) -> str:
    """A formal expression element."""
    return f'<bpmn:{tag} xsi:type="bpmn:tFormalExpression">{escape(text)}</bpmn:{tag}>'


def standard_loop(condition: str = "", maximum: int | None = None, before: bool = False) -> str:
    limit = f' loopMaximum="{maximum}"' if maximum is not None else ""
    inner = formal("loopCondition", condition) if condition else ""
    flag = str(before).lower()
    return f'<bpmn:standardLoopCharacteristics testBefore="{flag}"{limit}>{inner}</bpmn:standardLoopCharacteristics>'


def handler(host: str, id: str, *inner: str) -> str:
    """A compensation boundary event on `host` and its handler script `id` (an association joins them)."""
    return boundary("cb_" + id, host, compensate()) + script(id, None, *inner, isForCompensation="true")


def associations(*pairs: str) -> str:
    """Associations `boundary>handler`; they stand behind the flow elements."""
    out = ""
    for pair in pairs:
        source, target = pair.split(">")
        out += f'<bpmn:association id="as_{source}" sourceRef="{source}" targetRef="{target}"/>'
    return out


def link(name: str) -> str:
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def compensate(ref: str | None = None, wait: bool = True) -> str:
    at = f' activityRef="{ref}"' if ref else ""
    return f'<bpmn:compensateEventDefinition{at} waitForCompletion="{str(wait).lower()}"/>'


TERMINATE = "<bpmn:terminateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"


def multi(count: str | int | None = None, sequential: bool = False, until: str = "", **attributes: str) -> str:
    """Multi-instance characteristics: a cardinality, or camunda_collection and camunda_elementVariable."""
    given = "".join(f" {name.replace('camunda_', 'camunda:')}={quoteattr(value)}" for name, value in attributes.items())
    inner = (
        f'<bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">{count}</bpmn:loopCardinality>'
        if count is not None
        else ""
    )
    if until:
        inner += formal("completionCondition", until)
    flag = "true" if sequential else "false"
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{flag}"{given}>{inner}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
