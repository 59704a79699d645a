"""What a page shows of who reported: masked name and number, or nothing.

Whose role the decision dmn_visibility lets see a name sees it masked; so do posts that may open the vault
(permissions.csv), and who typed it in. A confidential report is shown to those posts alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine import dmn, queries
from engine.errors import EngineError
from engine.invariants.privacy import HIDDEN, VISIBILITY, Seen
from engine.queries import Viewer
from webapp.current import reader, wiring

OPEN, CONFIDENTIAL = "reveal", "reveal_confidential"
MASKED = ("reporterName", "reporterPhone")
"""What a document keeps of the person."""


def shown(document: Mapping[str, Any], who: Viewer) -> str | None:
    """The masked words; empty when no name or number was left, None where this person sees nothing of them."""
    if not document.get("reporterRef"):
        return None
    typed = document.get("startedBy") == who.user_id
    if not may_reveal(document, who) and (document.get("confidential") is True or not (typed or _sees_names(who))):
        return None
    return " ".join(str(document[key]) for key in MASKED if document.get(key))


@dataclass(frozen=True)
class Contact:
    """Who is behind an appeal of a case, as far as this person may see: `words` are None where they may not."""

    no: str
    words: str | None
    confidential: bool
    wants_reply: bool
    contacted_at: str | None
    reveals: bool


def contacts(appeals: Sequence[Mapping[str, Any]], who: Viewer) -> list[Contact]:
    """The contact of every appeal that subscribes to a case: each has its own reporter."""
    found = [one for one in appeals if one["kind"] == "appeal"]
    return [_contact(one["no"], one["reporter"], who) for one in found]


def _contact(no: str, told: Mapping[str, Any], who: Viewer) -> Contact:
    words = shown(told, who)
    return Contact(
        no,
        words,
        told["confidential"] is True,
        told["wantsReply"] is not False,
        told["contactedAt"],
        words is not None and may_reveal(told, who),
    )


def may_reveal(document: Mapping[str, Any], who: Viewer) -> bool:
    """Whether this person's posts may open the vault for the reporter of this work order."""
    return bool(wiring().engine.permits(CONFIDENTIAL if document.get("confidential") is True else OPEN, who.posts))


def _sees_names(who: Viewer) -> bool:
    """Whether the decision in force lets one of this person's roles see the name of an open report."""
    digest = queries.live_digest(reader(), "decision", VISIBILITY)
    seen = Seen.of(queries.code_list(reader(), "roles"), queries.code_list(reader(), "unit_types"))
    roles = frozenset(seen.name(role, who.unit_type) for role in who.roles)
    return digest is not None and any(_name(digest, role) not in HIDDEN for role in roles)


@lru_cache(maxsize=200)
def _name(digest: str, role: str) -> Any:
    """`see_name` of the decision with this digest; nothing where it cannot be asked."""
    found = queries.definition_by_digest(reader(), "decision", VISIBILITY, digest)
    assert found is not None, "its digest was just found"
    try:
        answer = dmn.read(bytes(found["source"])).evaluate(VISIBILITY, {"role": role, "confidential": False})
    except EngineError:
        return None
    return answer.get("see_name") if isinstance(answer, dict) else None
