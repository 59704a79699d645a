"""What expressions in a diagram can see besides variables and the document, and how they are evaluated.

order       no, kind, status, openedAt of the work order
category    the row of categories.csv for the document's categoryCode; before it what the document keeps as `standard`
place       village and town of the document with their units
deadlines   `deadlines.处置`: when a stage is due, by the decision dmn_sla and the stage's running clock
warnings    `warnings.处置`: when to warn that it soon will be
share       `share("处置", 150)`: when 150 % of a stage's limit has gone
ledger      `ledger("credit", mainUnit)`: the newest entries under a key or a list of keys, with a third argument only
            those since then
workload    `workload(["PS", "RY"])`: how many work orders wait in units, and how many of these are late
policy      `policy("防汛响应")`: the value in force now by policies.csv
due         `due("工作日", 10, "日")`: that long from now, with a fourth argument from then
screen, suggest, similarCases, metres   what a report says, see intake.questions
next        `next workday(now, "09:00")`, `next day(…)`, `next month(now, 1, "06:00")`, `next policy(now, "防汛响应")`
now         the moment of this step
unit, units, table, on duty, holders   the district's master data, see master_data
parts, parts near                      the register of parts and who owns them, see parts
doneBy      (in the document) element → {user, unit}: who finished a user task last; of a loop's instances also
            `all`, a list of everybody who did one
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache, partial
from typing import Any

from engine import dmn, feel, master_data, moments, parts, workload
from engine.bpmn import Element
from engine.bpmn.expressions import NAMES
from engine.database import Transaction
from engine.definitions import Definitions
from engine.errors import StepFailed
from engine.feel.values import Offered, standard
from engine.intake import questions
from engine.intake.district import Classify, Intake
from engine.order import Order
from engine.reference import Reference
from engine.stages import StageClocks, Terms, look_up
from engine.tracing import Trace

SLA_DECISION = "dmn_sla"
Scopes = Sequence[Mapping[str, Any]]
LEDGER = (
    "select at, order_no, key, data from ledger_entry where ledger = %(ledger)s and key = any(%(keys)s) "
    "and at <= %(now)s and at >= coalesce(%(since)s::timestamptz, '-infinity') "
    "order by at desc, id desc limit %(limit)s"
)
LEDGER_ENTRIES = 200
"""How many entries an expression sees at most."""


class Computed(Mapping[str, Any]):
    """Names that are worked out when somebody asks for them, looking through the scopes of the asking expression."""

    def __init__(self, environment: StepEnvironment, scopes: Scopes) -> None:
        self._environment, self._scopes = environment, scopes

    def __getitem__(self, name: str) -> Any:
        return OFFERED[name](self._environment, self._scopes)

    def __contains__(self, name: object) -> bool:
        return name in OFFERED

    def __iter__(self) -> Iterator[str]:
        return iter(OFFERED)

    def __len__(self) -> int:
        return len(OFFERED)


class Stages(Mapping[str, Any]):
    """`deadlines` and `warnings`: one moment a stage."""

    def __init__(self, moment: Callable[[str], datetime | None]) -> None:
        self._moment = moment

    def __getitem__(self, stage: str) -> datetime | None:
        return self._moment(stage)

    def __contains__(self, stage: object) -> bool:
        return isinstance(stage, str)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class StepEnvironment:
    """Evaluates for one step of one work order, at one moment."""

    def __init__(
        self,
        order: Order,
        now: datetime,
        definitions: Definitions,
        transaction: Transaction,
        trace: Trace | None = None,
    ) -> None:
        self.order, self.now, self.trace = order, now, trace
        self.definitions, self.transaction = definitions, transaction
        self.reference = definitions.reference
        self.cited: dict[tuple[str, int], Mapping[str, Any]] = {}
        self.clocks = StageClocks(order, now, self.reference.calendar, self._terms)

    @property
    def intake(self) -> Intake:
        """What the district's words say of a report."""
        return self.definitions.intake(self.transaction)

    @property
    def classify(self) -> Classify | None:
        """The learned part of suggestions."""
        return self.definitions.classify

    @cached_property
    def _functions(self) -> dict[str, Any]:
        """What decision tables may call."""
        reference, now = self.reference, self.now
        asked = {name: moments.MAKERS[name](reference, now) for name in ("policy", "due")}
        stored = {"ledger": self.ledger([]), "workload": self.workload([])}
        return {**master_data.functions(reference, now), **asked, **stored}

    # ---------------------------------------------------------------- the token machine's port
    def evaluate(self, expression: str, scopes: Scopes) -> Any:
        """The value of a FEEL expression. Raises FeelSyntaxError; evaluation errors give null."""
        compiled, asks = _compiled(expression)
        seen = (*scopes, Computed(self, scopes)) if asks else scopes
        return standard(compiled(*seen, now=self.now))

    def decide(self, decision_ref: str, scopes: Scopes, element: Element) -> Any:
        """The result of a decision in the version in force."""
        facts = dict(self._functions)
        for scope in reversed(scopes):
            facts.update(scope)
        facts.update({name: OFFERED[name](self, scopes) for name in ("order", "category", "place", "now")})
        return self._model(decision_ref).evaluate(decision_ref, facts, self.now, self._told)

    def script(self, text: str, scopes: Scopes, element: Element) -> Mapping[str, Any] | None:
        """Scripts are refused at deployment; this is the second lock."""
        raise StepFailed(element.id, "不支持脚本任务。", "Script tasks are not supported.")

    # ---------------------------------------------------------------- names
    def order_facts(self, scopes: Scopes) -> Mapping[str, Any]:
        order = self.order
        return {"no": order.no, "kind": order.kind, "status": order.status_code, "openedAt": order.opened_at}

    def category(self, scopes: Scopes) -> Mapping[str, Any] | None:
        """The category as it is now; what the document keeps of it as `standard` goes before what has changed since."""
        code = look_up(scopes, "categoryCode") or ""
        current, kept = self.reference.categories.get(code), look_up(scopes, "standard")
        return {**(current or {}), **kept} if isinstance(kept, Mapping) and kept.get("code") == code else current

    def place(self, scopes: Scopes) -> Mapping[str, Any] | None:
        return self.reference.place(look_up(scopes, "villageCode"), look_up(scopes, "townCode"))

    def ledger(self, scopes: Scopes) -> Offered:
        return Offered(("name", "key", "since"), self._entries, "ledger", optional=1)

    def _entries(self, name: str, key: Any, since: Any) -> list[Mapping[str, Any]]:
        """What earlier steps have written under a key, or under any key of a list, newest first."""
        moment = self._moment(since)
        if since is not None and moment is None:
            return []
        zone = self.reference.calendar.zone
        keys = ["" if one is None else str(one) for one in (key if isinstance(key, list) else [key])]
        params = {"ledger": name, "keys": keys, "since": moment}
        return [
            {**row["data"], "at": row["at"].astimezone(zone), "orderNo": row["order_no"], "key": row["key"]}
            for row in self.transaction.rows(LEDGER, {**params, "now": self.now, "limit": LEDGER_ENTRIES})
        ]

    def workload(self, scopes: Scopes) -> Offered:
        return workload.make(self)

    # ---------------------------------------------------------------- stages
    def deadlines(self, scopes: Scopes) -> Stages:
        return Stages(lambda stage: self.clocks.times(stage, scopes).due)

    def warnings(self, scopes: Scopes) -> Stages:
        return Stages(lambda stage: self.clocks.times(stage, scopes).warn)

    def share(self, scopes: Scopes) -> Offered:
        return Offered(("stage", "percent"), partial(self._share, scopes), "share")

    def _share(self, scopes: Scopes, stage: str, percent: Any) -> datetime | None:
        return self.clocks.share(stage, Decimal(percent), scopes)

    def due(self, scopes: Scopes) -> Offered:
        """`due(clock, limit, unit)`, or `due(stage)` on the terms of that stage: no clock is kept, so that the
        instances of a loop each have their own deadline."""
        by_limit = moments.MAKERS["due"](self.reference, self.now)
        return Offered(("clock", "limit", "unit", "start"), partial(self._due, scopes, by_limit), "due", optional=3)

    def _due(self, scopes: Scopes, by_limit: Offered, name: str, limit: Any, unit: Any, start: Any) -> datetime | None:
        if limit is not None:
            return None if unit is None else by_limit(name, limit, unit, start)
        terms = self._terms(name, scopes)
        return by_limit(terms.clock, terms.limit, terms.unit, start) if terms else None

    def _terms(self, stage: str, scopes: Scopes) -> Terms | None:
        """What the decision dmn_sla says about a stage; None: it has no deadline."""
        rule = self._rule(stage, scopes)
        if not rule or not rule.get("limit"):
            return None
        warn = rule.get("warn_pct")
        return Terms(
            rule["clock"],
            Decimal(str(rule["limit"])),
            rule["unit"],
            Decimal(str(warn)) if warn else None,
            self._moment(rule.get("latest")),
            self._moment(rule.get("extended_to")),
        )

    def _moment(self, value: Any) -> datetime | None:
        """A date and time of a rule; without an offset it is the district's."""
        found = datetime.fromisoformat(value) if isinstance(value, str) and value else value
        if not isinstance(found, datetime):
            return None
        return found if found.tzinfo else found.replace(tzinfo=self.reference.calendar.zone)

    def _rule(self, stage: str, scopes: Scopes) -> Mapping[str, Any] | None:
        category = self.category(scopes)
        facts = {
            "stage": stage,
            "priority": look_up(scopes, "priority"),
            "category_level": look_up(scopes, "level") or (category or {}).get("level"),
            "category": category,
            "policy": look_up(scopes, "policy"),
            "policy_at": look_up(scopes, "policyAt"),
            "promise_at": look_up(scopes, "promiseAt"),
            "extended_to": look_up(scopes, "extendedTo"),
            "limit_override": look_up(scopes, "limitOverride"),
        }
        found = self._model(SLA_DECISION).recall(SLA_DECISION, facts, self.now, self._told)
        return found if isinstance(found, Mapping) else None

    def _model(self, decision: str) -> dmn.Model:
        town = self.reference.town(self.order.document)
        return self.definitions.decision(self.transaction, decision, self.now, town)

    def _told(self, decision: dmn.Decision, rules: Sequence[int]) -> None:
        """Keep which rules decided that cite a document, with their remark as it is now."""
        if self.trace is not None:
            self.trace.decided(decision.id, rules)
        notes = decision.table.notes if decision.table else ()
        for rule in rules:
            if "《" in (note := notes[rule - 1]):
                name = decision.name or decision.id
                self.cited[decision.id, rule] = {"decision": decision.id, "name": name, "rule": rule, "note": note}


Maker = Callable[[StepEnvironment, Scopes], Any]


def _of_moment(make: Callable[[Reference, datetime], Any]) -> Maker:
    return lambda environment, scopes: make(environment.reference, environment.now)


OFFERED: dict[str, Maker] = {
    "order": StepEnvironment.order_facts,
    "category": StepEnvironment.category,
    "place": StepEnvironment.place,
    "deadlines": StepEnvironment.deadlines,
    "warnings": StepEnvironment.warnings,
    "share": StepEnvironment.share,
    "ledger": StepEnvironment.ledger,
    "workload": StepEnvironment.workload,
    **questions.MAKERS,
    **parts.MAKERS,
    **{name: _of_moment(make) for name, make in {**moments.MAKERS, **master_data.MAKERS}.items()},
    "due": StepEnvironment.due,
}
"""What is offered beside variables and the document, by name: each value is made when an expression asks for it."""


@lru_cache(maxsize=8192)
def _compiled(text: str) -> tuple[feel.Expression, bool]:
    """The expression, and whether it may ask for any of what is offered."""
    expression = feel.parse(text, names=NAMES)
    return expression, not expression.looked_up.isdisjoint(OFFERED)
