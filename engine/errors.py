"""What can go wrong when a command is executed: sentences a user can act on.

EngineError
├── NotFound            the thing named by the command does not exist
├── NotAllowed          this person may not do this
│   └── NeedsTwoPeople
├── Conflict            the thing has moved on since the person looked at it
│   ├── TaskClosed
│   ├── TaskClaimed
│   ├── TaskDelegatedAway
│   ├── OpinionPending
│   ├── StaleVersion
│   ├── CannotMigrate
│   └── AlreadyTaken
├── InvalidInput        the data does not fit; nothing was changed
│   └── InvalidDeployment
└── NotCorrelated       nobody waits for this message
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class EngineError(Exception):
    """A command was refused. Nothing was changed.

    `code` is stable and meant for machines, `zh` and `en` are sentences for people.
    """

    code = "ENGINE_ERROR"
    zh = "操作没有完成。"
    en = "The operation was not completed."

    def __init__(self, zh: str | None = None, en: str | None = None, **details: Any) -> None:
        self.zh = zh or type(self).zh
        self.en = en or type(self).en
        self.details = details
        super().__init__(self.en)

    @property
    def message_zh(self) -> str:
        return self.zh

    @property
    def message_en(self) -> str:
        return self.en


class NotFound(EngineError):
    """The thing named by the command does not exist."""

    code = "NOT_FOUND"
    zh = "没有找到这条记录，可能编号有误。"
    en = "This record was not found; the number may be wrong."


class NotAllowed(EngineError):
    """This person may not do this."""

    code = "NOT_ALLOWED"
    zh = "您的岗位没有办理这项工作的权限。"
    en = "Your post has no permission for this work."


class NeedsTwoPeople(NotAllowed):
    """What is live is changed by one person and published by another."""

    code = "NEEDS_TWO_PEOPLE"
    zh = "修改和发布必须由两个人完成：请在“流程变更”中提交修改，由另一位有审核权限的同事发布。"
    en = "One person changes and another publishes: hand the change in, and let a colleague who may approve publish it."


class Conflict(EngineError):
    """The thing has moved on since the person looked at it."""

    code = "CONFLICT"
    zh = "这项工作已经有了新的进展，请刷新后再试。"
    en = "This work has moved on; refresh and try again."


class TaskClosed(Conflict):
    """The task was finished or withdrawn by somebody or something else."""

    code = "TASK_CLOSED"
    zh = "这项任务已经办结或已被收回，您填写的内容仍保留在页面上。"
    en = "This task has been finished or withdrawn; what you typed is still on the page."


class TaskClaimed(Conflict):
    """Somebody else has claimed this task."""

    code = "TASK_CLAIMED"
    zh = "这项任务已由{who}领取。"
    en = "This task has been claimed by {who}."

    def __init__(self, who: str) -> None:
        super().__init__(self.zh.format(who=who), self.en.format(who=who), who=who)


class TaskDelegatedAway(Conflict):
    """Somebody else works on the task until they give it back."""

    code = "TASK_DELEGATED"
    zh = "这项任务已委派给{who}，对方交回或委派人收回后才能办理。"
    en = "This task is delegated to {who}; it can go on when it is given back or recalled."

    def __init__(self, who: str) -> None:
        super().__init__(self.zh.format(who=who), self.en.format(who=who), who=who)


class OpinionPending(Conflict):
    """An opinion that was asked for has not been given."""

    code = "OPINION_PENDING"
    zh = "还有{number}条加签意见没有答复，答复或撤回后才能提交；您填写的内容没有丢失。"
    en = "{number} opinions asked for are still missing; submit when they are given or withdrawn, nothing is lost."

    def __init__(self, number: int) -> None:
        super().__init__(self.zh.format(number=number), self.en.format(number=number), number=number)


class StaleVersion(Conflict):
    """The form was opened before somebody else changed the task."""

    code = "STALE_VERSION"
    zh = "您打开表单之后这项任务有变动，请核对后再次提交；您填写的内容没有丢失。"
    en = "The task changed after you opened the form; check it and submit again, nothing you typed is lost."


class CannotMigrate(Conflict):
    """Something that stands in the old version has no place in the new one."""

    code = "CANNOT_MIGRATE"
    zh = "这件工单不能迁移到这个版本。"
    en = "This work order cannot be migrated to this version."


class AlreadyTaken(Conflict):
    """This very message has just been taken in by somebody else."""

    code = "DUPLICATE"
    zh = "这条消息已经接收过。"
    en = "This message has been taken in already."


class InvalidInput(EngineError):
    """The data does not fit. `errors` names each field with its sentences."""

    code = "INVALID_INPUT"
    zh = "有内容需要修改后才能提交。"
    en = "Something has to be corrected before this can be submitted."

    def __init__(
        self,
        zh: str | None = None,
        en: str | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(zh, en, **details)
        self.errors = {path: list(sentences) for path, sentences in (errors or {}).items()}


class InvalidDeployment(InvalidInput):
    """A diagram, table or form cannot go live. `findings` has one entry for each reason."""

    code = "INVALID_DEPLOYMENT"
    zh = "文件没有通过检查，未发布。"
    en = "The files did not pass the check and were not deployed."

    def __init__(self, findings: Sequence[Any]) -> None:
        super().__init__()
        self.findings = list(findings)


class NotCorrelated(EngineError):
    """Nobody waits for this message."""

    code = "MESSAGE_NOT_CORRELATED"
    zh = "没有工单在等待消息“{name}”（{key}）。"
    en = "No work order waits for message {name} ({key})."

    def __init__(self, name: str, key: str | None) -> None:
        super().__init__(
            self.zh.format(name=name, key=key or "-"),
            self.en.format(name=name, key=key or "-"),
            name=name,
            key=key,
        )


class StepFailed(EngineError):
    """The diagram could not go on from here; the work order is unchanged."""

    code = "STEP_FAILED"
    zh = "流程在“{element}”处无法继续：{reason}"
    en = "The process could not go on at {element}: {reason}"

    def __init__(self, element: str, reason_zh: str, reason_en: str) -> None:
        super().__init__(
            self.zh.format(element=element, reason=reason_zh),
            self.en.format(element=element, reason=reason_en),
            element=element,
        )
