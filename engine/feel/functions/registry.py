"""How built-in functions are declared and called (DMN 1.5, 10.3.4).

`@builtin("substring", "string:string, start position:number, length:number=")` declares one signature; a
name declared twice has two. In a parameter, `type?` lets null through, a final `=` makes it optional and a
leading `*` takes all remaining arguments. `spread=True` lets `min(1, 2, 3)` stand for `min([1, 2, 3])`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel.errors import Undefined
from engine.feel.limits import Run
from engine.feel.values import (
    NUMBER_TYPES,
    PLAIN,
    TYPE_TESTS,
    FeelFunction,
    Param,
    fit,
    is_date,
    is_date_time,
    is_list,
    plain,
)

Implementation = Callable[..., Any]

_TESTS: dict[str, Callable[[Any], bool] | None] = {
    **TYPE_TESTS,
    "any": None,
    "day": lambda value: is_date(value) or is_date_time(value),
}


_USUAL: dict[str, frozenset[type]] = {
    "any": PLAIN,
    "string": frozenset({str}),
    "number": NUMBER_TYPES,
    "boolean": frozenset({bool}),
    "list": frozenset({list}),
    "context": frozenset({dict}),
}
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: str
    nullable: bool
    optional: bool
    rest: bool
    test: Callable[[Any], bool] | None

    def fitted(self, value: Any) -> Any:
        """The value as the parameter wants it; raises ValueError when it does not fit."""
        test = self.test
        if test is not None and test(value):
            return value
        if value is None:
            if test is None or self.nullable:
                return None
            raise ValueError(self.name)
        found = plain(value) if test is None else fit(value, test)
        if found is None:
            raise ValueError(self.name)
        return found


def _parameters(spec: str) -> tuple[Parameter, ...]:
    found = []
    for part in spec.split(","):
        name, _, type_ = part.strip().partition(":")
        if name:
            base = type_.rstrip("=?")
            found.append(
                Parameter(
                    name=name.lstrip("*"),
                    type=base,
                    nullable="?" in type_,
                    optional=type_.endswith("="),
                    rest=name.startswith("*"),
                    test=_TESTS[base],
                )
            )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Signature:
    parameters: tuple[Parameter, ...]
    call: Implementation
    spread: bool
    simple: bool
    #: For each parameter the types whose values fit as they are; others are looked at closely.
    usual: tuple[frozenset[type], ...]

    def bind(self, args: list[Any]) -> list[Any]:
        """The arguments as the implementation takes them; raises ValueError when they do not fit."""
        parameters = self.parameters
        if self.simple and len(args) == len(parameters):
            if self._fits(args):
                return args
            return [parameter.fitted(value) for parameter, value in zip(parameters, args, strict=True)]
        if self.spread and len(args) > 1:
            args = [args]
        if parameters and parameters[-1].rest:
            last = len(parameters) - 1
            args = [*args[:last], args[last:]] if len(args) > last else args
        if len(args) > len(parameters):
            raise ValueError("too many")
        bound = [parameter.fitted(value) for parameter, value in zip(parameters, args, strict=False)]
        for parameter in parameters[len(args) :]:
            if not parameter.optional:
                raise ValueError(parameter.name)
        return bound

    def _fits(self, args: list[Any]) -> bool:
        """Whether every argument is of a usual type, so that nothing need be made to fit."""
        return all(map(frozenset.__contains__, self.usual, map(type, args)))

    def positional(self, named: Mapping[str, Any]) -> list[Any]:
        """Named arguments in order; raises ValueError for unknown or missing names."""
        names = [parameter.name for parameter in self.parameters]
        if any(name not in names for name in named):
            raise ValueError("unknown name")
        args = [named[name] if name in named else self._absent(name) for name in names]
        while args and args[-1] is _ABSENT:
            args.pop()
        args = [None if value is _ABSENT else value for value in args]
        return self._flattened(args)

    def _absent(self, name: str) -> Any:
        """What stands for a parameter that is not named; ValueError when it is required."""
        if any(parameter.name == name and not parameter.optional for parameter in self.parameters):
            raise ValueError(name)
        return _ABSENT

    def _flattened(self, args: list[Any]) -> list[Any]:
        """A rest parameter given by name as a list stands for its items."""
        if self.parameters and self.parameters[-1].rest and args and is_list(args[-1]):
            return [*args[:-1], *args[-1]] if len(args) == len(self.parameters) else args
        return args


class Builtin(FeelFunction):
    """A built-in function: one or more signatures under one name."""

    def __init__(self, name: str) -> None:
        super().__init__((), self._refuse, name)
        self.signatures: list[Signature] = []

    @staticmethod
    def _refuse(*args: Any) -> Any:
        raise TypeError("a built-in function is invoked, not called")

    def __call__(self, *args: Any) -> Any:
        return self.invoke(Run(), 0, list(args))

    def add(self, parameters: tuple[Parameter, ...], call: Implementation, spread: bool) -> None:
        """Add a signature."""
        simple = not spread and not any(parameter.rest for parameter in parameters)
        usual = tuple(_USUAL.get(parameter.type, frozenset()) for parameter in parameters)
        self.signatures.append(Signature(parameters, call, spread, simple, usual))
        if len(self.signatures) == 1:
            self.params = tuple(Param(p.name) for p in parameters)

    @property
    def usage(self) -> str:
        return ", ".join(f"{self.name}({', '.join(p.name for p in s.parameters)})" for s in self.signatures)

    def takes(self, count: int) -> bool:
        return any(
            sum(not p.optional for p in s.parameters) <= count <= len(s.parameters) or s.spread for s in self.signatures
        )

    def invoke(self, run: Run, at: int, args: list[Any], named: Mapping[str, Any] | None = None) -> Any:
        run.steps -= 1
        if run.steps < 0:
            run.next_slice()
        for signature in self.signatures:
            try:
                bound = signature.bind(args if named is None else signature.positional(named))
            except ValueError:
                continue
            return self._result(run, at, signature, bound)
        if run.notes is not None:  # saying how the function is used costs more than calling it
            run.null(at, "ARGUMENTS_INVALID", name=self.name, usage=self.usage)
        return None

    def _result(self, run: Run, at: int, signature: Signature, bound: list[Any]) -> Any:
        try:
            result = signature.call(run, *bound)
        except Undefined as reason:
            return run.null(at, "OPERATION_FAILED", name=self.name, zh=reason.zh, en=reason.en)
        except (ArithmeticError, ValueError):
            return run.null(at, "RESULT_UNDEFINED", name=self.name)
        if type(result) is str:
            return run.text(result)
        if type(result) is list:
            run.items(len(result))
        return run.null(at, "RESULT_UNDEFINED", name=self.name) if result is None else result


BUILTINS: dict[str, Builtin] = {}


def builtin(name: str, parameters: str = "", *, spread: bool = False) -> Callable[[Implementation], Implementation]:
    """Declare the decorated function, whose first argument is the Run, as a built-in."""

    def declare(call: Implementation) -> Implementation:
        BUILTINS.setdefault(name, Builtin(name)).add(_parameters(parameters), call, spread)
        return call

    return declare
