"""What expressions in a diagram can ask about a report.

screen([title, …])    what the words say about danger and confidentiality; only raises
suggest()             category, place, unit, facts, codes, split and what to do, for the document as it is now
similarCases()        open and lately closed cases that may be the same thing, the likest first
metres(lon, lat, lon, lat)   distance of two points; null when one is not known
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.database import Transaction
from engine.feel.values import Offered
from engine.intake import places
from engine.intake.district import Classify, Intake
from engine.intake.duplicates import Likeness, Said
from engine.order import number

Scopes = Sequence[Mapping[str, Any]]
Cases = Sequence[Mapping[str, Any]]
FIELDS = (
    "title", "content", "demand", "address", "lon", "lat", "villageCode", "townCode", "categoryCode", "facts",
    "reporterMark", "caseNo",
)  # fmt: skip
LOOK_BACK = timedelta(days=60)
MOST = 300
PUBLISHED = 60
"""From this status code (待回访) on the case has a result."""
CASES = (
    "with found as materialized ("
    "select id, no, category_code, village_code, status, status_code, opened_at, lon, lat, said_mark from work_order "
    "where kind = 'case' and status_code <> 80 and opened_at >= %(since)s and {where}) "
    "select * from found order by opened_at desc limit %(most)s"
)
"""Those found are sorted, and not all of the time looked through in its order until there are enough."""
CALLED = "select case_no from work_order where reporter_mark = %(mark)s and case_no is not null"
SAID = (
    "select c.id, c.said_mark, c.title, d.content, d.address, d.facts from work_order c cross join lateral "
    "jsonb_to_record(c.document) as d(content text, address text, facts jsonb) where c.id = any(%(ids)s)"
)
IN_TOWNS = "town_code = any(%(towns)s)"
NEAR_OR_ALIKE = (
    "(category_code = any(%(codes)s) or lon is null or lat is null or "
    "lon between %(west)s and %(east)s and lat between %(south)s and %(north)s)"
)
"""What is neither near nor alike in kind cannot be worth showing, whatever its words are."""


class Asker(Protocol):
    """Who asks: one step of one work order."""

    now: datetime
    transaction: Transaction

    @property
    def intake(self) -> Intake: ...

    @property
    def classify(self) -> Classify | None: ...


def _suggestion(asker: Asker, scopes: Scopes) -> Mapping[str, Any]:
    return asker.intake.suggestion(report(scopes), asker.classify)


def _similar(asker: Asker, scopes: Scopes) -> list[dict[str, Any]]:
    told, likeness = report(scopes), asker.intake.likeness
    told |= {axis: number(told[axis]) for axis in ("lon", "lat")}
    around = cases(asker.transaction, asker.intake, told, asker.now)
    return likeness.ranked(told, around, lambda likely: _said(asker.transaction, likeness, likely), asker.now)


MAKERS: dict[str, Callable[[Asker, Scopes], Offered]] = {
    "screen": lambda asker, scopes: Offered(("texts",), lambda texts: asker.intake.screening(texts), "screen"),
    "suggest": lambda asker, scopes: Offered((), lambda: _suggestion(asker, scopes), "suggest"),
    "similarCases": lambda asker, scopes: Offered((), lambda: _similar(asker, scopes), "similarCases"),
    "metres": lambda asker, scopes: Offered(("lon1", "lat1", "lon2", "lat2"), _metres, "metres"),
}
"""The functions by name, each made when it is asked for."""


def report(scopes: Scopes) -> dict[str, Any]:
    """The report the expressions speak of: each field from the innermost scope that has it."""
    return {name: next((scope[name] for scope in scopes if name in scope), None) for name in FIELDS}


def cases(transaction: Transaction, intake: Intake, told: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The newest cases of the towns the report may be from; of all towns when it names no place."""
    params: dict[str, Any] = {"since": now - LOOK_BACK, "most": MOST}
    where = ["true"]
    if towns := _towns(intake, told):
        where.append(IN_TOWNS)
        params["towns"] = towns
    lon, lat = number(told.get("lon")), number(told.get("lat"))
    if lon is not None and lat is not None:
        where.append(NEAR_OR_ALIKE)
        params |= {
            "codes": intake.likeness.kin(told.get("categoryCode")),
            **_box(lon, lat, intake.likeness.scale.far_metres),
        }
    questions = [(CASES.format(where=" and ".join(where)), params)]
    if told.get("reporterMark"):
        questions.append((CALLED, {"mark": told["reporterMark"]}))
    found, *called = transaction.read(questions)
    known = {row["case_no"] for rows in called for row in rows}
    return [_case(row, row["no"] in known) for row in found if row["no"] != told.get("caseNo")]


def _said(transaction: Transaction, likeness: Likeness, likely: Cases) -> dict[str, Said]:
    """What these cases say, by number. Only what is not known yet is read: the cases of a town are compared with every
    report of that town, and a document is large."""
    said = {case["id"]: known for case in likely if (known := likeness.known.get(case["saidMark"])) is not None}
    missing = [case["id"] for case in likely if case["id"] not in said]
    for row in transaction.rows(SAID, {"ids": missing}) if missing else ():
        said[row["id"]] = likeness.known[row["said_mark"]] = likeness.said(row)
    return {case["no"]: said[case["id"]] for case in likely}


def _box(lon: float, lat: float, far_metres: float) -> dict[str, float]:
    """Everything a case can lie in and still be near."""
    high = far_metres / places.METRES_PER_DEGREE
    wide = high / math.cos(math.radians(abs(lat) + high))
    return {"west": lon - wide, "east": lon + wide, "south": lat - high, "north": lat + high}


def _towns(intake: Intake, told: Mapping[str, Any]) -> list[str]:
    given = [intake.places.parents.get(told.get("villageCode") or ""), told.get("townCode")]
    known = [*given, *(place["townCode"] for place in intake.places.candidates(told))]
    return sorted({town for town in known if town})


def _case(row: Mapping[str, Any], same_caller: bool) -> dict[str, Any]:
    return {
        "id": row["id"],
        "no": row["no"],
        "saidMark": row["said_mark"],
        "categoryCode": row["category_code"],
        "villageCode": row["village_code"],
        "lon": row["lon"],
        "lat": row["lat"],
        "status": row["status"],
        "published": row["status_code"] >= PUBLISHED,
        "openedAt": row["opened_at"],
        "sameCaller": same_caller,
    }


def _metres(*point: Any) -> float | None:
    numbers = [number(one) for one in point]
    return None if None in numbers else round(places.metres(*numbers), 1)  # type: ignore[arg-type]
