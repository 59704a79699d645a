"""Boxed expressions: context, list, relation, invocation, function, conditional, iterators, filter.

Source: DMN 1.5, chapters 7.3 and 10.2.1. What cannot be compiled is reported as a finding and stands for null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.dmn import invoking
from engine.dmn.compiler import KINDS, Compiler, Names, null, typed
from engine.dmn.table import Logic, Scopes
from engine.dmn.xml import Element, attribute, child, children, normal_name, text_of


def _literal(compiler: Compiler, element: Element, names: Names) -> Logic:
    compiler.language(element)
    text = text_of(element)
    if text and "external" in text and invoking.EXTERNAL.search(text):
        compiler.external(compiler.element)
    return compiler.feel(text, names) if text else null


def _context(compiler: Compiler, element: Element, names: Names) -> Logic:
    entries: list[tuple[str | None, Logic]] = []
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        logic = compiler.inside(entry, names)
        if variable is None:
            entries.append((None, logic))
            continue
        name = normal_name(attribute(variable, "name"))
        names = names | {name}
        entries.append((name, typed(logic, compiler.book.type_of(variable.get("typeRef")))))

    def evaluate(scopes: Scopes) -> Any:
        own: dict[str, Any] = {}
        for name, logic in entries:
            value = logic((own, *scopes))
            if name is None:
                return value
            own[name] = value
        return own

    return evaluate


def _list(compiler: Compiler, element: Element, names: Names) -> Logic:
    items = [compiler.expression(item, names) for item in children(element, *KINDS)]
    return lambda scopes: [item(scopes) for item in items]


def _relation(compiler: Compiler, element: Element, names: Names) -> Logic:
    columns = [
        (normal_name(attribute(column, "name")), compiler.book.type_of(column.get("typeRef")))
        for column in children(element, "column")
    ]
    rows = [
        [
            (name, typed(compiler.expression(cell, names), type_))
            for (name, type_), cell in zip(columns, children(row, *KINDS), strict=False)
        ]
        for row in children(element, "row")
    ]
    return lambda scopes: [{name: cell(scopes) for name, cell in row} for row in rows]


def _invocation(compiler: Compiler, element: Element, names: Names) -> Logic:
    function = compiler.expression(child(element, *KINDS), names)
    bindings: list[tuple[str, Logic]] = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        name = "" if parameter is None else normal_name(attribute(parameter, "name"))
        bindings.append((name, compiler.inside(binding, names)))
    return lambda scopes: invoking.invoke(function(scopes), {name: value(scopes) for name, value in bindings})


def _function(compiler: Compiler, element: Element, names: Names) -> Logic:
    return compiler.function(element, names, compiler.element)


def _conditional(compiler: Compiler, element: Element, names: Names) -> Logic:
    condition, then, otherwise = (compiler.inside(child(element, part), names) for part in ("if", "then", "else"))
    return lambda scopes: then(scopes) if condition(scopes) is True else otherwise(scopes)


def _for(compiler: Compiler, element: Element, names: Names) -> Logic:
    variable = normal_name(attribute(element, "iteratorVariable"))
    domain = compiler.inside(child(element, "in"), names)
    body = compiler.inside(child(element, "return"), names | {variable, "partial"})
    # Most bodies do not look back, and copying what is done at every turn would cost.
    looks_back = any("partial" in str(text) for text in element.itertext())

    def evaluate(scopes: Scopes) -> Any:
        items = invoking.items_of(domain(scopes))
        if items is None:
            return None
        results: list[Any] = []
        for item in items:
            results.append(body(({variable: item, "partial": results[:] if looks_back else None}, *scopes)))
        return results

    return evaluate


def _quantified(compiler: Compiler, element: Element, names: Names, decide: Callable[[Sequence[Any]], Any]) -> Logic:
    variable = normal_name(attribute(element, "iteratorVariable"))
    domain = compiler.inside(child(element, "in"), names)
    body = compiler.inside(child(element, "satisfies"), names | {variable})

    def evaluate(scopes: Scopes) -> Any:
        items = invoking.items_of(domain(scopes))
        return None if items is None else decide([body(({variable: item}, *scopes)) for item in items])

    return evaluate


def _some(compiler: Compiler, element: Element, names: Names) -> Logic:
    return _quantified(compiler, element, names, invoking.some)


def _every(compiler: Compiler, element: Element, names: Names) -> Logic:
    return _quantified(compiler, element, names, invoking.every)


def _filter(compiler: Compiler, element: Element, names: Names) -> Logic:
    domain = compiler.inside(child(element, "in"), names)
    match = compiler.inside(child(element, "match"), names | {"item"})

    def evaluate(scopes: Scopes) -> Any:
        value = domain(scopes)
        if value is None:
            return None
        items: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
        return invoking.filtered(items, lambda item: match((*_item_scopes(item), *scopes)))

    return evaluate


def _item_scopes(item: Any) -> tuple[Mapping[str, Any], ...]:
    own: Mapping[str, Any] = {"item": item}
    return (item, own) if isinstance(item, Mapping) else (own,)


#: How to compile each kind of boxed expression but decision tables.
BOXED: dict[str, Callable[[Compiler, Element, Names], Logic]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "for": _for,
    "some": _some,
    "every": _every,
    "filter": _filter,
}
