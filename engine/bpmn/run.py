"""The working set of one step: items, tokens on their way, variables and effects.

Tokens move one at a time, in this order: conditional events that became true, tokens that enter a waiting element
(arm before act), other tokens first in first out, and when nothing moves, joins that nothing more can reach.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from engine.bpmn import effects as fx, expressions, ledger, rows
from engine.bpmn.errors import BpmnError, StepFailed
from engine.bpmn.program import Element, Flow, Program
from engine.bpmn.state import LOOP, Item, State
from engine.bpmn.values import plain
from engine.errors import EngineError

MAX_TOKENS = 50_000
ARMING = frozenset(("intermediateCatchEvent", "receiveTask", "eventBasedGateway", "userTask"))
THROWING = frozenset(("intermediateThrowEvent", "endEvent"))
DOCUMENT = "document."
Token = tuple[Item, Element, Flow | None]
Scopes = Sequence[Mapping[str, Any]]


class Library(Protocol):
    """Where programs are found."""

    def program(self, definition: str) -> Program:
        """The program of a definition name that `read` was given."""

    def resolve(self, key: str, binding: str, version: str | None, caller: str) -> Program:
        """The program a call activity means; raises KeyError when there is none."""


class Environment(Protocol):
    """What the machine asks while it runs: pure, without network. Scopes are innermost first."""

    def evaluate(self, expression: str, scopes: Scopes) -> Any:
        """The value of a FEEL expression."""

    def decide(self, decision_ref: str, scopes: Scopes, element: Element) -> Any:
        """The result of a decision."""

    def script(self, text: str, scopes: Scopes, element: Element) -> Mapping[str, Any] | None:
        """Run a script task (only where `read` allowed them); the result becomes variables."""


class Run:
    """One step under way."""

    def __init__(
        self, library: Library, environment: Environment, state: State, now: datetime, context: Mapping[str, Any]
    ) -> None:
        self.library, self.environment, self.state, self.now = library, environment, state, now
        self.items = state.items
        self.context = context
        self.written: dict[str, Any] = {}
        self.effects: list[fx.Effect | None] = []
        self.rows = rows.Rows(self.effects)
        self.arming: deque[Token] = deque()
        self.moving: deque[Token] = deque()
        self.flows: list[tuple[str, str]] = []
        self.dirty = False
        self.budget = MAX_TOKENS

    # -- items ------------------------------------------------------------------------------------------------
    def open(
        self,
        element: Element,
        parent: Item | None,
        kind: str,
        vars: dict[str, Any] | None = None,
        program: Program | None = None,
    ) -> Item:
        if program is None:
            assert parent is not None, "the outermost item names its program"
            program = parent.program
        item = Item(self.state.next_id(), element, parent, kind, program, vars)
        self.items[item.id] = item
        self.rows.fresh.add(item.id)
        if kind != LOOP:
            known = self._spoken_of(element, item)
            self.effects.append(fx.ElementEntered(item.id, element.id, program.definition, known))
            if element.kind in THROWING:
                ledger.note(self, item, element)
        return item

    def open_silently(self, element: Element, parent: Item, kind: str, program: Program) -> Item:
        """An item that is bookkeeping, not an element a person would see entered."""
        item = Item(self.state.next_id(), element, parent, kind, program, None)
        item.mark("silent", 1)
        self.rows.fresh.add(item.id)
        self.items[item.id] = item
        return item

    def close(self, item: Item, reason: str = "completed") -> None:
        """Take one item away, without its children."""
        shown = item.kind != LOOP and not item.marked("silent")
        if shown and reason == "completed" and item.element.kind not in THROWING:
            ledger.note(self, item, item.element)
        item.alive = False
        del self.items[item.id]
        if item.parent is not None:
            del item.parent.children[item.id]
        self.rows.close(self.state, item, reason)
        if shown:
            self.effects.append(fx.ElementLeft(item.id, item.element.id, reason))

    def kill(self, item: Item, reason: str = "interrupted") -> None:
        self.clear(item, reason)
        self.close(item, reason)

    def clear(self, scope: Item, reason: str = "interrupted") -> None:
        """Stop everything inside a scope: items and tokens under way."""
        for child in list(scope.children.values()):
            self.kill(child, reason)
        scope.arrived.clear()
        if scope.tokens:
            self.arming = deque(t for t in self.arming if t[0] is not scope)
            self.moving = deque(t for t in self.moving if t[0] is not scope)
            scope.tokens = 0

    def passing(self, scope: Item, element: Element) -> None:
        """Note that a token went through an element that never waits."""
        number = self.state.next_id()
        definition = scope.program.definition
        self.effects.append(fx.ElementEntered(number, element.id, definition, self._spoken_of(element, scope)))
        ledger.note(self, scope, element)
        self.effects.append(fx.ElementLeft(number, element.id, "completed"))

    def _spoken_of(self, element: Element, item: Item) -> Mapping[str, Any]:
        return self.variables(item) if "notify" in element.properties else {}

    # -- tokens -----------------------------------------------------------------------------------------------
    def send(self, scope: Item, flow: Flow) -> None:
        scope.tokens += 1
        self.flows.append((scope.program.definition, flow.id))
        (self.arming if flow.target.kind in ARMING else self.moving).append((scope, flow.target, flow))

    def place(self, scope: Item, element: Element) -> None:
        """A token that appears at an element without a flow: starts, handlers, links."""
        scope.tokens += 1
        (self.arming if element.kind in ARMING else self.moving).append((scope, element, None))

    def next_token(self) -> Token | None:
        """The token that moves next; raises StepFailed when a step never comes to rest."""
        queue = self.arming or self.moving
        if not queue:
            return None
        token = queue.popleft()
        token[0].tokens -= 1
        self.budget -= 1
        if self.budget < 0:
            raise StepFailed(
                token[1].id,
                f"一步之内移动了超过 {MAX_TOKENS} 个令牌，流程图中有不会停下的循环",
                f"more than {MAX_TOKENS} tokens moved in one step: the diagram has an endless loop",
            )
        return token

    # -- variables --------------------------------------------------------------------------------------------
    def names(self, item: Item | None) -> list[Mapping[str, Any]]:
        """Visible names, innermost first: variables up to the process, values written to the document, context."""
        return [*self._variables(item), self.written, self.context]

    @staticmethod
    def _variables(item: Item | None) -> list[dict[str, Any]]:
        chain = []
        while item is not None:
            if item.vars is not None:
                chain.append(item.vars)
            if item.element.kind == "process":
                break
            item = item.parent
        return chain

    def variables(self, item: Item) -> dict[str, Any]:
        """Process variables visible from an item, inner ones over outer ones."""
        merged: dict[str, Any] = {}
        for scope in reversed(self._variables(item)):
            merged.update(scope)
        return merged

    def assign(self, item: Item, values: Mapping[str, Any]) -> None:
        """Write where a name is declared, else into the process; `document.X` goes to the case document."""
        chain = self._variables(item)
        for name, value in values.items():
            self._put(item, chain, name, value)
        self.dirty = True

    def _put(self, item: Item, chain: Sequence[dict[str, Any]], name: str, value: Any) -> None:
        if name.startswith(DOCUMENT):
            self.write_document(name.removeprefix(DOCUMENT), value)
        else:
            next((scope for scope in chain if name in scope), chain[-1])[name] = self._plain(item, name, value)

    def assign_outputs(self, item: Item, element: Element, *extra: Mapping[str, Any]) -> None:
        """Evaluate and assign the output parameters of an element one after the other; later ones see earlier ones."""
        chain = self._variables(item)
        scopes = [*extra, *chain, self.written, self.context]
        self.dirty = True
        for name, text in element.outputs:
            self._put(item, chain, name, self.text_in(text, element, scopes))

    def declare(self, item: Item, values: Mapping[str, Any]) -> None:
        """Make names local to an item."""
        if item.vars is None:
            item.vars = {}
        for name, value in values.items():
            item.vars[name] = self._plain(item, name, value)

    def write_document(self, path: str, value: Any) -> None:
        """Write a field of the case document; `a.b` writes the field b of the object a."""
        name, stored = path, plain(value)
        if "." in path:
            name, *rest = path.split(".")
            current = self.written[name] if name in self.written else self.context.get(name)
            stored = _with(current, rest, stored)
        self.effects.append(fx.ContextSet({name: stored}))
        self.written[name] = stored
        document = self.written.get("document", self.context.get("document"))
        if document is not None and isinstance(document, Mapping):
            self.written["document"] = {**document, name: stored}
        self.dirty = True

    @staticmethod
    def _plain(item: Item, name: str, value: Any) -> Any:
        try:
            return plain(value)
        except TypeError as error:
            raise StepFailed(
                item.element.id, f"变量“{name}”的值无法保存（{error}）", f"variable {name!r} cannot be kept: {error}"
            ) from error

    # -- expressions ------------------------------------------------------------------------------------------
    def evaluate(self, text: str, item: Item | None, element: Element, *extra: Mapping[str, Any]) -> Any:
        """The value of an expression, wrapped or not, as seen from an item; `extra` scopes come first."""
        return self._value(expressions.body(text), element, [*extra, *self.names(item)])

    def _value(self, body: str, element: Element, scopes: Scopes) -> Any:
        try:
            return self.environment.evaluate(body, scopes)
        except BpmnError:
            raise
        except Exception as error:
            raise failure(element, body, error) from error

    def true(self, text: str, item: Item, element: Element, *extra: Mapping[str, Any]) -> bool:
        """Three-valued logic: only true is true."""
        return self.evaluate(text, item, element, *extra) is True

    def text(self, text: Any, item: Item | None, element: Element, *extra: Mapping[str, Any]) -> Any:
        """The value of an attribute as seen from an item; `extra` scopes come first."""
        if isinstance(text, str) and expressions.is_literal(text):
            return text.strip()
        return self.text_in(text, element, [*extra, *self.names(item)])

    def text_in(self, text: Any, element: Element, scopes: Scopes) -> Any:
        """The value of an attribute: literal text, one whole expression, or a text with embedded expressions.

        Lists and maps of camunda:inputParameter are evaluated inside.
        """
        if not isinstance(text, str):
            return self._inside(text, element, scopes)
        found = expressions.parts(text)
        if len(found) == 1:
            is_expression, content = found[0]
            return self._value(content, element, scopes) if is_expression else content
        pieces = [self._value(content, element, scopes) if is_expr else content for is_expr, content in found]
        return "".join("" if piece is None else str(plain(piece)) for piece in pieces)

    def _inside(self, value: Any, element: Element, scopes: Scopes) -> Any:
        if isinstance(value, Mapping):
            return {key: self.text_in(inner, element, scopes) for key, inner in value.items()}
        return [self.text_in(inner, element, scopes) for inner in value]

    def ask(self, element: Element, what: str, question: Callable[[], Any]) -> Any:
        """Ask the environment; whatever it raises names the element."""
        try:
            return question()
        except BpmnError:
            raise
        except Exception as error:
            raise failure(element, what, error) from error


def _with(current: Any, path: list[str], value: Any) -> dict[str, Any]:
    """A copy of an object in which the field at the end of the path has the value."""
    found = dict(current) if isinstance(current, Mapping) else {}
    head, *rest = path
    found[head] = _with(found.get(head), rest, value) if rest else value
    return found


def failure(element: Element, what: str, error: Exception) -> StepFailed:
    """What an environment raised, as a failed step that names the element and what was asked."""
    if isinstance(error, EngineError):
        return StepFailed(element.id, f"{what}：{error.zh}", f"{what}: {error.en}")
    named = f"{type(error).__name__} {error}"
    zh, en = getattr(error, "message_zh", named), getattr(error, "message_en", named)
    return StepFailed(element.id, f"{what}：{zh}", f"{what}: {en}")


def moment(seconds: float, now: datetime) -> datetime:
    """Epoch seconds as a point in time, in the zone of `now`."""
    return datetime.fromtimestamp(seconds, now.tzinfo or UTC)
