"""Compiles the FEEL and the functions of one element into closures over scopes.

A scope is a mapping from names to values; a closure takes a tuple of them, innermost first. What cannot be
compiled is reported as a finding and stands for null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import engine.feel
from engine.dmn.errors import Finding
from engine.dmn.functions import model_function
from engine.dmn.item_definitions import Report, TypeBook
from engine.dmn.table import Logic, Scopes
from engine.dmn.types import ANY, FunctionType, Type, bare, coerce
from engine.dmn.xml import Element, attribute, child, children, local, normal_name
from engine.feel.values import FeelFunction

Names = frozenset[str]


#: How to compile each kind of boxed expression; the modules that know them fill it.
KINDS: dict[str, Callable[[Compiler, Element, Names], Logic]] = {}


def null(scopes: Scopes) -> Any:
    """The logic of an expression that is not there."""
    return None


class Compiler:
    """Compiles the expressions of one element of the model.

    With an `open_scope` expressions may read names nobody declared, from the caller's context.
    """

    def __init__(self, book: TypeBook, element: str, report: Report, open_scope: bool = False) -> None:
        self.book = book
        self.element = element
        self._report = report
        self._open = open_scope

    def expression(self, element: Element | None, names: Names) -> Logic:
        """The logic of a boxed expression; null for no expression."""
        if element is None:
            return null
        logic = KINDS[local(element)](self, element, names)
        # The type of a function definition says what the function gives, or the type of the function.
        if local(element) == "functionDefinition":
            return logic
        return typed(logic, self.book.type_of(element.get("typeRef")))

    def inside(self, element: Element | None, names: Names) -> Logic:
        """The logic of the boxed expression that `element` contains, fitted to the type the element states."""
        if element is None:
            return null
        logic = self.expression(child(element, *KINDS), names)
        return typed(logic, result_type(self.book.type_of(element.get("typeRef"))))

    def feel(self, text: str, names: Names, **place: int) -> Logic:
        """The logic of a FEEL expression; `place` says row and column for a finding."""
        try:
            expression = engine.feel.parse(text, names=names | self.book.names, types=self._types(text))
        except engine.feel.FeelError as error:
            self.syntax(text, error, **place)
            return null
        self._known(expression.names - names, text, **place)
        return lambda scopes: expression(*scopes)

    def unary(self, text: str, names: Names, **place: int) -> Callable[..., Any] | None:
        """The unary tests of a cell or of allowed values; None (and a finding) if they do not parse."""
        try:
            tests = engine.feel.parse(text, unary=True, names=names | self.book.names, types=self._types(text))
        except engine.feel.FeelError as error:
            self.syntax(text, error, **place)
            return None
        self._known(tests.names - names - {"?"}, text, **place)
        return tests

    def _known(self, unknown: Names, text: str, row: int = 0, column: int = 0) -> None:
        if self._open:
            return
        at_zh = f"第 {row} 行第 {column} 列：" if row else ""
        at_en = f"Row {row}, column {column}: " if row else ""
        for name in sorted(unknown):
            self.report(
                "dmn.name.unknown",
                f"{at_zh}“{text}”用到的“{name}”既不是输入数据，也不是所依赖的决策，永远为空。",
                f"{at_en}“{name}” in “{text}” is neither input data nor a required decision; it would always be null.",
                row or None,
                column or None,
            )

    def _types(self, text: str) -> TypeBook | None:
        # Expressions that can name a type are compiled for this model alone, all others are shared.
        return self.book if "instance" in text or "function" in text else None

    def language(self, element: Element) -> None:
        """Report an expression in a language other than FEEL."""
        language = attribute(element, "expressionLanguage").lower().rstrip("/")
        if language and not language.endswith("feel") and "/feel/" not in language:
            self.report(
                "dmn.expression.language",
                f"表达式语言“{language}”不受支持，请改用 FEEL。",
                f"The expression language “{language}” is not supported; use FEEL.",
            )

    def syntax(self, text: str, error: engine.feel.FeelError, row: int = 0, column: int = 0) -> None:
        """Report FEEL that does not parse."""
        at_zh = f"第 {row} 行第 {column} 列" if row else "表达式"
        at_en = f"Row {row}, column {column}" if row else "The expression"
        self.report(
            "dmn.cell.syntax" if row else "dmn.expression.syntax",
            f"{at_zh}“{text}”无法解析：{error.message_zh}",
            f"{at_en} “{text}” does not parse: {error.message_en}",
            row=row or None,
            column=column or None,
        )

    def report(self, rule: str, zh: str, en: str, row: int | None = None, column: int | None = None) -> None:
        """Report what makes the element impossible to run."""
        self._report(Finding(rule, self.element, "error", zh, en, row, column))

    def function(self, element: Element, names: Names, name: str, result: Type = ANY) -> Logic:
        """The logic that makes the function of a `functionDefinition` or `encapsulatedLogic` element."""
        parameters = [
            (normal_name(attribute(each, "name")), self.book.type_of(each.get("typeRef")))
            for each in children(element, "formalParameter")
        ]
        if attribute(element, "kind", "FEEL") != "FEEL":
            self.external(name)
        body = self.inside(element, names | {parameter for parameter, _ in parameters})

        def make(scopes: Scopes) -> FeelFunction:
            return model_function(name, parameters, result_type(result), lambda given: body((given, *scopes)))

        return make

    def external(self, name: str) -> None:
        """Report a function written in Java or PMML."""
        self.report(
            "dmn.function.external",
            f"函数“{name}”调用外部程序（Java/PMML），不受支持；请改用 FEEL 或连接器。",
            f"The function “{name}” calls an external program (Java/PMML), which is not supported; "
            "use FEEL or a connector.",
        )


def typed(logic: Logic, type_: Type) -> Logic:
    """`logic` with its value made to fit `type_`."""
    return logic if type_ is ANY else lambda scopes: coerce(type_, logic(scopes))


def result_type(type_: Type) -> Type:
    """What a function of this type gives; a type that is no function type is taken for its result."""
    target = ANY if type_ is ANY else bare(type_)
    return target.output if isinstance(target, FunctionType) else type_
