"""Reads the values that government systems send: naive local times, several ways to say nothing, division codes.

Source: interfaces document, section 0.1; division codes: GB/T 2260 and the twelve-digit statistical codes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.contract import INVALID_FIELD
from engine.ports import BadMessage

SHANGHAI = ZoneInfo("Asia/Shanghai")
_ABSENT_TEXT = re.compile(r"\s*(null|NULL|0000-00-00([ T]00:00(:00)?)?)?\s*")


def is_absent(value: Any) -> bool:
    """None, '', 'null' and '0000-00-00' all mean that there is no value."""
    return value is None or (isinstance(value, str) and _ABSENT_TEXT.fullmatch(value) is not None)


def moment(value: str) -> datetime:
    """ISO 8601 with an offset, or a naive local time, which is China's. Raises ValueError."""
    found = datetime.fromisoformat(value.strip().replace("/", "-"))
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def local_text(at: datetime) -> str:
    """`yyyy-MM-dd HH:mm:ss` in China's time, as the hotline writes it."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def tidy(text: str) -> str:
    """Unicode NFC; nothing is cut off."""
    return unicodedata.normalize("NFC", text)


def division(code: str | None) -> tuple[str | None, str | None]:
    """(town, village) of a twelve-digit code: six for the district, three for the town, three for the village.

    990107100000 → ('990107100000', None); 990107001008 → ('990107001000', '990107001008'); a district → (None, None).
    """
    if not code or not re.fullmatch(r"[0-9]{12}", code) or code[6:9] == "000":
        return None, None
    town = code[:9] + "000"
    return town, (None if code == town else code)


def decode(body: bytes, headers: Mapping[str, str]) -> str:
    """The body's text: UTF-8, or GB18030 when its media type says so or it is no UTF-8. Raises BadMessage."""
    media = next((value for name, value in headers.items() if name.lower() == "content-type"), "").lower()
    for encoding in ("gb18030",) if "gb" in media.partition("charset=")[2] else ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadMessage(INVALID_FIELD, "报文编码既不是UTF-8也不是GB18030。", "the body is neither UTF-8 nor GB18030")


def json_object(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object in the body. Raises BadMessage with the place where it stops making sense."""
    try:
        found = json.loads(decode(body, headers))
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"第{error.lineno}行第{error.colno}列" if isinstance(error, json.JSONDecodeError) else "嵌套过深"
        raise BadMessage(INVALID_FIELD, f"报文不是有效的JSON（{where}）。", "the body is not valid JSON") from None
    if not isinstance(found, dict):
        raise BadMessage(INVALID_FIELD, "报文应为一个JSON对象。", "the body is not a JSON object")
    if not _storable(found):
        raise BadMessage(INVALID_FIELD, "报文含有无法保存的字符。", "the body has characters that cannot be kept")
    return found


def _storable(found: dict[str, Any]) -> bool:
    """No database keeps U+0000 or half of a surrogate pair, which JSON can spell."""
    text = json.dumps(found, ensure_ascii=False)
    return "\\u0000" not in text.replace("\\\\", "") and not any("\ud800" <= letter <= "\udfff" for letter in text)
