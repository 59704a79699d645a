"""Errors of the BPMN room; all are `engine.errors.EngineError` with a code and two sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.errors import Conflict, EngineError, InvalidDeployment, StepFailed

if TYPE_CHECKING:
    from engine.bpmn.findings import Finding

__all__ = ["BpmnError", "InvalidDiagram", "StaleItem", "StepFailed", "UncaughtError"]


class InvalidDiagram(InvalidDeployment):
    """The diagram cannot be run as drawn; `findings` has one entry for each reason."""

    code = "INVALID_DIAGRAM"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings)
        shown = [f for f in findings if f.severity == "error"][:3]
        self.zh = "流程图没有通过检查：" + "；".join(f"{f.element}：{f.zh}" for f in shown)
        self.en = "The diagram did not pass the check: " + "; ".join(f"{f.element}: {f.en}" for f in shown)
        self.args = (self.en,)


class StaleItem(Conflict):
    """The item, timer or subscription a command is for is no longer open."""

    code = "STALE_ITEM"
    zh = "这个步骤（{item}）已经不再等待，可能已办结或已被收回。"
    en = "This step ({item}) no longer waits; it may have been finished or withdrawn."

    def __init__(self, item: object) -> None:
        super().__init__(self.zh.format(item=item), self.en.format(item=item), item=item)


class UncaughtError(StepFailed):
    """A job or task threw a BPMN error that no boundary event or event sub-process catches."""

    code = "BPMN_ERROR_NOT_CAUGHT"

    def __init__(self, element: str, error: str) -> None:
        super().__init__(
            element,
            f"没有边界事件或事件子流程处理业务错误“{error}”",
            f"no boundary event or event sub-process catches the BPMN error {error!r}",
        )


class BpmnError(EngineError):
    """Raised by `Environment.script` or `Environment.decide` to throw a BPMN error at the running activity."""

    code = "BPMN_ERROR"

    def __init__(self, error: str, message: str = "") -> None:
        super().__init__(message or error, message or error)
        self.error = error
