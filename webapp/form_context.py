"""What a task's form sees: the fields of the work order's document it binds, and the lists it offers.

Only what the form names leaves the server: a form that does not show a field does not get it either.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from engine import queries
from engine.intake import reasons
from engine.jsonable import plain
from engine.queries import Viewer
from forms import Form, schema as shape
from webapp.form_words import word
from webapp.i18n import language
from webapp.times import moment_text

List = Callable[[Any, Viewer, Mapping[str, Any]], list[Any]]


def _codes(name: str, prefixes: tuple[str, ...] = ("",)) -> List:
    def read(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
        rows = [row for row in queries.code_list(reader, name) if str(row["code"]).startswith(prefixes)]
        return [{"value": row["code"], "label": f"{row['code']} {row['name']}"} for row in rows]

    return read


def _delegated_powers(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    return [
        {
            "value": row["power_code"],
            "label": f"{row['power_code']} {row['category']} {row['exercised_by']}",
            "category": row["category"],
        }
        for row in queries.code_list(reader, "delegated_powers")
    ]


def _open_cases(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    return list(queries.open_cases(reader, who, task.get("village_code"), task.get("town_code")))


def _similar_cases(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """The cases the comparison found, the likest first, then the open ones around."""
    found = [one for one in (task["document"] or {}).get("similar") or () if isinstance(one, Mapping)]
    seen = {one["no"]: one for one in queries.cases_at(reader, who, [one["caseNo"] for one in found])}
    listed = [
        {
            "value": one["caseNo"],
            "label": f"{at}. {one['caseNo']} {one['title']}",
            **{name: one.get(name) for name in ("score", "metres", "reason", "why")},
            **_placed(seen.get(one["caseNo"], {})),
        }
        for at, one in enumerate(found, 1)
    ]
    known = {one["value"] for one in listed}
    return listed + [one for one in _open_cases(reader, who, task) if one["value"] not in known]


def _placed(case: Mapping[str, Any]) -> dict[str, Any]:
    """What a map and the list beside it show of a case; nothing of one this person may not see."""
    shown = {name: case[name] for name in ("title", "content", "address", "lon", "lat", "photos") if name in case}
    return {**shown, "open": case["status"] in ("active", "suspended")} if shown else {}


def _names_around(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """Names of the gazetteer around the work order, for a map."""
    document = task["document"] or {}
    lon, lat = (_degrees(document.get(name)) for name in ("lon", "lat"))
    if lon is None or lat is None:
        return []
    return [dict(one) for one in queries.names_around(reader, lon, lat, AROUND_METRES, MOST_NAMES)]


def _degrees(value: Any) -> float | None:
    try:
        return None if value in (None, "") else float(value)
    except (TypeError, ValueError):
        return None


AROUND_METRES, MOST_NAMES = 800, 16


def _lower_units(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """Units below those this person works for."""
    return list(queries.units_below(reader, who.units | {one.partition("@")[2] for one in who.reach if "@" in one}))


def _handlers(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """The people of the units a task was drawn for; not those of a duty desk that stands in."""
    candidates = [
        one for one in task.get("candidates") or () if "@" in one and one not in (task.get("stands_for") or {})
    ]
    units = sorted({one.partition("@")[2] for one in candidates})
    found = queries.colleagues(reader, [f"{role}@{unit}" for unit in units for role in HANDLING])
    return [{"value": one["user_id"], "label": one["display_name"]} for one in found]


def _colleagues(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """The people of this person's unit (`own`, themselves `self`) and of the unit above it, and when they are away."""
    units = [who.unit, *queries.unit_above(reader, who.unit)]
    found = [one for unit in units for one in queries.unit_members(reader, unit)]
    names = queries.names_of_units(reader, units)
    away = _away(reader, [one["user_id"] for one in found], who)
    return [
        {
            "value": one["user_id"],
            "label": f"{one['display_name']}（{names.get(one['unit_code'], one['unit_code'])}）",
            "own": one["unit_code"] == who.unit,
            "self": one["user_id"] == who.user_id,
            "away": away.get(one["user_id"], []),
        }
        for one in found
    ]


def _away(reader: Any, people: list[str], who: Viewer) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in queries.absences_ahead(reader, people, who.at):
        found.setdefault(row["user_id"], []).append(_span(row))
    return found


def _span(row: Mapping[str, Any]) -> dict[str, Any]:
    """A time away as rules compare it and people read it."""
    begins, ends = moment_text(row["from_at"]), moment_text(row["to_at"])
    return {"begins": begins.replace(" ", "T"), "ends": ends.replace(" ", "T"), "text": f"{begins} – {ends}"}


def _deputy_away(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """When the work order's `deputyUser` is away themselves."""
    user = str((task["document"] or {}).get("deputyUser") or "")
    return _away(reader, [user], who).get(user, [])


def _stands_in(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """For whom the person the work order is about stands in."""
    user = str((task["document"] or {}).get("startedBy") or "")
    found = queries.stood_in_for(reader, user, who.at)
    return [{"name": row["display_name"], **_span(row)} for row in found]


def _own_roles(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """The posts of this person."""
    names = {row["role"]: row for row in queries.code_list(reader, "roles")}
    column = "name_en" if language() == "en" else "name"
    return [
        {"value": role, "label": str((names.get(role) or {}).get(column) or role)}
        for role in sorted({post.partition("@")[0] for post in who.posts})
    ]


HANDLING = ("handler", "field_worker")
"""Whom work may be given to by name."""


def _return_reasons(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """Why a unit may send work back, and what it has to show for it."""
    return [
        {
            "value": row["code"],
            "label": f"{row['code']} {row['name']}（附：{row['evidence']}）",
            "needs": row["needs"],
        }
        for row in queries.code_list(reader, "return_reasons")
    ]


def _gifts(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """What points can be exchanged for."""
    return [
        {"value": row["code"], "label": _("%(name)s（%(points)s 分）", name=row["name"], points=row["points"])}
        for row in queries.code_list(reader, "gifts")
    ]


def _joint_templates(reader: Any, who: Viewer, task: Mapping[str, Any]) -> list[Any]:
    """Which units a joint case is given to with one click; those for its category come first."""
    found = queries.code_list(reader, "joint_templates")
    units = queries.names_of_units(reader, {one for row in found for one in _units_of(row)})
    listed = [
        {
            "value": row["code"],
            "label": f"{row['name']}：{'、'.join(units.get(one, _('属地镇街')) for one in _units_of(row))}",
            "fits": row["category"] == task.get("category_code"),
        }
        for row in found
    ]
    return sorted(listed, key=lambda one: not one["fits"])


def _units_of(row: Mapping[str, str]) -> list[str]:
    return [row["lead"], *row["units"].split(";")]


LISTS: Mapping[str, List] = {
    "categories": lambda reader, who, task: list(queries.categories(reader)),
    "villages": lambda reader, who, task: list(queries.divisions(reader, "村居")),
    "towns": lambda reader, who, task: list(queries.divisions(reader, "镇街")),
    "units": lambda reader, who, task: list(queries.units(reader)),
    "lowerUnits": _lower_units,
    "handlers": _handlers,
    "colleagues": _colleagues,
    "ownRoles": _own_roles,
    "deputyAway": _deputy_away,
    "standsInFor": _stands_in,
    "leaders": lambda reader, who, task: list(queries.holders(reader, "leader")),
    "staff": lambda reader, who, task: list(queries.staff(reader)),
    "returnReasons": _return_reasons,
    "rejectCodes": _codes("nonacceptance_transfer_codes", ("N",)),
    "transferCodes": _codes("nonacceptance_transfer_codes", ("X",)),
    "delegatedPowers": _delegated_powers,
    "gifts": _gifts,
    "jointTemplates": _joint_templates,
    "openCases": _open_cases,
    "similarCases": _similar_cases,
    "namesAround": _names_around,
}
"""Names a form may use as `valuesKey`, and where the options come from."""
PART_OF_LIST = re.compile(r"=\s*(\w+)\s*\[")
"""Options that are some rows of a list: `=staff[unit = mainUnit]`."""
DEPENDS: Mapping[str, Callable[[Mapping[str, Any], str], Any]] = {
    "handlers": lambda task, person: tuple(task["candidates"] or ()),
    "lowerUnits": lambda task, person: person,
    "ownRoles": lambda task, person: person,
}
"""What a list depends on, for whoever keeps lists; the others are the same for everybody."""
MOVING = frozenset({"openCases", "similarCases", "colleagues", "deputyAway", "standsInFor"})
"""Lists that are other ones a moment later: not to be kept."""


def form_of(reader: Any, key: str | None, digest: str | None = None) -> Form | None:
    """The form of this key in force, read once and kept by its digest (looked up when not given)."""
    if key and digest is None:
        digest = queries.live_digest(reader, "form", key)
    if digest is None:
        return None
    form = _parsed.get((key or "", digest))
    if form is None:
        found = queries.definition_by_digest(reader, "form", key or "", digest)
        assert found is not None, "its digest was just found"
        form = _parsed[key or "", found["digest"]] = Form.from_bytes(bytes(found["source"]), key or "")
    return form


_parsed: dict[tuple[str, str], Form] = {}


def context(reader: Any, form: Form, task: Mapping[str, Any], who: Viewer) -> dict[str, Any]:
    """The data a form starts with."""
    wanted = {key.partition(".")[0].partition("[")[0] for key in form.bindings()}
    everything = {**_around(reader, task, wanted), **(task["document"] or {}), **(task.get("variables") or {})}
    found = {key: everything[key] for key in wanted if everything.get(key) is not None}
    for name in wanted & LISTS.keys():
        found[name] = LISTS[name](reader, who, task)
    shown: dict[str, Any] = plain(found)
    return _in_english(shown) if language() == "en" else shown


def _in_english(value: Any) -> Any:
    """Reasons the engine gave, and kinds of risk it named, as English words; what was written stays as it is."""
    if isinstance(value, list):
        return [_in_english(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {name: _in_english(one) if isinstance(one, dict | list) else one for name, one in value.items()}
    if isinstance(told.get("groups"), list):
        told["groups"] = [word(str(group), "en") for group in told["groups"]]
    told |= {name: word(told[name], "en") for name in ("what", "clock") if isinstance(told.get(name), str)}
    if isinstance(told.get("why"), list):
        told["reason"] = reasons.told(told["why"], "en")
    return told


def _around(reader: Any, task: Mapping[str, Any], wanted: set[str]) -> dict[str, Any]:
    """`order`, `category` and `place`, as expressions in the diagram know them."""
    found: dict[str, Any] = {}
    if "order" in wanted:
        found["order"] = {
            "no": task["order_no"],
            "kind": task["order_kind"],
            "status": task["status_code"],
            "openedAt": task["opened_at"],
        }
    if "category" in wanted:
        row = queries.category_kept(reader, task["category_code"], task["document"])
        found["category"] = {**row["data"], "name": row["name"]} if row else None
    if "place" in wanted:
        codes = [code for code in (task["village_code"], task["town_code"]) if code]
        names = queries.names_of_places(reader, codes)
        found["place"] = {
            "villageCode": task["village_code"],
            "townCode": task["town_code"],
            "villageName": names.get(task["village_code"] or ""),
            "townName": names.get(task["town_code"] or ""),
        }
    return found


def summary(reader: Any, form: Form | None, data: Mapping[str, Any] | None, who: Viewer) -> list[tuple[str, str]]:
    """(label, value) of what was submitted with a form, in the words the form showed."""
    if form is None or not data:
        return []
    components = {str(one.get("key")): one for one, _prefix in shape.walk(form.schema) if one.get("key")}
    found = []
    for field in form.fields:
        value = data.get(field.key)
        if value in (None, "", [], {}) or field.type in shape.FILES or field.type == "expression":
            continue
        words = _worded(reader, components.get(field.key, {}), value)
        if words:
            found.append((field.label, words))
    return [*found, *_lists(reader, form, data)]


def _lists(reader: Any, form: Form, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rows of each list, those parts that say something."""
    found = []
    for component, prefix in shape.walk(form.schema):
        rows = data.get(str(component.get("path"))) if shape.is_repeating(component) and not prefix else None
        inside = {str(one["key"]): one for one, _prefix in shape.walk(component) if one.get("key")} if rows else {}
        texts = [
            _("，").join(
                _in_a_row(reader, inside[key], row[key])
                for key in inside
                if row.get(key) not in (None, "", [], {}, False)
            )
            for row in rows or ()
            if isinstance(row, Mapping)
        ]
        if any(texts):
            found.append((shape.label_of(component), _("；").join(filter(None, texts))))
    return found


def _in_a_row(reader: Any, component: Mapping[str, Any], value: Any) -> str:
    """A part of a row: a tick by its label, a bare number behind it."""
    label, told = shape.label_of(component), _worded(reader, component, value)
    if value is True:
        return label
    return f"{label} {told}" if told.isdigit() else told


def _worded(reader: Any, component: Mapping[str, Any], value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        return _("，").join(f"{one}" for one in value.values() if one is not None and not isinstance(one, dict | list))
    if isinstance(value, list):
        return _("、").join(_worded(reader, component, one) for one in value)
    if component.get("type") == "datetime" and component.get("subtype") == "datetime":
        return moment_text(value)
    options = component.get("values") or []
    for option in options:
        if isinstance(option, Mapping) and option.get("value") == value:
            return str(option.get("label") or value)
    computed = str(component.get("valuesExpression") or "")
    part = PART_OF_LIST.match(computed)
    if part and part[1] in LISTS:
        return _named(reader, part[1], str(value))
    if computed:
        return word(str(value), language())
    return _named(reader, str(component.get("valuesKey") or ""), str(value))


def _named(reader: Any, list_name: str, value: str) -> str:
    if list_name in ("units", "lowerUnits"):
        return queries.names_of_units(reader, [value]).get(value, value)
    if list_name == "ownRoles":
        return {row["role"]: str(row["name"]) for row in queries.code_list(reader, "roles")}.get(value, value)
    if list_name in ("staff", "handlers", "colleagues"):
        return queries.people_names(reader, [value]).get(value, value)
    if list_name in ("villages", "towns"):
        return queries.names_of_places(reader, [value]).get(value, value)
    if list_name == "categories":
        row = queries.category_by_code(reader, value)
        return f"{row['name']}（{value}）" if row else value
    if list_name == "jointTemplates":
        return {row["code"]: str(row["name"]) for row in queries.code_list(reader, "joint_templates")}.get(value, value)
    if list_name == "gifts":
        return {row["code"]: str(row["name"]) for row in queries.code_list(reader, "gifts")}.get(value, value)
    if list_name == "returnReasons":
        named = {row["code"]: row["name"] for row in queries.code_list(reader, "return_reasons")}
        return f"{value} {named.get(value, '')}".strip()
    return value


def digest(form: Form) -> str:
    """Short fingerprint of a form's schema, for the draft key: a changed form starts a new draft."""
    return hashlib.sha256(repr(form.schema).encode()).hexdigest()[:12]
