"""Words for codes: statuses, roles, kinds, channels. Chinese here, English in the translations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import get_locale, gettext, lazy_gettext as _l

from engine import queries

STATUS = {
    10: _l("待受理"),
    11: _l("待补充信息"),
    12: _l("不予受理"),
    13: _l("已合并"),
    14: _l("已转办外单位"),
    15: _l("已直接答复"),
    20: _l("待立案核实"),
    30: _l("待派遣"),
    31: _l("待裁定"),
    40: _l("待签收"),
    41: _l("处置中"),
    42: _l("退单审核中"),
    43: _l("延期审核中"),
    44: _l("挂账"),
    45: _l("联办处置中"),
    46: _l("上行升级中"),
    50: _l("待核查"),
    51: _l("返工中"),
    60: _l("待回访"),
    61: _l("重办中"),
    70: _l("已结案"),
    71: _l("已归档"),
    80: _l("作废"),
    90: _l("应急处置中"),
}
#: What the person who reported reads, in plain words.
CITIZEN = {
    10: _l("您的诉求已经收到，工作人员正在登记。"),
    11: _l("还需要您补充一些信息，工作人员会与您联系。"),
    12: _l("您的诉求不属于受理范围，理由和可以走的渠道见下面的答复。"),
    13: _l("您的诉求与其他群众反映的是同一件事，正在一并办理，结果会分别告诉您。"),
    14: _l("您的诉求已转交有权办理的单位。"),
    15: _l("您的诉求已经答复。"),
    20: _l("正在核实现场情况。"),
    30: _l("正在确定由哪个单位办理。"),
    40: _l("已派给承办单位，等待签收。"),
    41: _l("承办单位正在处理。"),
    42: _l("正在重新确定承办单位。"),
    50: _l("承办单位已处理，正在现场核查。"),
    51: _l("核查没有通过，承办单位正在返工。"),
    60: _l("处理结果已经告知，请您评价。"),
    61: _l("根据您的评价，正在重新办理。"),
    70: _l("您的诉求已经办结，感谢您的反映。"),
    71: _l("您的诉求已经办结，感谢您的反映。"),
    80: _l("这件诉求已经撤销。"),
}
ROLES = {
    "acceptor": _l("受理员"),
    "dispatcher": _l("派遣员"),
    "shift_leader": _l("值班长"),
    "visitor": _l("回访质检员"),
    "supervisor": _l("督办专员"),
    "arbitrator": _l("裁定组"),
    "seat": _l("驻场席"),
    "safety_seat": _l("公共安全席"),
    "grid_seat": _l("网格席"),
    "hotline_seat": _l("12345席"),
    "city_seat": _l("数字城管席"),
    "assessor": _l("考核员"),
    "area_dispatcher": _l("片区调度员"),
    "town_dispatcher": _l("镇街调度员"),
    "village_head": _l("网格站站长"),
    "grid_worker": _l("网格员"),
    "part_time_worker": _l("兼职网格员"),
    "building_head": _l("楼长"),
    "verifier": _l("核查员"),
    "handler": _l("单位经办"),
    "unit_head": _l("单位负责人"),
    "field_worker": _l("现场人员"),
    "leader": _l("区领导"),
    "principal_leader": _l("区主要领导"),
    "center_head": _l("中心主要领导"),
    "center_deputy": _l("中心分管领导"),
    "duty_commander": _l("轮值指挥长"),
    "town_duty_leader": _l("镇街带班领导"),
    "hookup_leader": _l("挂点区领导"),
    "process_owner": _l("流程负责人"),
    "process_approver": _l("流程审批人"),
    "integrator": _l("集成工程师"),
    "sys_admin": _l("系统管理员"),
    "sec_admin": _l("安全管理员"),
    "audit_admin": _l("审计管理员"),
}
KINDS = {"appeal": _l("诉求"), "case": _l("案件")}
COUNTER = "窗口登记"
CHANNELS = {
    "hotline_12345": _l("12345热线"),
    "public": _l("网上反映"),
    "manual": _l("窗口登记"),
    "import": _l("批量导入"),
    "case": _l("案件"),
}
LEDGERS = {
    "credit": _l("信用"),
    "precedent": _l("裁定先例"),
    "device": _l("设备"),
    "handoff": _l("交接"),
    "attendance": _l("考勤"),
    "burden": _l("采集负担"),
    "burst": _l("集中反映"),
    "cluster": _l("聚集"),
    "gift": _l("礼品"),
    "lists": _l("三清单"),
    "patrol": _l("巡查"),
    "patrol_plan": _l("巡查重点"),
    "policy": _l("防汛响应"),
    "supervise": _l("督办"),
    "weather": _l("天气"),
}
LEDGER_FACTS = {
    "event": _l("事项"),
    "unit": _l("单位"),
    "from": _l("原单位"),
    "to": _l("新单位"),
    "why": _l("原因"),
    "basis": _l("依据"),
    "points": _l("分值"),
    "score": _l("得分"),
    "month": _l("月份"),
    "color": _l("颜色"),
    "cause": _l("误报原因"),
}
"""What people are told of a ledger's entry; the rest is there for expressions."""
PRIORITIES = {"特急": _l("特急"), "紧急": _l("紧急"), "加急": _l("加急"), "一般": _l("一般")}
PRIORITY_TONES = {"特急": "solid", "紧急": "danger", "加急": "warn"}
TASKS = (
    _l("受理登记"),
    _l("人工派遣"),
    _l("签收"),
    _l("处置"),
    _l("核查"),
    _l("现场核查"),
    _l("退单审核"),
    _l("答复拟稿"),
    _l("回访评价"),
    _l("直接答复"),
    _l("不予受理"),
    _l("值班长判定"),
)
ELEMENT_KINDS = {
    "userTask": _l("人工任务"),
    "serviceTask": _l("对接任务"),
    "sendTask": _l("发送消息"),
    "receiveTask": _l("等待消息"),
    "callActivity": _l("调用流程"),
    "subProcess": _l("子流程"),
    "eventBasedGateway": _l("等待事件"),
    "intermediateCatchEvent": _l("等待事件"),
    "businessRuleTask": _l("规则"),
    "boundaryEvent": _l("边界事件"),
    "startEvent": _l("开始事件"),
}
MOVE_KINDS = {
    "item": _l("环节"),
    "timer": _l("定时器"),
    "join": _l("汇合"),
    "compensation": _l("补偿"),
}
NEW = 10
"""The status every work order begins with."""
PLAIN = {"active": _l("办理中"), "suspended": _l("已暂停"), "completed": _l("已办结"), "cancelled": _l("作废")}
"""Statuses of kinds of work orders whose diagrams set none."""
FINISHED = frozenset({12, 13, 14, 15, 70, 71, 80})


def status_name(code: int | None, kind: str | None = None, status: str | None = None) -> str:
    """待受理 … for a two-digit status code. Kinds of work orders whose diagrams set none are running or have ended."""
    if _sets_no_status(code, kind):
        return str(PLAIN.get(status or "", PLAIN["active"]))
    return str(STATUS.get(code or 0, code or ""))


def _sets_no_status(code: int | None, kind: str | None) -> bool:
    return code == NEW and bool(kind) and kind not in KINDS


def status_tone(code: int | None, kind: str | None = None, status: str | None = None) -> str:
    """The badge colour of a status."""
    if _sets_no_status(code, kind):
        return "ok" if status == "completed" else "info"
    if code in (70, 71, 15):
        return "ok"
    if code in (12, 14, 80, 13):
        return ""
    if code in (42, 43, 44, 46, 51, 61, 31, 11):
        return "warn"
    return "danger" if code == 90 else "info"


def term(words: Mapping[str, Any], key: str | None) -> str:
    """The word for a key; an unknown key is its own word."""
    return str(words.get(key or "", key or ""))


def role_word(code: str) -> str:
    """The word for a role; one that a district has added by itself is named in roles.csv."""
    if code in ROLES:
        return term(ROLES, code)
    from webapp.current import reader  # it imports this module

    named = {row["role"]: row for row in queries.code_list(reader(), "roles")}.get(code, {})
    english = str(get_locale() or "zh").startswith("en")
    return str((named.get("name_en") if english else "") or named.get("name") or code)


def task_name(name: str) -> str:
    """A task's name as drawn; in English where the district's standard names have a translation."""
    return gettext(name) if name else ""


def posts(candidates: Iterable[str], units: Mapping[str, str], people: Mapping[str, str] | None = None) -> str:
    """`handler@PS`, `user:L03` … → 单位经办（区排水事务中心）、区领导03"""
    named = []
    for candidate in candidates:
        if candidate.startswith("user:"):
            user = candidate.removeprefix("user:")
            named.append((people or {}).get(user, user))
            continue
        role, _, unit = candidate.partition("@")
        named.append(gettext("%(role)s（%(unit)s）", role=role_word(role), unit=units.get(unit, unit)))
    return gettext("、").join(dict.fromkeys(named))
