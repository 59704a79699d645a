"""Why something is suggested: a code with its values, as sentences in Chinese and in English.

What a citizen wrote and the district's own names stand in both as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Reason = Mapping[str, Any]
"""`code` and the values its sentence needs."""

SENTENCES: Mapping[str, tuple[str, str]] = {
    "words": ("写有“{words}”", "the report says “{words}”"),
    "learned": ("以往同类件（{percent}%）", "like earlier reports ({percent}%)"),
    "given": ("来件已有类别", "came with this category"),
    "owner": ("{name}的主责单位", "responsible for {name}"),
    "town": ("{name}由属地镇街办理", "{name}: the town of the place handles it"),
    "risk": ("风险词", "words of danger"),
    "point": ("反映时带有坐标", "came with a position"),
    "village": ("反映时选了村居", "village chosen by the reporter"),
    "address": ("地址写有“{name}”", "the address says “{name}”"),
    "content": ("内容写有“{name}”", "the report says “{name}”"),
    "danger": ("{groups}", "danger: {groups}"),
    "unfit": ("{number} {name}", "{number} {name}"),
    "parts": ("反映了{count}件不同的事", "{count} different matters"),
    "placeless": ("没有认出地点", "no place recognised"),
    "alike": (
        "地点 {place}，对象 {thing}，文字 {text}，时间 {time}",
        "place {place}, object {thing}, words {text}, time {time}",
    ),
    "caller": ("同一来电人", "same caller"),
}
JOINED = {"zh": ("；", "、"), "en": ("; ", ", ")}
"""What stands between sentences, and between the words of a list."""


def reason(code: str, **values: Any) -> Reason:
    return {"code": code, **values}


def explained(*why: Reason) -> dict[str, Any]:
    """Both forms of the reasons: `reason`, the Chinese sentence, and `why`, from which another language is made."""
    return {"reason": told(why), "why": list(why)}


def told(why: Iterable[Reason], language: str = "zh") -> str:
    """The reasons as one text."""
    between, within = JOINED[language]
    return between.join(_sentence(one, language == "en", within) for one in why)


def _sentence(one: Reason, english: bool, within: str) -> str:
    values = {name: within.join(value) if isinstance(value, list) else value for name, value in one.items()}
    return SENTENCES[one["code"]][english].format_map(values)
