"""Variables in and out of elements: camunda:inputOutput, payloads, data associations, correlation keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.bpmn import expressions
from engine.bpmn.errors import StepFailed
from engine.bpmn.program import Element, EventDefinition
from engine.bpmn.run import Run
from engine.bpmn.state import Item
from engine.bpmn.values import plain


def inputs(run: Run, scope: Item | None, element: Element) -> dict[str, Any]:
    """Values of the input parameters; later ones see earlier ones."""
    values: dict[str, Any] = {}
    names = [values, *run.names(scope)]
    for name, text in element.inputs:
        values[name] = plain(run.text_in(text, element, names))
    return values


def outputs(run: Run, item: Item, element: Element, *extra: Mapping[str, Any]) -> None:
    """Evaluate and assign the output parameters one after the other, outward from `item`."""
    if element.outputs:
        run.assign_outputs(item, element, *extra)


def receive(run: Run, item: Item, element: Element, payload: Mapping[str, Any]) -> None:
    """A payload arrives at an element: output parameters pick from it; without them all of it is assigned.

    A data output of the event takes the payload's field of its name, else the whole payload.
    """
    if element.data_out and payload and item.element is element:
        run.declare(item, {local: payload.get(local, payload) for _, local in element.data_out})
    if element.outputs:
        outputs(run, item, element, payload)
    elif payload:
        run.assign(item, payload)


def complete(run: Run, item: Item, payload: Mapping[str, Any]) -> None:
    """An activity is done: its result and output parameters go outward, its inputs end.

    What a person fills in as local data under the name of an input parameter ends with it, too.
    """
    element = item.element
    local: dict[str, Any] = {}
    if element.inputs and item.vars:
        local = {name: item.vars.pop(name) for name, _ in element.inputs if name in item.vars}
    if element.local_data and local:
        local.update({name: payload[name] for name in local if name in payload})
        payload = {name: value for name, value in payload.items() if name not in local}
    if payload and (element.kind == "userTask" or not element.outputs):
        run.assign(item, payload)
    if element.outputs:
        outputs(run, item, element, payload, local)
    if element.loop is not None and element.loop.out_item:
        _collect(run, item, element.loop.out_item, payload, local)


def _collect(run: Run, item: Item, wanted: str, *local: Mapping[str, Any]) -> None:
    """What this instance of a loop leaves for its collection, where a local name or an expression says so."""
    if is_expression(wanted):
        item.mark("result", plain(run.text(wanted, item, item.element, *local)))
    elif (item.vars or {}).get(wanted) is None:
        item.mark("result", plain(next((names[wanted] for names in local if wanted in names), None)))


def is_expression(text: str) -> bool:
    """Whether a name in a diagram is not one but an expression."""
    return expressions.expression(text)[0]


def prepare(run: Run, item: Item) -> None:
    """Local names of an activity that begins: data associations, properties, input parameters."""
    element = item.element
    if element.locals:
        run.declare(item, dict.fromkeys(element.locals))
    if element.data_in or element.data_out:
        _data_in(run, item)
    if element.inputs:
        run.declare(item, inputs(run, item, element))


def _data_in(run: Run, item: Item) -> None:
    names = run.names(item.parent)
    values: dict[str, Any] = {local: None for _, local in item.element.data_out}
    for name, local in item.element.data_in:
        values[local] = next((scope[name] for scope in names if name in scope), None)
    run.declare(item, values)


def data_out(run: Run, item: Item) -> None:
    """Data output associations of an activity that is done; what goes to a data store goes to the document."""
    element, parent = item.element, item.parent
    if not element.data_out or item.vars is None or parent is None:
        return
    for name, local in element.data_out:
        value = item.vars.get(local)
        if name in element.stores:
            run.write_document(name, value)
        else:
            run.assign(parent, {name: value})


def payload_of(run: Run, item: Item, element: Element, event: EventDefinition) -> dict[str, Any]:
    """What a throwing element sends: its input parameters and the message's data inputs."""
    if element.kind == "sendTask":  # an activity: its inputs are local names already
        values = {name: (item.vars or {}).get(name) for name, _ in element.inputs}
    else:
        values = inputs(run, item, element)
    for name, local in event.payload:
        names = run.names(item)
        values[local] = plain(next((scope[name] for scope in names if name in scope), None))
    return values


def throw_key(run: Run, item: Item, element: Element, event: EventDefinition, payload: Mapping[str, Any]) -> str | None:
    """Correlation key of a thrown message or signal: over its payload first."""
    return _key(run, item, element, event, [path for _, path in event.retrievals], payload)


def catch_key(run: Run, item: Item, element: Element, event: EventDefinition) -> str | None:
    """Correlation key a subscription waits for."""
    return _key(run, item, element, event, [path for path, _ in event.retrievals], {})


def _key(
    run: Run,
    item: Item,
    element: Element,
    event: EventDefinition,
    paths: list[str | None],
    payload: Mapping[str, Any],
) -> str | None:
    text = element.properties.get("correlationKey")
    if text is not None:
        return _key_text(element, run.text(text, item, element, payload))
    texts = [path for path in paths if path]
    if not texts:
        return None
    return "|".join(_key_text(element, run.evaluate(path, item, element, payload)) for path in texts)


def _key_text(element: Element, value: Any) -> str:
    value = plain(value)
    if value is None or value == "" or isinstance(value, (dict, list)):
        raise StepFailed(
            element.id,
            "消息的关联键为空，无法确定发给谁或等谁",
            "the correlation key is empty: nobody could be meant by it",
        )
    return str(value)
