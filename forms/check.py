"""Checks a form when it is deployed, so that no form fails in front of a citizen or an officer."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import engine.feel
from forms import moments, numbers, options, patterns, schema as shape
from forms.errors import FormInvalid
from forms.form import Form, expressions

MAX_BYTES = 1_000_000
MAX_COMPONENTS = 1_000
MAX_DEPTH = 12
NEWEST_SCHEMA = 19


@dataclass(frozen=True)
class Finding:
    """One thing to put right. `element` is the component's key or id; an ``error`` refuses the deployment."""

    rule: str
    element: str
    severity: Literal["error", "warning"]
    zh: str
    en: str


def check(source: bytes) -> list[Finding]:
    """Everything wrong with a form-js schema; an empty list means it can be deployed."""
    if len(source) > MAX_BYTES:
        return [_error("form-size", "", "表单文件超过 1 MB。", "The form file is larger than 1 MB.")]
    try:
        form = Form.from_bytes(source)
    except FormInvalid as broken:
        return [_error("form-json", "", broken.message_zh, broken.message_en)]
    too_deep = _too_deep(form.schema)
    if too_deep:
        return [too_deep]
    found = list(_form_findings(form))
    for component, prefix in shape.walk(form.schema):
        for rule in RULES:
            found.extend(rule(component, prefix))
    return [*found, *_reasons(form), *_fills(form), *_duplicates(form), *_duplicate_ids(form)]


def _error(rule: str, element: str, zh: str, en: str) -> Finding:
    return Finding(rule, element, "error", zh, en)


def _warning(rule: str, element: str, zh: str, en: str) -> Finding:
    return Finding(rule, element, "warning", zh, en)


def _name(component: Mapping[str, Any]) -> str:
    return str(component.get("key") or component.get("path") or component.get("id") or component.get("type"))


def _too_deep(schema: Mapping[str, Any]) -> Finding | None:
    level, count = [schema], 0
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in shape.components(parent)]
        count += len(level)
        if not level and count <= MAX_COMPONENTS:
            return None
    return _error(
        "form-size",
        "",
        f"表单嵌套超过 {MAX_DEPTH} 层或组件超过 {MAX_COMPONENTS} 个。",
        f"The form nests deeper than {MAX_DEPTH} levels or has more than {MAX_COMPONENTS} components.",
    )


def _form_findings(form: Form) -> Iterator[Finding]:
    version = form.schema.get("schemaVersion")
    if isinstance(version, int) and version > NEWEST_SCHEMA:
        yield _error(
            "schema-version",
            form.id,
            f"表单由更新的编辑器保存（schemaVersion {version}），当前支持到 {NEWEST_SCHEMA}。",
            f"The form needs schemaVersion {version}; up to {NEWEST_SCHEMA} is supported.",
        )
    if not form.schema.get("id"):
        yield _warning("form-id", "", "表单没有 id。", "The form has no id.")


def _type(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    kind = component.get("type")
    if kind not in shape.KNOWN:
        zh, en = (
            f"“{_name(component)}”的组件类型“{kind}”不受支持。",
            f"“{_name(component)}” has unknown type “{kind}”.",
        )
        yield _error("component-type", _name(component), zh, en)


def _key(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    kind, name = component.get("type"), _name(component)
    if kind in shape.KEYED and not component.get("key"):
        yield _error("missing-key", name, f"组件“{name}”没有字段名 key。", f"Component “{name}” has no key.")
    if kind == "dynamiclist" and not component.get("path"):
        yield _error("missing-path", name, f"列表“{name}”没有路径 path。", f"List “{name}” has no path.")
    path = component.get("key" if kind in shape.KEYED else "path") or ""
    if kind in shape.KEYED | shape.NESTED and path and not all(part.isidentifier() for part in str(path).split(".")):
        yield _error(
            "key-name",
            name,
            f"“{path}”不能作字段名：请用字母、数字、下划线或汉字，不以数字开头。",
            f"“{path}” cannot be a key: use letters, digits and underscores, not starting with a digit.",
        )


def _label(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    kind = component.get("type")
    if kind not in shape.KEYED - {"expression"}:
        return
    names = ("label", "dateLabel", "timeLabel") if kind == "datetime" else ("label",)
    if not any(str(component.get(name) or "").strip() for name in names):
        zh = f"字段“{_name(component)}”没有标签，读屏软件和错误提示无法称呼它。"
        en = f"Field “{_name(component)}” has no label; screen readers and error messages cannot name it."
        yield _error("missing-label", _name(component), zh, en)


def _options(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    if component.get("type") not in shape.OPTIONS:
        return
    name, values = _name(component), component.get("values")
    if component.get("valuesKey") or component.get("valuesExpression"):
        return
    if not isinstance(values, list) or not values:
        yield _error("missing-options", name, f"选择字段“{name}”没有选项。", f"Choice “{name}” has no options.")
        return
    plain = [json.dumps(one.get("value") if isinstance(one, Mapping) else one) for one in values]
    if len(set(plain)) < len(plain):
        yield _error("duplicate-option", name, f"“{name}”有重复的选项值。", f"“{name}” offers the same value twice.")


def _expressions(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    conditional = component.get("conditional")
    hide = conditional.get("hide") if isinstance(conditional, Mapping) else None
    if hide and not shape.is_expression(hide):
        zh = f"“{_name(component)}”的隐藏条件应以 = 开头。"
        yield _error(
            "condition",
            _name(component),
            zh,
            f"The hide condition of “{_name(component)}” must start with =.",
        )
    if component.get("type") == "expression" and not shape.is_expression(component.get("expression")):
        zh = f"计算字段“{_name(component)}”的公式应以 = 开头。"
        yield _error("expression", _name(component), zh, f"The formula of “{_name(component)}” must start with =.")
    for text in expressions(component):
        try:
            engine.feel.parse(text)
        except engine.feel.FeelError as error:
            zh, en = (
                f"“{_name(component)}”的表达式有误：{error.message_zh}",
                f"“{_name(component)}”: {error.message_en}",
            )
            yield _error("expression", _name(component), zh, en)


def _rules(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    validate, name = component.get("validate"), _name(component)
    if not isinstance(validate, Mapping):
        return
    if validate.get("pattern"):
        try:
            patterns.compiled(str(validate["pattern"]))
        except patterns.PatternError as error:
            yield _error("pattern", name, f"“{name}”的正则表达式不可用：{error}。", f"Pattern of “{name}”: {error}.")
    for least, most in (("min", "max"), ("minLength", "maxLength")):
        yield from _limits(name, validate, least, most)
    if ("refuseWhen" in validate) != ("refuseMessage" in validate) or (
        "refuseWhen" in validate and not shape.is_expression(validate["refuseWhen"])
    ):
        zh, en = (
            f"“{name}”的 refuseWhen 应为以 = 开头的表达式，并有 refuseMessage 说明理由。",
            f"“{name}” needs refuseWhen, an expression, together with refuseMessage, the reason.",
        )
        yield _error("refuse", name, zh, en)
    for rule in ("notAfter", "notBefore"):
        value = validate.get(rule)
        if value is None or shape.is_expression(value) or moments.is_moment("date", str(value)):
            continue
        zh, en = (
            f"“{name}”的 {rule} 应为日期，或以 = 开头的表达式，如 =now。",
            f"{rule} of “{name}” must be a date, or an expression such as =now.",
        )
        yield _error("limit", name, zh, en)


def _limits(name: str, validate: Mapping[str, Any], least: str, most: str) -> Iterator[Finding]:
    found = {}
    for rule in (least, most):
        value = validate.get(rule)
        if value in (None, "") or shape.is_expression(value):
            continue
        found[rule] = numbers.number(value)
        if found[rule] is None:
            yield _error("limit", name, f"“{name}”的 {rule} 不是数字。", f"{rule} of “{name}” is not a number.")
    low, high = found.get(least), found.get(most)
    if low is not None and high is not None and low > high:
        yield _error("limit", name, f"“{name}”的 {least} 大于 {most}。", f"{least} of “{name}” exceeds {most}.")


def _photo(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    """Rules for photos and places: numbers of minutes and metres."""
    validate, name = component.get("validate"), _name(component)
    if component.get("type") not in ("photo", "geopoint") or not isinstance(validate, Mapping):
        return
    for rule in ("maxAgeMinutes", "geofenceM"):
        value = validate.get(rule)
        found = None if value in (None, "") else numbers.number(value)
        if value not in (None, "") and (found is None or found <= 0):
            zh, en = f"“{name}”的 {rule} 应为大于 0 的数字。", f"{rule} of “{name}” must be a number above 0."
            yield _error("limit", name, zh, en)


def _row_limits(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    """How many rows a list takes: whole numbers, the smaller first."""
    validate = component.get("validate")
    if component.get("type") != "dynamiclist" or not validate:
        return
    limits = [validate.get(rule, 0) for rule in ("minRows", "maxRows")] if isinstance(validate, Mapping) else []
    if not limits or not all(type(one) is int and one >= 0 for one in limits) or 0 < limits[1] < limits[0]:
        name = _name(component)
        zh = f"列表“{name}”的 minRows、maxRows 应为整数，前者不大于后者。"
        en = f"minRows and maxRows of list “{name}” must be whole numbers, the first not above the second."
        yield _error("row-limits", name, zh, en)


def _reasons(form: Form) -> Iterator[Finding]:
    """A photo or position from elsewhere needs a reason, so the form has to ask for it."""
    texts = {field.key for field in form.fields if field.type in shape.TEXT}
    for component, _ in shape.walk(form.schema):
        validate = component.get("validate")
        if component.get("type") not in ("photo", "geopoint") or not isinstance(validate, Mapping):
            continue
        if not validate.get("geofenceM"):
            continue
        if validate.get("geofenceReason") not in texts:
            name = _name(component)
            zh = f"“{name}”限制了地点，geofenceReason 应写表单中填写原因的文本字段。"
            en = f"“{name}” has a geofence: geofenceReason must name a text field of the form for the reason."
            yield _error("geofence", name, zh, en)


FOUND = frozenset(("name", "kind", "address", "villageCode", "townCode", "partCode", "category", "owner"))
"""What a place that was searched for is known by, and may fill a field with."""


def _fills(form: Form) -> Iterator[Finding]:
    """What a search for a place fills has to be a field beside it, of something that is known of places."""
    keys = {field.key for field in form.fields}
    for component, prefix in shape.walk(form.schema):
        fills = component.get("fills")
        if component.get("type") != "geopoint" or not fills:
            continue
        name = _name(component)
        pairs = fills.items() if isinstance(fills, Mapping) else [("", fills)]
        for known, target in pairs:
            if known not in FOUND or prefix + str(target) not in keys:
                names = "、".join(sorted(FOUND))
                zh = f"“{name}”的 fills 把“{known}”填到“{target}”：前者应为 {names} 之一，后者应为同一处的字段。"
                en = (
                    f"fills of “{name}” puts “{known}” into “{target}”: the first must be one of "
                    f"{names}, the second a field beside it."
                )
                yield _error("fills", name, zh, en)


def _quick(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    """The answer that fails, and those one press gives, are answers on offer."""
    name, kind = _name(component), component.get("type")
    quick = component.get("quick")
    named = [one.get("value") for one in quick if isinstance(one, Mapping)] if isinstance(quick, list) else []
    if quick is not None and len(named) != len(quick if isinstance(quick, list) else [None]):
        zh, en = f"“{name}”的 quick 应为 label、value 的列表。", f"quick of “{name}” must list labels with values."
        yield _error("quick", name, zh, en)
    wanted = [*named, *([component["fails"]] if "fails" in component else [])]
    offered = [options.value_of(one) for one in component.get("values") or () if options.is_option(one)]
    for value in wanted:
        if kind != "radio" or not options.among(value, offered):
            zh = f"“{name}”的 fails、quick 用了“{value}”，它不是单选的选项。"
            en = f"fails or quick of “{name}” says “{value}”, which is no option of a radio."
            yield _error("quick", name, zh, en)


def _kind_only(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    """Settings of ours that one kind of component knows."""
    name = _name(component)
    for setting, kind in (("tree", "select"), ("suggested", "select"), ("collapsible", "group")):
        if setting in component and component.get("type") != kind:
            zh, en = (
                f"“{name}”不能用 {setting}，只有 {kind} 可以。",
                f"{setting} of “{name}”: only a {kind} can have it.",
            )
            yield _error("setting", name, zh, en)


def _phone(component: Mapping[str, Any], prefix: str) -> Iterator[Finding]:
    validate = component.get("validate")
    if isinstance(validate, Mapping) and validate.get("validationType") == "phone":
        zh = f"“{_name(component)}”的电话校验要求带国家区号；11 位手机号请改用正则表达式。"
        en = f"The phone check of “{_name(component)}” needs a country code; a pattern suits 11 digits."
        yield _warning("phone", _name(component), zh, en)


def _duplicates(form: Form) -> Iterator[Finding]:
    seen: dict[str, list[Mapping[str, Any]]] = {}
    for component, prefix in shape.walk(form.schema):
        if component.get("type") in shape.KEYED and component.get("key"):
            seen.setdefault(prefix + str(component["key"]), []).append(component)
    for path, same in seen.items():
        if len(same) > 1:
            yield _error(
                "duplicate-key",
                path,
                f"字段名“{path}”用了 {len(same)} 次。",
                f"Key “{path}” is used {len(same)} times.",
            )
    for path in seen:
        parent = path.rpartition(".")[0]
        if parent in seen:
            zh, en = (
                f"字段“{path}”与字段“{parent}”的路径冲突。",
                f"Field “{path}” lies inside field “{parent}”.",
            )
            yield _error("duplicate-key", path, zh, en)


def _duplicate_ids(form: Form) -> Iterator[Finding]:
    ids = [str(component["id"]) for component, _ in shape.walk(form.schema) if component.get("id")]
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        yield _error("duplicate-id", one, f"组件 id“{one}”重复。", f"Component id “{one}” is used twice.")


RULES: tuple[Callable[[Mapping[str, Any], str], Iterator[Finding]], ...] = (
    _type, _key, _label, _options, _expressions, _rules, _photo, _row_limits, _quick, _kind_only, _phone,
)  # fmt: skip
