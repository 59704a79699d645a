"""Small builders, so that a test shows only what it is about."""

import json
from typing import Any

from forms import Form


def component(kind: str, key: str = "", label: str = "", /, **settings: Any) -> dict[str, Any]:
    """One form-js component; groups and lists take `key` as their path."""
    names = {"path": key} if kind in ("group", "dynamiclist") else {"key": key}
    return {"type": kind, "id": f"Field_{kind}_{key}", "label": label or key, **names, **settings}


def form(*components: dict[str, Any], **settings: Any) -> Form:
    """A form of these components."""
    return Form.from_bytes(source(*components, **settings))


def source(*components: dict[str, Any], **settings: Any) -> bytes:
    """The same as a file's bytes."""
    schema = {"type": "default", "id": "Form_test", "schemaVersion": 19, "components": components, **settings}
    return json.dumps(schema, ensure_ascii=False).encode()


def options(*values: Any) -> list[dict[str, Any]]:
    """Static options whose label is their value."""
    return [{"label": str(value), "value": value} for value in values]
