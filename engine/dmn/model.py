"""A decision model: its decisions and what they require, evaluated lazily and once (DMN 1.5, chapter 6).

A decision sees the values of what it requires and nothing else. A model that declares no input data at all reads
its variables straight from the context, as models drawn for Camunda 7 do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from engine.dmn.compiler import null
from engine.dmn.errors import Finding, UnknownDecision
from engine.dmn.functions import model_function
from engine.dmn.table import Logic, Table
from engine.dmn.types import ANY, Type, coerce
from engine.feel.limits import Limits, Run, shared_budget
from engine.feel.values import FeelFunction, fit

#: What one evaluation of a model may take, all its expressions together.
LIMITS = Limits(steps=2_000_000, cpu_seconds=0.8)
#: Results a timeless model keeps.
RECALLED = 4096


@dataclass(slots=True)
class Node:
    """Something in the requirements graph that has a value.

    `variable` is what expressions call the value, `name` what people call the node (usually the same).
    """

    id: str
    variable: str
    type: Type = ANY
    requires: list[Requirement] = field(default_factory=list)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a node needs: a node of this model, or of the model imported under `prefix`."""

    prefix: str | None
    node: Node


@dataclass(slots=True)
class InputData(Node):
    """A value the caller supplies."""


@dataclass(slots=True)
class Decision(Node):
    """A decision; `table` is its compiled decision table if it is one."""

    logic: Logic = null
    table: Table | None = None
    fit: Type = ANY
    question: str = ""


@dataclass(slots=True)
class Knowledge(Node):
    """A business knowledge model: makes a function in the scope of what it requires."""

    make: Logic = null


@dataclass(slots=True)
class Service(Node):
    """A decision service: a function from its input data and input decisions to its output decisions."""

    inputs: list[Requirement] = field(default_factory=list)
    outputs: list[Requirement] = field(default_factory=list)
    result: Type = ANY


Told = Callable[[Decision, Sequence[int]], None]
"""Hears which rules of a table decided, counted from 1."""


@dataclass
class Model:
    """A compiled decision model; immutable once read but for the results it recalls, safe to share between threads."""

    name: str
    namespace: str
    nodes: dict[str, Node]
    imports: dict[str, Model]
    findings: list[Finding]
    book: Any = None
    timeless: bool = False
    """Whether nothing in it asks for the time: the same inputs then have the same result."""

    def __post_init__(self) -> None:
        self._recalled: dict[tuple[str, str], tuple[Any, list[tuple[Decision, Sequence[int]]]]] = {}

    @cached_property
    def open(self) -> bool:
        """Whether it declares no input data at all."""
        return not any(isinstance(node, InputData) for node in self.nodes.values())

    @property
    def decisions(self) -> Mapping[str, Decision]:
        """The decisions by id."""
        return {id_: node for id_, node in self.nodes.items() if isinstance(node, Decision)}

    @property
    def inputs(self) -> Mapping[str, InputData]:
        """The input data by name."""
        return {node.variable: node for node in self.nodes.values() if isinstance(node, InputData)}

    def evaluate(
        self, decision: str, context: Mapping[str, Any], now: datetime | None = None, told: Told | None = None
    ) -> Any:
        """The value of a decision, named by id or name, for the input values in `context`.

        A table with one output gives its value, with several a dict, under a collecting hit policy a list of
        them. Missing inputs are null; `now` is what `now()` and `today()` tell; `told` hears which rules of this
        model's tables decided. Raises UnknownDecision, and FeelLimitError when it takes too much.
        """
        with shared_budget(Run(now, limits=LIMITS)):
            return Evaluation(self, context, told=told).value(self.find(decision, Decision))

    def recall(
        self, decision: str, context: Mapping[str, Any], now: datetime | None = None, told: Told | None = None
    ) -> Any:
        """`evaluate` for inputs that are plain values: a timeless model looks a result up that it has had before.

        The result must not be changed. The same few rows are asked about in every step of every work order.
        """
        if not self.timeless:
            return self.evaluate(decision, context, now, told)
        key = decision, repr(context)
        known = self._recalled.get(key)
        if known is None:
            if len(self._recalled) >= RECALLED:
                self._recalled.clear()
            rules: list[tuple[Decision, Sequence[int]]] = []
            value = self.evaluate(decision, context, now, lambda node, hits: rules.append((node, hits)))
            known = self._recalled[key] = value, rules
        value, rules = known
        if told is not None:
            for node, hits in rules:
                told(node, hits)
        return value

    def evaluate_service(self, service: str, context: Mapping[str, Any], now: datetime | None = None) -> Any:
        """The value of a decision service for the values of its inputs (or of a knowledge model likewise)."""
        node = self.find(service, Service, Knowledge)
        with shared_budget(Run(now, limits=LIMITS)):
            function = Evaluation(self, context).value(node)
            if not isinstance(function, FeelFunction):
                return None
            return function(*(fit(context.get(each.name), each.accepts) for each in function.params))

    def matched_rules(self, decision: str, context: Mapping[str, Any]) -> list[int]:
        """The rules (from 1) of a decision table that match; empty for other decisions."""
        node = self.find(decision, Decision)
        if not isinstance(node, Decision) or node.table is None:
            return []
        return node.table.matched_rules(Evaluation(self, context).scopes(node))

    def deciding_rules(self, decision: str, context: Mapping[str, Any]) -> list[int]:
        """Those of the matched rules that the hit policy asks: the first one, or all."""
        node = self.find(decision, Decision)
        if not isinstance(node, Decision) or node.table is None:
            return []
        return node.table.deciding(node.table.hits(Evaluation(self, context).scopes(node)))

    def find(self, name: str, *kinds: type[Node]) -> Node:
        """The node with this id or, failing that, this name. Raises UnknownDecision."""
        node = self.nodes.get(name)
        if node is not None and isinstance(node, kinds):
            return node
        for node in self.nodes.values():
            if name in (node.variable, node.name) and isinstance(node, kinds):
                return node
        raise UnknownDecision(name)


class Evaluation:
    """One evaluation: the values found so far, each computed once."""

    def __init__(
        self,
        model: Model,
        context: Mapping[str, Any],
        given: dict[int, Any] | None = None,
        told: Told | None = None,
    ) -> None:
        self.model, self.told = model, told
        self._context = context
        self._given = given or {}
        self._values: dict[int, Any] = dict(self._given)
        self._imports: dict[str, Evaluation] = {}
        self._open = model.open

    def value(self, node: Node) -> Any:
        """The value of a node of this model."""
        key = id(node)
        if key not in self._values:
            self._values[key] = _VALUES[type(node)](self, node)
        return self._values[key]

    def scopes(self, node: Node) -> tuple[Mapping[str, Any], ...]:
        """What the node's logic sees: the values it requires by name, imported ones under their prefix."""
        own: dict[str, Any] = {}
        for requirement in node.requires:
            scope = own.setdefault(requirement.prefix, {}) if requirement.prefix else own
            scope[requirement.node.variable] = self.required(requirement)
        return (own, self._context) if self._open else (own,)

    def required(self, requirement: Requirement) -> Any:
        """The value of a required node, of this model or an imported one."""
        prefix, node = requirement.prefix, requirement.node
        return self.value(node) if prefix is None else self.imported(prefix).value(node)

    def imported(self, prefix: str) -> Evaluation:
        """The evaluation of an imported model; its inputs are under its prefix, or beside ours."""
        if prefix not in self._imports:
            nested = self._context.get(prefix) if prefix else None
            context = nested if isinstance(nested, Mapping) else self._context
            self._imports[prefix] = Evaluation(self.model.imports[prefix], context, self._given)
        return self._imports[prefix]


def _input(evaluation: Evaluation, node: InputData) -> Any:
    context = evaluation._context
    return coerce(node.type, context[node.variable]) if node.variable in context else None


def _decision(evaluation: Evaluation, node: Decision) -> Any:
    scopes = evaluation.scopes(node)
    if evaluation.told is None or node.table is None:
        return coerce(node.type, node.logic(scopes))
    hits = node.table.hits(scopes)
    evaluation.told(node, node.table.deciding(hits))
    return coerce(node.type, coerce(node.fit, node.table.value(hits, scopes)))


def _knowledge(evaluation: Evaluation, node: Knowledge) -> Any:
    scope: dict[str, Any] = {}
    function = node.make((scope,))
    # The function may call itself, so its scope is completed after it exists.
    scope[node.variable] = function
    others = [each for each in node.requires if each.node is not node]
    scope.update(evaluation.scopes(Node(node.id, node.variable, ANY, others))[0])
    return function


def _service(evaluation: Evaluation, node: Service) -> Any:
    model = evaluation.model

    def body(given: Mapping[str, Any]) -> Any:
        values = {id(each.node): given[each.node.variable] for each in node.inputs}
        inside = Evaluation(model, {}, values)
        if len(node.outputs) == 1:
            return inside.required(node.outputs[0])
        return {output.node.variable: inside.required(output) for output in node.outputs}

    parameters: Sequence[tuple[str, Type]] = [(each.node.variable, each.node.type) for each in node.inputs]
    return model_function(node.variable, parameters, node.result, body)


_VALUES: dict[type, Callable[[Evaluation, Any], Any]] = {
    InputData: _input,
    Decision: _decision,
    Knowledge: _knowledge,
    Service: _service,
}
