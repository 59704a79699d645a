"""Steps that only certified people may do, such as enforcement by the holders of 综合执法证.

A user task's property `certificate` names what it takes, or nothing. Who has it, and until when, is in
certificates.csv. When the task opens, candidates without it are barred from it, so that lists do not offer it to them;
with none left that has it, the nearest certified people are asked. When somebody acts on it, it counts what holds then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.errors import NotAllowed
from engine.reference import Reference

LIST = "certificates"
MARK = "certificate:"
"""In a task's `not_by`: the certificate it takes; behind it, who of its candidates did not have it."""


def holders(certificate: str, reference: Reference, now: datetime) -> list[str]:
    """Everybody whose certificate is valid on that day, by the list."""
    day = now.astimezone(reference.calendar.zone).date().isoformat()
    return [
        str(row["user_id"])
        for row in reference.tables.get(LIST, ())
        if row["certificate"] == certificate
        and (row["valid_from"] or "") <= day
        and (not row["valid_to"] or day <= row["valid_to"])
    ]


def narrowed(
    certificate: str, candidates: Sequence[str], reference: Reference, now: datetime
) -> tuple[list[str], list[str]]:
    """The candidates of a task that takes a certificate, and what its `not_by` says of it."""
    able = holders(certificate, reference, now)
    asked = [user for candidate in candidates for user in _people(candidate, reference)]
    lacking = [f"user:{user}" for user in dict.fromkeys(asked) if user not in able]
    more = [] if set(asked) & set(able) else _nearest(able, candidates, reference)
    return [*candidates, *more], [f"{MARK}{certificate}", *lacking]


def _people(candidate: str, reference: Reference) -> Iterable[str]:
    if candidate.startswith("user:"):
        return [candidate.removeprefix("user:")]
    return reference.holders.get(candidate, ())


def _nearest(able: Sequence[str], candidates: Sequence[str], reference: Reference) -> list[str]:
    """Certified people of the candidates' units, else of the units above them, else all there are."""
    units = [candidate.partition("@")[2] for candidate in candidates if "@" in candidate]
    above = [one for unit in units for one in reference.ancestors(unit)]
    for wanted in (units, above):
        if found := [user for user in able if _units(user, reference) & set(wanted)]:
            return [f"user:{user}" for user in found]
    return [f"user:{user}" for user in able]


def _units(user: str, reference: Reference) -> set[str]:
    return {post.partition("@")[2] for post, users in reference.holders.items() if user in users}


def needed(not_by: Sequence[str]) -> str | None:
    """The certificate a task takes."""
    return next((one.removeprefix(MARK) for one in not_by if one.startswith(MARK)), None)


def lacked(not_by: Sequence[str], user: str) -> str | None:
    """The certificate for want of which this person was barred when the task opened."""
    certificate = needed(not_by)
    if certificate is None or f"user:{user}" not in not_by[not_by.index(f"{MARK}{certificate}") :]:
        return None
    return certificate


def refusal(certificate: str) -> NotAllowed:
    """Why somebody without it may not do a task."""
    return NotAllowed(
        f"这一步须由持“{certificate}”的人员办理，您没有登记有效的证件，请交持证人员。",
        f"This step takes a valid {certificate}, and none is registered for you; leave it to somebody who holds one.",
    )


def check(not_by: Sequence[str], user: str, reference: Reference, now: datetime) -> None:
    """Raises NotAllowed when a task takes a certificate that this person does not have now."""
    certificate = needed(not_by)
    if certificate is not None and user not in holders(certificate, reference, now):
        raise refusal(certificate)
