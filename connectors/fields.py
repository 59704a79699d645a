"""marshmallow schemas whose errors are Chinese sentences that name the field.

Every field takes its Chinese name first: `Text("市工单号", required=True)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from connectors.contract import INVALID_FIELD
from connectors.values import is_absent, moment, tidy
from engine.ports import BadMessage

SENTENCES = {
    "required": "缺少{zh}",
    "null": "{zh}不能为空",
    "invalid": "{zh}格式不对",
    "type": "{zh}应为一个对象",
    "too_large": "{zh}超出范围",
    "special": "{zh}超出范围",
    "invalid_utf8": "{zh}含有无法识别的字符",
}


class Message(Schema):
    """A message from outside. Absent values (null, '', 'null', '0000-00-00') are left out before it is checked;
    fields we do not know are ignored."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def leave_out_absent(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if not is_absent(value)}

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """Sentences about the message as a whole are in Chinese, too."""
        if isinstance(error.messages, dict) and "_schema" in error.messages:
            error.messages["_schema"] = ["应为一个对象"]


class _Named:
    def __init__(self, zh: str, **options: Any) -> None:
        options.setdefault("error_messages", {key: text.format(zh=zh) for key, text in SENTENCES.items()})
        super().__init__(**options)
        self.zh = zh


class Text(_Named, fields.String):
    """A text in NFC. `longest` is in characters."""

    def __init__(self, zh: str, *, longest: int = 200, shortest: int = 0, **options: Any) -> None:
        rules = [validate.Length(max=longest, error=f"{zh}超过{longest}个字")]
        if shortest:
            rules.append(validate.Length(min=shortest, error=f"{zh}不足{shortest}个字"))
        super().__init__(zh, validate=rules, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # numbers of orders and codes often come without quotes
        return tidy(super()._deserialize(value, attr, data, **options))


class Choice(Text):
    """One of a few words."""

    def __init__(self, zh: str, choices: tuple[str, ...], **options: Any) -> None:
        super().__init__(zh, **options)
        self.validators = [validate.OneOf(choices, error=f"{zh}应为{'、'.join(choices)}之一")]


class Whole(_Named, fields.Integer):
    """A whole number."""

    def __init__(self, zh: str, *, least: int = 0, most: int = 2**31 - 1, **options: Any) -> None:
        rule = validate.Range(min=least, max=most, error=f"{zh}应在{least}到{most}之间")
        super().__init__(zh, validate=rule, **options)


class Degrees(_Named, fields.Float):
    """A longitude or latitude, WGS-84."""

    def __init__(self, zh: str, most: float, **options: Any) -> None:
        super().__init__(zh, validate=validate.Range(-most, most, error=f"{zh}超出范围"), **options)


class Flag(_Named, fields.Boolean):
    """Yes or no."""

    truthy = fields.Boolean.truthy | {"Y", "是"}
    falsy = fields.Boolean.falsy | {"N", "否"}


class Moment(_Named, fields.Field[datetime]):
    """A time with its zone; without one it is China's."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        try:
            return moment(value)
        except (ValueError, TypeError, AttributeError):
            raise ValidationError(f"{self.zh}不是有效的时间（如 2026-09-15 07:42:00）") from None


class Part(_Named, fields.Nested):
    """An object within the message."""

    def __init__(self, zh: str, schema: type[Message], **options: Any) -> None:
        super().__init__(zh, nested=schema, **options)


class Parts(_Named, fields.List[dict[str, Any]]):
    """A list of objects."""

    def __init__(self, zh: str, schema: type[Message], **options: Any) -> None:
        super().__init__(zh, cls_or_instance=fields.Nested(schema), **options)


class Texts(_Named, fields.List[str]):
    """A list of short texts."""

    def __init__(self, zh: str, **options: Any) -> None:
        super().__init__(zh, cls_or_instance=Text(zh), **options)


class Anything(_Named, fields.Raw):
    """What both sides agree on by themselves."""


def load(schema: Message, data: Mapping[str, Any]) -> dict[str, Any]:
    """The checked message. Raises BadMessage 1001 with a Chinese sentence for each field."""
    try:
        return dict(schema.load(data))
    except ValidationError as error:
        errors = flat(error.messages)
        zh = f"报文有{len(errors)}处需要更正：{'；'.join(errors.values())}。"
        raise BadMessage(INVALID_FIELD, zh, f"fields to correct: {', '.join(errors)}", errors) from None


def flat(messages: Any, path: str = "") -> dict[str, str]:
    """`{'caller': {'phone': ['缺少电话']}}` → `{'caller.phone': '缺少电话'}`."""
    if not isinstance(messages, Mapping):
        return {path: "；".join(str(message) for message in messages)}
    found: dict[str, str] = {}
    for key, inner in messages.items():
        found |= flat(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    return found
