"""How a person fills in a form: sensibly, and always the same for the same seed.

Rules say what people write into the forms of the main loop. Whatever a rule does not say, and whatever form a process
owner draws tomorrow, is filled from the form's own schema: required fields get a value that fits. Fields that a
condition hides may be filled, too: the server drops them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

Values = dict[str, Any]
Component = Mapping[str, Any]


@dataclass(frozen=True)
class Rates:
    """How often people do not go the straight way, each from 0 to 1."""

    returned: float = 0.08
    failed: float = 0.08
    dissatisfied: float = 0.08
    refused: float = 0.04
    joined: float = 0.06


@dataclass
class Sheet:
    """One form to fill: its schema, what it shows, chance for this task, and how often this form was met before."""

    form_id: str
    components: tuple[Component, ...]
    shown: Mapping[str, Any]
    chance: Random
    rates: Rates
    before: int
    units: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    """Names of the detours taken, for the final table."""

    def detour(self, rate: float, name: str) -> bool:
        """Whether the person takes a detour now; only the first time, so that every appeal comes to its end."""
        taken = self.chance.random() < rate and self.before == 0
        if taken:
            self.notes.append(name)
        return taken

    def options(self, key: str) -> list[Any]:
        """The values a select or radio offers."""
        component = next((one for one in self.components if one.get("key") == key), {})
        return options_of(component, self.shown)


Rule = Callable[[Sheet], Values]


def fill(sheet: Sheet) -> Values:
    """All values to send."""
    rule = RULES.get(sheet.form_id)
    values = rule(sheet) if rule else {}
    for component in sheet.components:
        key = component["key"]
        if key in values and not offered(component, values[key], sheet.shown):
            del values[key]  # the form's options have changed since the rule was written
        if key not in values:
            value = plain(component, sheet)
            if value is not None:
                values[key] = value
    return values


def keyed(components: Any) -> Iterator[Component]:
    """Every component that holds a value, groups opened."""
    for component in components or []:
        if component.get("components") is not None:
            yield from keyed(component["components"])
        elif component.get("key"):
            yield component


# ------------------------------------------------------------------ any form
def plain(component: Component, sheet: Sheet) -> Any:
    """What the form shows already, its default, or, when it is required, something that fits."""
    shown = sheet.shown.get(component["key"])
    if shown not in (None, "", []):
        return shown
    if component.get("defaultValue") is not None:
        return component["defaultValue"]
    rules = component.get("validate") or {}
    if not rules.get("required") and not rules.get("min"):
        return None
    return MAKERS.get(str(component.get("type")), text)(component, sheet)


def text(component: Component, sheet: Sheet) -> str:
    rules = component.get("validate") or {}
    made = f"{component.get('label') or '情况'}：已按规定核实办理。"
    while len(made) < int(rules.get("minLength") or 0):
        made += "情况属实，已记录在案。"
    return made[: int(rules.get("maxLength") or 2000)]


def number(component: Component, sheet: Sheet) -> int:
    return int((component.get("validate") or {}).get("min") or 0)


def option(component: Component, sheet: Sheet) -> Any:
    found = options_of(component, sheet.shown)
    return found[0] if found else None


def offered(component: Component, value: Any, shown: Mapping[str, Any]) -> bool:
    """Whether a select or radio has this value; other fields take any."""
    return component.get("type") not in ("select", "radio") or value in options_of(component, shown)


def options_of(component: Component, shown: Mapping[str, Any]) -> list[Any]:
    """The values a select, radio or tag list offers; the lists come with the page's data."""
    listed = component.get("values") or shown.get(str(component.get("valuesKey") or "")) or []
    return [one.get("value") if isinstance(one, Mapping) else one for one in listed]


MAKERS: Mapping[str, Callable[[Component, Sheet], Any]] = {
    "number": number,
    "select": option,
    "radio": option,
    "checklist": lambda component, sheet: [option(component, sheet)],
    "taglist": lambda component, sheet: [option(component, sheet)],
    "checkbox": lambda component, sheet: True,
    "datetime": lambda component, sheet: datetime.now().astimezone().isoformat(timespec="minutes"),
    "geopoint": lambda component, sheet: {"lon": 114.905, "lat": 21.705, "accuracy": 20},
    "photo": lambda component, sheet: None,  # the client adds pictures, since they are files
}


# ------------------------------------------------------------------ the forms of the main loop
VILLAGES = ("990107001001", "990107001002", "990107001006", "990107002001", "990107003001", "990107004001")


def accept(sheet: Sheet) -> Values:
    """受理登记: place and category; now and then something the law keeps us from taking."""
    content = str(sheet.shown.get("content") or "")
    offered = set(sheet.options("villageCode"))
    villages = [code for code in VILLAGES if code in offered] or sorted(offered)[:4]
    values: Values = {
        "appealType": sheet.shown.get("appealType") or ("咨询" if "咨询" in content or "请问" in content else "投诉"),
        "address": sheet.shown.get("address") or "榕荫大道",
        "villageCode": sheet.shown.get("villageCode") or sheet.chance.choice(villages),
        "categoryCode": sheet.shown.get("categoryCode") or category(sheet, content),
        "relation": "新问题",
        "specialCase": False,
    }
    if len(str(sheet.shown.get("title") or "")) > 60:
        values["title"] = str(sheet.shown["title"])[:60]
    cases = sheet.options("masterCase")
    if cases and sheet.detour(sheet.rates.joined, "并入在办案件"):
        return values | {"relation": "同一事件", "masterCase": sheet.chance.choice(cases)}
    if sheet.detour(sheet.rates.refused, "不予受理或转办"):
        values |= {"specialCase": True, "procedureFlag": True}
        values |= {"inDistrict": True, "infoComplete": True, "contactable": True}
    return values


def category(sheet: Sheet, content: str) -> Any:
    """The category whose name has most characters in common with the report; ties by chance."""
    listed = [one for one in sheet.shown.get("categories") or [] if isinstance(one, Mapping)]
    listed = [one for one in listed if str(one.get("value", "")).startswith(("C", "E"))] or listed
    letters = set(content)
    best = max((len(letters & set(str(one.get("label", "")))) for one in listed), default=0)
    close = [one["value"] for one in listed if len(letters & set(str(one.get("label", "")))) == best]
    return sheet.chance.choice(close) if close else None


def dispatch(sheet: Sheet) -> Values:
    """派遣: the suggested unit; another one after a return."""
    able = [unit for unit in sheet.options("mainUnit") if unit in sheet.units]
    suggested, returned_by = sheet.shown.get("suggestedUnit"), sheet.shown.get("mainUnit")
    if sheet.shown.get("suggestUnit") in able and sheet.shown.get("returnCount"):
        unit = sheet.shown["suggestUnit"]
    elif suggested in able and not sheet.shown.get("returnCount"):
        unit = suggested
    else:
        large = [one for one in able if not str(one).startswith("V") and one != returned_by]
        unit = sheet.chance.choice(large or able or sheet.options("mainUnit"))
    return {
        "dispatchMode": "单办",
        "mainUnit": unit,
        "opinion": "请按职责到现场核实处置，并将结果答复群众。",
        "deviationReason": "按现场情况由该单位先行处置。",
    }


def sign(sheet: Sheet) -> Values:
    """签收, or a return with reason and basis."""
    if not sheet.detour(sheet.rates.returned, "退单"):
        return {"signAction": "签收"}
    own = sheet.shown.get("mainUnit")
    other = [unit for unit in sheet.options("suggestUnit") if unit in sheet.units and unit != own]
    large = [unit for unit in other if not str(unit).startswith("V")]
    return {
        "signAction": "退单",
        "reasonCode": "R01",
        "basis": "经核对权责清单，该事项不属于本单位法定职责范围，建议改派主管单位。",
        "suggestUnit": sheet.chance.choice(large or other),
    }


def return_review(sheet: Sheet) -> Values:
    upheld = sheet.chance.random() < 0.7
    sheet.notes.append("退单成立" if upheld else "退单驳回")
    opinion = "权责清单支持，同意改派。" if upheld else "属于贵单位职责，请继续办理。"
    return {"returnDecision": "成立" if upheld else "驳回", "returnOpinion": opinion}


def handle(sheet: Sheet) -> Values:
    return {
        "resultCode": sheet.chance.choice(("已解决", "已解决", "已解决", "部分解决", "解释说明")),
        "process": "接单后派员到现场核实，按规范完成处置并清理现场，已拍照留存，联系群众告知了结果。",
    }


def site(sheet: Sheet) -> Values:
    if sheet.detour(sheet.rates.failed, "核查不通过"):
        return {"verifyResult": "不通过", "failReason": "处置不到位", "verifyNote": "现场仍有残留，请返工。"}
    return {"verifyResult": "通过", "verifyNote": "现场已恢复正常。"}


def reply(sheet: Sheet) -> Values:
    subject = str(sheet.shown.get("title") or "反映的问题")[:40]
    code = sheet.shown.get("resultCode")
    return {
        "resultCode": code if code in sheet.options("resultCode") else "已解决",
        "replyText": f"您好！您反映的“{subject}”收悉。我单位已派人到现场核实处置，并由其他单位人员到场核查。"
        "如问题再次出现，欢迎随时与我们联系。感谢您对城市管理工作的关心和支持。",
        "publishable": False,
    }


def visit(sheet: Sheet) -> Values:
    """回访: mostly satisfied; a low rating leads to a redo."""
    if sheet.detour(sheet.rates.dissatisfied, "低评价"):
        return {
            "contacted": True,
            "contactedByUnit": True,
            "resolved": "否",
            "satisfied": "不满意",
            "dissatisfiedReason": "问题没有解决",
            "reasonable": True,
            "words": "问题还在，希望再来看看。",
        }
    satisfied = sheet.chance.choice(("非常满意", "满意", "满意", "基本满意"))
    return {"contacted": True, "contactedByUnit": True, "resolved": "是", "satisfied": satisfied, "reasonable": True}


def decide(sheet: Sheet) -> Values:
    return {
        "decision": "转办",
        "forwardTo": "市级主管部门",
        "replyText": "您好！您反映的事项属于市级主管部门职责，已为您转交办理，请留意后续答复。",
    }


def reject(sheet: Sheet) -> Values:
    return {
        "legalBasis": "该事项已进入法定程序，依法不予受理。",
        "guidance": "您好！您反映的事项属于诉讼、仲裁或行政复议等法定程序办理的事项，请向有管辖权的机关提出。",
    }


RULES: Mapping[str, Rule] = {
    "city_appeal_accept": accept,
    "city_appeal_answer": lambda sheet: {"replyText": "您好！您咨询的事项可到区政务服务中心窗口办理，请带身份证。"},
    "city_appeal_decide": decide,
    "city_appeal_late": lambda sheet: {"lateDecision": "解释后结案", "lateOpinion": "已向群众解释，群众表示理解。"},
    "city_appeal_reject": reject,
    "city_appeal_reply": reply,
    "dispatch_dispatch": dispatch,
    "handle_sign": sign,
    "handle_return_review": return_review,
    "handle_handle": handle,
    "rate_visit": visit,
    "rate_reason": lambda sheet: {"reasonDecision": "不同意", "reasonOpinion": "群众的要求合理，应继续办理。"},
    "verify_confirm": lambda sheet: {"confirmResult": "同意"},
    "verify_site": site,
}
"""By the form's id."""
