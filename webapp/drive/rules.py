"""What people write into the forms of the main loop, with now and then a detour.

Whatever a rule does not say, and whatever form a process owner draws tomorrow, is filled from the form itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from forms import paths
from webapp.drive.desk import Sheet, Values, offered, plain

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
    return _by_path(values)


def _by_path(values: Values) -> Values:
    """`answers.c1` belongs into the object `answers`."""
    found: Values = {}
    for key, value in values.items():
        paths.put(found, key, value)
    return found


VILLAGES = ("990107001001", "990107001002", "990107001006", "990107002001", "990107003001", "990107004001")


def accept(sheet: Sheet) -> Values:
    """受理登记: place and category; now and then something the law keeps us from taking."""
    content = str(sheet.shown.get("content") or "")
    listed = set(sheet.options("villageCode"))
    villages = [code for code in VILLAGES if code in listed] or sorted(listed)[:4]
    values: Values = {
        "appealType": sheet.shown.get("appealType") or ("咨询" if "咨询" in content or "请问" in content else "投诉"),
        "address": sheet.shown.get("address") or "榕荫大道",
        "villageCode": sheet.shown.get("villageCode") or sheet.chance.choice(villages),
        "categoryCode": sheet.shown.get("categoryCode") or category(sheet, content),
        "relation": "无关",
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
        "returnProof.clause": "权责清单第三条",
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
