"""Functions that decision models define: business knowledge models, boxed functions, decision services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.dmn.types import ANY, Type, coerce
from engine.feel.values import FeelFunction, Param


def model_function(
    name: str,
    parameters: Sequence[tuple[str, Type]],
    result: Type,
    body: Callable[[Mapping[str, Any]], Any],
) -> FeelFunction:
    """A FEEL function whose `body` gets its arguments by name.

    Called with arguments that do not fit its parameters it is not invoked and gives null (DMN 1.5, 10.3.2.13.1);
    a result that does not fit is null too.
    """
    names = [parameter for parameter, _ in parameters]

    def call(*arguments: Any) -> Any:
        return coerce(result, body(dict(zip(names, arguments, strict=True))))

    accepted = [Param(each, None if type_ is ANY else type_.accepts) for each, type_ in parameters]
    return FeelFunction(accepted, call, name)
