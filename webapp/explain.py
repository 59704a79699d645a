"""Errors as people at a terminal should read them."""

from __future__ import annotations

from engine.errors import EngineError


def explain(error: EngineError) -> str:
    """Both sentences, and one line for each finding of a refused deployment or each wrong field."""
    lines = [f"{error.message_zh} / {error.message_en}"]
    for finding in getattr(error, "findings", []):
        lines.append(f"  {finding.severity} {finding.element} ({finding.rule}): {finding.zh} / {finding.en}")
    for field, sentences in getattr(error, "errors", {}).items():
        lines.append(f"  {field}: {'; '.join(sentences)}")
    return "\n".join(lines)
