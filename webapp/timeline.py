"""A work order's history in sentences.

One template per kind of event (`SENTENCES`); what is bookkeeping stays out of the sentences and can be unfolded as
raw events. A sentence gets the event's data and the names of people, units and elements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from engine.citations import citations, remark
from webapp import labels
from webapp.current import kinds
from webapp.i18n import translated
from webapp.times import moment_text

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """Words for the identifiers in events; `homes`: user id → code of the person's own unit."""

    people: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)

    def person(self, user_id: str | None) -> str:
        if not user_id or user_id == "system":
            return _("系统")
        if user_id == "citizen":
            return _("群众")
        if user_id.startswith("connector:"):
            return labels.term(labels.CHANNELS, user_id.partition(":")[2])
        return self.people.get(user_id, user_id)

    def element(self, element: str | None) -> str:
        return labels.task_name(self.elements.get(element or "", element or ""))

    def unit(self, code: str | None) -> str:
        return self.units.get(code or "", code or "")

    def source(self, document: Mapping[str, Any], source: str, kind: str) -> str:
        """Where a work order comes from: the channel of the report, or who started it.

        What staff start begins with the channel of the counter; true is that for a report alone."""
        channel, starter = str(document.get("channel") or ""), document.get("startedBy")
        if channel and (kind == "appeal" or not starter or channel != labels.COUNTER):
            return translated(channel)
        if not starter:
            return labels.term(labels.CHANNELS, source)
        who, unit = self.person(starter), self.unit(document.get("startedUnit") or self.homes.get(starter))
        return _("%(who)s（%(unit)s）新建", who=who, unit=unit)


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. `details`: (label, value) of what was submitted; `more`: like ones folded below it."""

    at: datetime
    kind: str
    text: str
    tone: str = ""
    details: Sequence[tuple[str, str]] = ()
    task_id: int | None = None
    more: Sequence[Entry] = ()


INTERNAL = ("msg.", "sig.")
"""Messages between work orders; the one that gets them has its own sentence."""

Sentence = Callable[[Row, Mapping[str, Any], Names], str | None]


def _opened(row: Row, data: Mapping[str, Any], names: Names) -> str:
    kind = labels.term(kinds(), data.get("kind"))
    return _("%(kind)s %(no)s 建立", kind=kind, no=data.get("no"))


def _started(row: Row, data: Mapping[str, Any], names: Names) -> str:
    who, unit = _acting(data.get("by"), data, names), names.unit(data.get("unit"))
    if data.get("about"):
        return _("%(who)s（%(unit)s）由工单 %(about)s 发起", who=who, unit=unit, about=data["about"])
    return _("%(who)s（%(unit)s）新建", who=who, unit=unit)


def _acted(row: Row, data: Mapping[str, Any], names: Names) -> str:
    action = _(str(data.get("action") or ""))
    if data.get("by") == "citizen":
        return _("群众：%(action)s", action=action)
    return _(
        "%(who)s（%(unit)s）：%(action)s",
        who=_acting(data.get("by"), data, names),
        unit=names.unit(data.get("unit")),
        action=action,
    )


def _status(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("状态变为“%(status)s”", status=labels.status_name(data.get("code")))


def _stage_moved(row: Row, data: Mapping[str, Any], names: Names) -> str:
    stage, due = _(str(data.get("stage") or "")), data.get("due_at")
    if not due:
        return _("“%(stage)s”时限暂停计时", stage=stage)
    return _("“%(stage)s”时限调整到 %(due)s", stage=stage, due=moment_text(due))


def _timer_failed(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("“%(element)s”到时未能执行，等待处理", element=names.element(data.get("element")))


def _task_opened(row: Row, data: Mapping[str, Any], names: Names) -> str:
    who = labels.posts(data.get("candidates") or (), names.units, names.people)
    task = labels.task_name(data.get("name") or "")
    if data.get("due_at"):
        return _("“%(task)s”等待%(who)s办理，%(due)s 前完成", task=task, who=who, due=moment_text(data["due_at"]))
    return _("“%(task)s”等待%(who)s办理", task=task, who=who)


def _acting(user_id: str | None, data: Mapping[str, Any], names: Names) -> str:
    """A person, with whom they stood in for."""
    behalf = data.get("on_behalf_of")
    if not behalf:
        return names.person(user_id)
    return _("%(who)s（代%(principal)s）", who=names.person(user_id), principal=names.person(behalf))


def _task_claimed(row: Row, data: Mapping[str, Any], names: Names) -> str:
    assignee, actor = data.get("assignee"), row["actor"]
    task = names.element(data.get("element"))
    if actor not in (assignee, "system"):
        return _("%(actor)s把“%(task)s”交给%(who)s", actor=names.person(actor), task=task, who=names.person(assignee))
    return _("%(who)s领取“%(task)s”", who=_acting(assignee, data, names), task=task)


def _task_released(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("%(who)s退回“%(task)s”", who=names.person(row["actor"]), task=names.element(data.get("element")))


def _task_completed(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _(
        "%(who)s（%(unit)s）完成“%(task)s”",
        who=_acting(data.get("by"), data, names),
        unit=_answering(data, names),
        task=names.element(data.get("element")),
    )


def _answering(data: Mapping[str, Any], names: Names) -> str:
    """The unit whose work it was; a duty desk that did it for a unit that sleeps says so: 指挥中心代路灯所."""
    home, unit = names.homes.get(str(data.get("by"))), data.get("unit")
    if not home or home == unit or data.get("on_behalf_of"):
        return names.unit(unit)
    return _("%(home)s代%(unit)s", home=names.unit(home), unit=names.unit(unit))


def _delegated(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _(
        "%(actor)s把“%(task)s”委派给%(who)s：%(text)s",
        actor=names.person(row["actor"]),
        task=names.element(data.get("element")),
        who=names.person(data.get("assignee")),
        text=data.get("text"),
    )


def _given_back(row: Row, data: Mapping[str, Any], names: Names) -> str:
    actor, task = names.person(row["actor"]), names.element(data.get("element"))
    if not data.get("text"):
        return _("%(actor)s收回委派的“%(task)s”", actor=actor, task=task)
    return _("%(actor)s交回委派的“%(task)s”：%(text)s", actor=actor, task=task, text=data["text"])


def _opinion_asked(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _(
        "%(actor)s就“%(task)s”请%(who)s提意见（加签）：%(text)s",
        actor=names.person(row["actor"]),
        task=names.element(data.get("element")),
        who=labels.posts([str(data.get("receiver"))], names.units, names.people),
        text=data.get("text"),
    )


def _opinion_given(row: Row, data: Mapping[str, Any], names: Names) -> str:
    task = names.element(data.get("element"))
    return _(
        "%(actor)s答复“%(task)s”的加签：%(text)s", actor=names.person(row["actor"]), task=task, text=data.get("text")
    )


def _opinion_withdrawn(row: Row, data: Mapping[str, Any], names: Names) -> str:
    who = labels.posts([str(data.get("receiver"))], names.units, names.people)
    return _("%(actor)s撤回向%(who)s征求的意见", actor=names.person(row["actor"]), who=who)


def _copied(row: Row, data: Mapping[str, Any], names: Names) -> str:
    who = labels.posts(data.get("receivers") or (), names.units, names.people)
    return _("%(actor)s抄送%(who)s：%(text)s", actor=names.person(row["actor"]), who=who, text=data.get("text") or "—")


def _draft_saved(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("%(actor)s保存了草稿 %(path)s", actor=names.person(row["actor"]), path=data.get("path"))


def _draft_dropped(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("%(actor)s移除了草稿 %(path)s", actor=names.person(row["actor"]), path=data.get("path"))


def _published(row: Row, data: Mapping[str, Any], names: Names) -> str:
    approver, publisher = names.person(data.get("approver") or ""), names.person(data.get("publisher") or "")
    return _("%(approver)s审核、%(publisher)s发布，新版本生效", approver=approver, publisher=publisher)


def _task_cancelled(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("“%(task)s”不再需要办理", task=names.element(data.get("element")))


def _file(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("%(who)s上传“%(name)s”", who=names.person(row["actor"]), name=data.get("name"))


def _timer(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("到时：%(element)s", element=names.element(data.get("element")))


def _job_completed(row: Row, data: Mapping[str, Any], names: Names) -> str | None:
    if str(data.get("topic", "")).startswith(INTERNAL):
        return None
    return _("“%(element)s”已送达对方系统", element=names.element(data.get("element")))


def _job_retried(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _(
        "“%(element)s”没有送达，%(when)s 再试：%(error)s",
        element=names.element(data.get("element")),
        when=moment_text(data.get("next_at")),
        error=data.get("error"),
    )


def _incident(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _(
        "“%(element)s”送达失败，需要人工处理：%(error)s",
        element=names.element(data.get("element")),
        error=data.get("error"),
    )


def _resolved(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _(
        "%(who)s重新发送“%(element)s”：%(reason)s",
        who=names.person(row["actor"]),
        element=names.element(data.get("element")),
        reason=data.get("reason"),
    )


MESSAGES: Mapping[str, Callable[[], str]] = {
    "msg.rating": lambda: _("收到群众评价"),
    "msg.appeal.linked": lambda: _("诉求已关联到案件"),
    "msg.case.appealJoined": lambda: _("又有一件诉求并入本案"),
    "msg.case.opened": lambda: _("由诉求立案"),
    "msg.case.redo": lambda: _("群众不满意，要求重办"),
    "msg.appeal.done": lambda: _("一件关联诉求已回访办结"),
    "msg.appeal.urged": lambda: _("群众催办"),
    "msg.appeal.supplemented": lambda: _("群众补充了情况"),
    "msg.appeal.withdrawn": lambda: _("群众撤回诉求"),
    "sig.case.result": lambda: _("案件办理结果已送达诉求"),
    "msg.case.result": lambda: _("案件办理结果已送达诉求"),
    "sig.policy.changed": lambda: _("防汛响应变了，各环节时限按新的级别重算"),
    "msg.patrol.due": lambda: _("按计划派出巡查"),
    "msg.patrol.override": lambda: _("预警改变了巡查计划"),
    "msg.alert.raised": lambda: _("设备报警"),
    "msg.alert.repeat": lambda: _("设备重复报警"),
    "msg.alert.cleared": lambda: _("设备恢复，预警解除"),
}


def _message(row: Row, data: Mapping[str, Any], names: Names) -> str:
    known, here = MESSAGES.get(str(data.get("name"))), str(data.get("element") or "")
    if known:
        return known()
    return names.element(here) if here in names.elements else _("收到消息 %(name)s", name=data.get("name"))


def _notice(row: Row, data: Mapping[str, Any], names: Names) -> str | None:
    if data.get("role") == "user":
        return None  # the act that sent it has its own sentence
    who = labels.posts([f"{data.get('role')}@{data.get('unit')}"], names.units)
    return _("提醒%(who)s：%(text)s", who=who, text=data.get("text"))


def _link_issued(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("一次性评价链接已生成，有效至 %(until)s", until=moment_text(data.get("expires_at")))


def _revealed(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("%(who)s查看了反映人身份，理由：%(reason)s", who=names.person(row["actor"]), reason=data.get("reason"))


def _exported(row: Row, data: Mapping[str, Any], names: Names) -> str:
    who = names.person(row["actor"])
    return _("%(who)s想导出工单，被拒绝", who=who) if data.get("refused") else _("%(who)s导出了工单", who=who)


OPERATED: Mapping[str, Callable[[], str]] = {
    "cancel": lambda: _("终止了工单"),
    "move": lambda: _("移动了流程位置"),
    "set": lambda: _("更正了数据"),
    "skip": lambda: _("跳过了一项对接"),
}


def _operated(row: Row, data: Mapping[str, Any], names: Names) -> str:
    known = OPERATED.get(str(data.get("act")))
    act = known() if known else str(data.get("act"))
    return _("%(who)s%(act)s，原因：%(reason)s", who=names.person(row["actor"]), act=act, reason=data.get("reason"))


def _suspended(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("%(who)s暂停了工单，原因：%(reason)s", who=names.person(row["actor"]), reason=data.get("reason"))


def _resumed(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("%(who)s恢复了工单，原因：%(reason)s", who=names.person(row["actor"]), reason=data.get("reason"))


def _migrated(row: Row, data: Mapping[str, Any], names: Names) -> str:
    moved = "，".join(f"{old} → {new}" for old, new in (data.get("definitions") or {}).items())
    values = {"who": names.person(row["actor"]), "moved": moved, "reason": data.get("reason")}
    if data.get("act") == "revert":
        return _("%(who)s退回了版本迁移（%(moved)s），原因：%(reason)s", **values)
    return _("%(who)s迁移了流程版本（%(moved)s），原因：%(reason)s", **values)


def _corrected(row: Row, data: Mapping[str, Any], names: Names) -> str:
    element = names.element(data.get("element"))
    return _("%(who)s更正了“%(element)s”的数据", who=names.person(row["actor"]), element=element)


def _started_by_time(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("按计划时间 %(due)s 自动开始", due=moment_text(data.get("due_at")))


def _ledger(row: Row, data: Mapping[str, Any], names: Names) -> str:
    """What was written, with its key as a unit or a person where it is one."""
    key = str(data.get("key") or "")
    known = names.units.get(key) or names.people.get(key) or key
    entry = data.get("entry") or {}
    facts = [(label, entry[fact]) for fact, label in labels.LEDGER_FACTS.items() if entry.get(fact) not in (None, "")]
    words = "，".join(f"{label} {_short(value, names)}" for label, value in facts)
    values = {"ledger": labels.term(labels.LEDGERS, data.get("ledger")), "key": known or "—"}
    if not words:
        return _("记入%(ledger)s台账（%(key)s）", **values)
    return _("记入%(ledger)s台账（%(key)s）：%(entry)s", entry=words, **values)


def _absence(row: Row, data: Mapping[str, Any], names: Names) -> str:
    values = {
        "who": names.people.get(str(data["user"]), data["user"]),
        "start": moment_text(data["start"]),
        "end": moment_text(data["end"]),
    }
    if not data.get("deputy"):
        return _("%(who)s 请假：%(start)s 至 %(end)s", **values)
    deputy = names.people.get(str(data["deputy"]), data["deputy"])
    return _("%(who)s 请假：%(start)s 至 %(end)s，由 %(deputy)s 代办", deputy=deputy, **values)


def _short(value: Any, names: Names) -> str:
    values = value if isinstance(value, list) else [value]
    return _("、").join("—" if one is None else names.units.get(str(one)) or str(one) for one in values)


def _cited(row: Row, data: Mapping[str, Any], names: Names) -> str:
    """The clauses that what was decided here rests on."""
    found = [str(one) for rule in data["rules"] for one in citations(rule["note"])]
    return _("依据 %(clauses)s", clauses="、".join(dict.fromkeys(found)))


def rules(row: Row, clauses: Mapping[str, str]) -> list[tuple[str, str]]:
    """Which rules decided, with what their clauses say. `clauses`: the words of a clause by its citation."""
    return [
        (_("%(table)s 第 %(rule)d 行", table=translated(one["name"]), rule=one["rule"]), _resting(one["note"], clauses))
        for one in row["data"]["rules"]
    ]


def _resting(note: str, clauses: Mapping[str, str]) -> str:
    cited = [str(one) for one in citations(note)]
    told = [f"{one}：{clauses[one]}" if clauses.get(one) else one for one in cited]
    return "\n".join([*told, *filter(None, [remark(note)])])


def _ended(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("全部流程结束")


def _reopened(row: Row, data: Mapping[str, Any], names: Names) -> str:
    return _("已经结束的工单重新办理")


SENTENCES: Mapping[str, tuple[Sentence, str]] = {
    "OrderOpened": (_opened, "accent"),
    "OrderStarted": (_started, "accent"),
    "ActionTaken": (_acted, "accent"),
    "StatusChanged": (_status, ""),
    "StageRescheduled": (_stage_moved, "warn"),
    "TimerFailed": (_timer_failed, "danger"),
    "TaskOpened": (_task_opened, ""),
    "TaskClaimedBy": (_task_claimed, ""),
    "TaskReleased": (_task_released, "warn"),
    "TaskCompleted": (_task_completed, "ok"),
    "TaskDelegated": (_delegated, ""),
    "TaskGivenBack": (_given_back, ""),
    "OpinionAsked": (_opinion_asked, ""),
    "OpinionGiven": (_opinion_given, "ok"),
    "OpinionWithdrawn": (_opinion_withdrawn, "warn"),
    "TaskCopied": (_copied, ""),
    "DraftSaved": (_draft_saved, ""),
    "DraftDropped": (_draft_dropped, "warn"),
    "ChangePublished": (_published, "ok"),
    "TaskCancelled": (_task_cancelled, "warn"),
    "FileAttached": (_file, ""),
    "TimerFired": (_timer, "warn"),
    "JobCompleted": (_job_completed, "ok"),
    "JobRetried": (_job_retried, "warn"),
    "IncidentRaised": (_incident, "danger"),
    "IncidentResolved": (_resolved, "ok"),
    "MessageReceived": (_message, "accent"),
    "NoticeIssued": (_notice, "warn"),
    "StartedByTime": (_started_by_time, "accent"),
    "LedgerEntered": (_ledger, ""),
    "AbsenceRecorded": (_absence, "accent"),
    "RulesCited": (_cited, ""),
    "RatingLinkIssued": (_link_issued, ""),
    "ReporterRevealed": (_revealed, "warn"),
    "OrderExported": (_exported, "warn"),
    "OperatorActed": (_operated, "warn"),
    "OrderSuspended": (_suspended, "warn"),
    "OrderResumed": (_resumed, "ok"),
    "OrderMigrated": (_migrated, "accent"),
    "JobCorrected": (_corrected, "warn"),
    "OrderEnded": (_ended, "ok"),
    "OrderReopened": (_reopened, "warn"),
}


CITED = "RulesCited"
WITH_FORM = ("TaskCompleted", "OrderStarted", "ActionTaken")
"""Events that keep what was filled in."""


def entries(
    history: Sequence[Row], names: Names, details: Callable[[Row], Sequence[tuple[str, str]]] = lambda row: ()
) -> list[Entry]:
    """The readable part of a history, oldest first.

    `details` words what was submitted with a form, or which rules decided."""
    found, status = [], None
    for row in history:
        sentence, tone = SENTENCES.get(row["kind"], (None, ""))
        data = {"element": row["element"], **(row["data"] or {})}
        if row["kind"] == "StatusChanged":
            status, before = data.get("code"), status
            if status == before:
                continue  # each subtask says it again
        text = sentence(row, data, names) if sentence else None
        if text:
            more = details(row) if row["kind"] in (*WITH_FORM, CITED) else ()
            found.append(Entry(row["at"], row["kind"], text, tone, more, (row["data"] or {}).get("task_id")))
    return found


MANY = 10
"""More entries of a kind within a minute than this are folded, as in a roll call of hundreds."""


def folded(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, with the first of many of a kind in one minute standing for the rest."""

    def alike(entry: Entry) -> tuple[str, datetime]:
        return entry.kind, entry.at.replace(second=0, microsecond=0)

    times = Counter(map(alike, entries))
    found, below = [], dict[tuple[str, datetime], list[Entry]]()
    for entry in entries:
        key = alike(entry)
        if times[key] <= MANY:
            found.append(entry)
        elif key in below:
            below[key].append(entry)
        else:
            below[key] = []
            found.append(replace(entry, more=below[key]))
    return found


def people_in(history: Sequence[Row]) -> set[str]:
    """User ids that occur."""
    keys = ("assignee", "by", "owner", "on_behalf_of", "user", "deputy")
    named = {str((row["data"] or {}).get(key)) for row in history for key in keys if (row["data"] or {}).get(key)}
    named |= {str(row["data"]["key"]) for row in history if row["kind"] == "LedgerEntered"}
    named |= {one.removeprefix("user:") for row in history for one in _addresses(row) if one.startswith("user:")}
    return named | {row["actor"] for row in history}


def units_in(history: Sequence[Row], tasks: Sequence[Row] = ()) -> set[str]:
    """Unit codes that occur, also behind the @ of candidates."""
    found = {str((row["data"] or {})["unit"]) for row in history if (row["data"] or {}).get("unit")}
    entries = [row["data"] for row in history if row["kind"] == "LedgerEntered"]
    found |= {str(entry["key"]) for entry in entries}
    found |= {str((entry.get("entry") or {}).get(fact)) for entry in entries for fact in ("unit", "from", "to")}
    posts = [post for row in history for post in _addresses(row) if "@" in post]
    posts += [post for task in tasks for post in task["candidates"] or ()]
    return found | {post.partition("@")[2] for post in posts if "@" in post}


def _addresses(row: Row) -> list[str]:
    """The candidates and receivers an event names: `role@unit` and `user:ID`."""
    data = row["data"] or {}
    one = [str(data["receiver"])] if data.get("receiver") else []
    return [*(data.get("candidates") or ()), *(data.get("receivers") or ()), *one]
