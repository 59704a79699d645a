"""The audit log: every entry carries the SM3 of the hash before it and of its own text.

An entry that was changed, taken out or put in between shows; so does the loss of the last ones to whoever kept a hash.
Source: interfaces document, section 9. The text is JSON with sorted keys and no spaces: act, actor, at (UTC with
microseconds), data, object, reason, seq.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine import jsonable
from engine.database import Transaction

Digest = Callable[[bytes], str]

START = "0" * 64
"""The hash before the first entry."""

IN_TURN = "select pg_advisory_xact_lock(hashtext('audit'))::text"
NEXT = (
    "select nextval(pg_get_serial_sequence('audit', 'id')) as seq, "
    "(select hash from audit order by id desc limit 1) as previous"
)
INSERT = (
    "insert into audit (id, at, actor, act, object, reason, data, hash) overriding system value values "
    "(%(id)s, %(at)s, %(actor)s, %(act)s, %(object)s, %(reason)s, %(data)s::jsonb, %(hash)s)"
)


@dataclass(frozen=True)
class Entry:
    """Who did what to what, when and why."""

    at: datetime
    actor: str
    act: str
    object: str
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def link(transaction: Transaction, digest: Digest, entry: Entry) -> Mapping[str, Any]:
    """The row of the next entry. Others wait until this transaction ends, so do it last."""
    _, [last] = transaction.read([(IN_TURN, {}), (NEXT, {})])
    return {
        "id": last["seq"],
        "at": entry.at,
        "actor": entry.actor,
        "act": entry.act,
        "object": entry.object,
        "reason": entry.reason,
        "data": jsonable.text(entry.data),
        "hash": digest(text_of(last["previous"] or START, last["seq"], entry)),
    }


def append(transaction: Transaction, digest: Digest, entry: Entry) -> None:
    """Write an entry, for whoever is not a step of the engine."""
    transaction.run(INSERT, link(transaction, digest, entry))


def text_of(previous: str, seq: int, entry: Entry) -> bytes:
    """What an entry's hash is taken of."""
    told = {
        "seq": seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "act": entry.act,
        "object": entry.object,
        "reason": entry.reason,
        "data": jsonable.plain(entry.data),
    }
    written = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return previous.encode() + written.encode()


@dataclass(frozen=True)
class Verdict:
    """What a look along the whole chain found.

    count    entries looked at
    head     hash of the last one
    broken   sequence numbers of those that do not follow from the one before
    held     whether the hash one came with is in the chain
    """

    count: int
    head: str
    broken: tuple[int, ...]
    held: bool


def verify(rows: Iterable[Mapping[str, Any]], digest: Digest, kept: str = "") -> Verdict:
    """Follow the chain from the first row (oldest first). `kept`: a hash noted earlier that must occur in it."""
    count, previous, broken, held = 0, START, [], kept in ("", START)
    for row in rows:
        entry = Entry(row["at"], row["actor"], row["act"], row["object"], row["reason"], row["data"])
        if digest(text_of(previous, row["id"], entry)) != row["hash"]:
            broken.append(row["id"])
        count, previous = count + 1, row["hash"]
        held = held or previous == kept
    return Verdict(count, previous, tuple(broken), held)
