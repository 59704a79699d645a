"""The stage clocks (环节时钟) of one work order, and with `keepClock` the clock of its unit (单位时钟).

A clock starts when somebody first asks for its deadline or its task opens, on the terms that the decision gives for
what the document says then; it keeps those terms when the decision is deployed anew. It is reckoned again from its
own start when the facts behind its terms change, when an element with `pauses` begins or ends, and when its unit has
to work again after the deadline (an element with `reworks`); an element with `stops` ends it. `settle` says as events
what that has changed.

Source: process model, section 0.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from engine import events
from engine.clock import Bundle, Clock, ClockError, Pause, Unit, WorkingCalendar, at_percent, percent_used
from engine.order import Order

Scopes = Sequence[Mapping[str, Any]]
Row = Mapping[str, Any]
FACTS = ("priority", "level", "categoryCode", "policy", "promiseAt", "extendedTo", "limitOverride")
"""Fields of the document that the terms of a stage depend on."""
PROMISES = {"promiseAt", "extendedTo"}
"""Those that are moments themselves: a timer whose expression names one moves with it."""


class Times(NamedTuple):
    """When a stage is due and when to warn; None: no deadline, or the clock stands still."""

    due: datetime | None
    warn: datetime | None


NEVER = Times(None, None)


class Terms(NamedTuple):
    """What the decision says about a stage: how long, on which clock, and when to warn (percent).

    `latest` bounds the deadline from above (a promise), `extended_to` from below (an approved extension).
    """

    clock: Clock
    limit: Decimal
    unit: Unit
    warn_pct: Decimal | None
    latest: datetime | None = None
    extended_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class StageClock:
    """One clock. `at` is None while elements hold a clock that has not started; `held`: their items."""

    at: datetime | None
    terms: Terms | None = None
    facts: tuple[Any, ...] = ()
    pauses: tuple[Pause, ...] = ()
    held: tuple[int, ...] = ()
    reworked_at: datetime | None = None
    times: Times = NEVER

    def reckoned(self, calendar: WorkingCalendar) -> StageClock:
        """This clock with its times as they follow from the rest. Raises ClockError."""
        return replace(self, times=self._times(calendar))

    def _times(self, calendar: WorkingCalendar) -> Times:
        due = self.at_share(calendar, Decimal(100))
        if due is None or self.terms is None:
            return NEVER
        warn = self.terms.warn_pct
        return Times(due, None if warn is None else self.at_share(calendar, warn))

    def at_share(self, calendar: WorkingCalendar, percent: Decimal) -> datetime | None:
        """When `percent` of the limit has gone; None without a limit and while the clock stands still."""
        if self.at is None or self.terms is None:
            return None
        try:
            moment = self._at_share(calendar, percent, self.at, self.terms)
        except ClockError as error:
            if error.code == "clock.standing_still":
                return None
            raise
        if self.held and moment > self.pauses[-1][0]:
            return None  # a working day already begun counts, yet nothing falls due while the clock stands still
        return moment

    def _at_share(self, calendar: WorkingCalendar, percent: Decimal, at: datetime, terms: Terms) -> datetime:
        """A promise or an extension stretches the limit evenly: half of it has gone half-way to the new deadline."""
        clock, limit, unit, _, latest, extended_to = terms
        bundle = Bundle(at, clock, limit, unit, self.pauses, self.reworked_at)
        own, span = bundle.governing(calendar)
        bound = max(own, extended_to) if extended_to else own
        bound = min(bound, latest) if latest else bound
        if bound == own:
            return own if percent == 100 else bundle.at(calendar, span, percent)
        if percent == 100:
            return bound
        longer = percent_used(calendar, at, bound, clock, limit, unit, self.pauses)
        return at_percent(calendar, at, clock, limit, unit, percent * longer / 100, self.pauses)

    def hold(self, item: int, now: datetime) -> StageClock:
        """An element that pauses the stage has begun. Pauses that touch are one."""
        held = (*self.held, item)
        if self.at is None or self.held:
            return replace(self, held=held)
        if self.pauses and self.pauses[-1][1] == now:
            return replace(self, held=held, pauses=(*self.pauses[:-1], (self.pauses[-1][0], None)))
        return replace(self, held=held, pauses=(*self.pauses, (now, None)))

    def release(self, item: int, now: datetime) -> StageClock:
        """An element that paused the stage has ended; with the last of them the clock goes on."""
        held = tuple(other for other in self.held if other != item)
        if held or self.at is None:
            return replace(self, held=held)
        begin, _ = self.pauses[-1]
        ended: tuple[Pause, ...] = () if begin == now else ((begin, now),)
        return replace(self, held=held, pauses=(*self.pauses[:-1], *ended))

    def row(self) -> Row:
        """As the work order keeps it; what is empty is left out."""
        due, warn = self.times
        full = {"at": self.at, "due_at": due, "warn_at": warn, "terms": self.terms, "facts": self.facts}
        more = {"pauses": self.pauses, "held": self.held, "reworked_at": self.reworked_at}
        return {**full, **{name: value for name, value in more.items() if value}}

    @classmethod
    def from_row(cls, row: Row) -> StageClock:
        """The clock a work order keeps."""
        return cls(
            _moment(row["at"]),
            _terms(row.get("terms")),
            _facts(row.get("facts") or ()),
            tuple((_known(begin), _moment(end)) for begin, end in row.get("pauses") or ()),
            tuple(row.get("held") or ()),
            _moment(row.get("reworked_at")),
            Times(_moment(row.get("due_at")), _moment(row.get("warn_at"))),
        )


class StageClocks:
    """All clocks of a work order during one step at one moment. `find_terms(stage, scopes)` asks the decision."""

    def __init__(
        self,
        order: Order,
        now: datetime,
        calendar: WorkingCalendar,
        find_terms: Callable[[str, Scopes], Terms | None],
    ) -> None:
        self._order, self._now, self._calendar, self._find_terms = order, now, calendar, find_terms
        self._kept: dict[str, StageClock] = {}  #: as the work order has them, read when asked for
        self._clocks: dict[str, StageClock | None] = {}  #: as they are now
        self._told: dict[str, Times] = {}  #: what expressions were told when a clock started
        self._facts = facts_of([order.document])
        self._held = {item for row in order.clocks.values() for item in row.get("held") or ()}
        self.moved: set[str] = set()  #: stages whose times are not what expressions were told

    def times(self, stage: str, scopes: Scopes) -> Times:
        """(due, warn) of a stage as somebody in these scopes sees it. A clock that does not run starts now."""
        clock = self._clock(stage)
        if clock is None or clock.at is None:
            return self._start(stage, clock, scopes)
        if clock.facts == facts_of(scopes):
            return clock.times
        return self._on_new_terms(stage, clock, scopes).times

    def share(self, stage: str, percent: Decimal, scopes: Scopes) -> datetime | None:
        """When that part of a stage's limit has gone, as `times` sees the stage; None while it stands still."""
        self.times(stage, scopes)
        clock = self._clock(stage)
        if clock is None:
            return None
        if clock.facts != facts_of(scopes):
            clock = self._on_new_terms(stage, clock, scopes)
        return clock.at_share(self._calendar, percent)

    def stop(self, stage: str | None) -> None:
        """The stage's task is over, so that its next task starts a new clock."""
        clock = self._clock(stage) if stage else None
        if stage and clock is not None and clock.at is not None:
            self._clocks[stage] = StageClock(None, held=clock.held) if clock.held else None

    def hold(self, item: int, stage: str) -> None:
        """An element with the property `pauses` has begun."""
        self._held.add(item)
        clock = self._clock(stage) or StageClock(None)
        self._clocks[stage] = clock.hold(item, self._now).reckoned(self._calendar)

    def release(self, item: int) -> None:
        """Any element has ended; what it held goes on."""
        if item not in self._held:
            return
        self._held.remove(item)
        for stage in self._stages():
            clock = self._clock(stage)
            if clock is not None and item in clock.held:
                released = clock.release(item, self._now)
                over = released.at is None and not released.held
                self._clocks[stage] = None if over else released.reckoned(self._calendar)

    def rework(self, stage: str) -> None:
        """The unit has to work again: once all its time has gone it gets some more."""
        clock = self._clock(stage)
        if clock is not None and clock.times.due is not None and clock.times.due <= self._now:
            self._clocks[stage] = replace(clock, reworked_at=self._now).reckoned(self._calendar)

    def settle(self, document: Mapping[str, Any]) -> Iterator[events.Event]:
        """What has changed since the last time, written down in the work order; `moved` says which timers are wrong."""
        self._follow(document)
        self.moved = set()
        for stage, after in list(self._clocks.items()):
            before = self._kept.get(stage)
            if after == before:
                continue
            yield from self._changes(stage, before, after)
            self._keep(stage, after)
        self._told = {}

    # ---------------------------------------------------------------- one clock
    def _clock(self, stage: str) -> StageClock | None:
        if stage not in self._clocks:
            row = self._order.clocks.get(stage)
            if row is None:
                return None
            self._clocks[stage] = self._kept[stage] = StageClock.from_row(row)
        return self._clocks[stage]

    def _stages(self) -> set[str]:
        return {*self._order.clocks, *self._clocks}

    def _start(self, stage: str, held: StageClock | None, scopes: Scopes) -> Times:
        pauses: tuple[Pause, ...] = ((self._now, None),) if held else ()
        items = held.held if held else ()
        clock = StageClock(self._now, self._find_terms(stage, scopes), facts_of(scopes), pauses, items)
        clock = self._clocks[stage] = clock.reckoned(self._calendar)
        self._told[stage] = clock.times
        return clock.times

    def _on_new_terms(self, stage: str, clock: StageClock, scopes: Scopes) -> StageClock:
        terms = self._find_terms(stage, scopes)
        return replace(clock, terms=terms, facts=facts_of(scopes)).reckoned(self._calendar)

    def _follow(self, document: Mapping[str, Any]) -> None:
        """Reckon every running clock again when the facts in the document have changed."""
        facts = facts_of([document])
        if facts == self._facts:
            return
        self._facts = facts
        for stage in self._stages():
            clock = self._clock(stage)
            if clock is not None and clock.at is not None and clock.facts != facts:
                self._clocks[stage] = self._on_new_terms(stage, clock, [document])

    # ---------------------------------------------------------------- events
    def _changes(self, stage: str, before: StageClock | None, after: StageClock | None) -> Iterator[events.Event]:
        row = after.row() if after is not None else None
        told = before.times if before is not None else NEVER
        if after is None or after.at is None:
            ran = before is not None and before.at is not None
            yield events.StageStopped(stage, row) if ran else events.StageHeld(stage, row)
            return
        if before is None or before.at != after.at:
            told = self._told.get(stage, after.times)
            if before is not None and before.at is not None:
                self.moved.add(stage)  # it ended and began in one step: timers may have been told when it had been due
            yield events.StageStarted(stage, after.at, *told, row)
        elif told == after.times:
            self.moved.add(stage)  # its deadline stays, yet a share of its limit may come at another time
            yield events.StageHeld(stage, row)
        if told != after.times:
            self.moved.add(stage)
            yield events.StageRescheduled(stage, *after.times, told.due, _reason(before, after), row)

    def _keep(self, stage: str, clock: StageClock | None) -> None:
        rows = {name: row for name, row in self._order.clocks.items() if name != stage}
        self._kept.pop(stage, None)
        if clock is not None:
            self._kept[stage] = clock
            rows[stage] = clock.row()
        self._order.clocks = rows


def facts_of(scopes: Scopes) -> tuple[Any, ...]:
    """What the terms of a stage depend on, as these scopes (innermost first) see it."""
    if len(scopes) == 1:
        return tuple(map(scopes[0].get, FACTS))
    return tuple([look_up(scopes, name) for name in FACTS])


def _facts(kept: Sequence[Any]) -> tuple[Any, ...]:
    """Facts as a work order keeps them; those that were no facts yet when its clock was written had no value."""
    return (*kept, *(None for _ in FACTS[len(kept) :]))


def look_up(scopes: Scopes, name: str) -> Any:
    """The innermost value of a name; None when it has none."""
    for scope in scopes:
        if name in scope:
            return scope[name]
    return None


def names(stages: str | None) -> list[str]:
    """The stages a property names, with commas between."""
    return [name.strip() for name in (stages or "").split(",") if name.strip()]


def mentions(expression: str, stages: set[str], fields: set[str]) -> bool:
    """Whether a timer's expression gives a deadline, warning or share of these stages or names a field."""
    asks = any(word in expression for word in ("deadlines", "warnings", "share"))
    return (asks and any(stage in expression for stage in stages)) or any(field in expression for field in fields)


def _reason(before: StageClock | None, after: StageClock) -> str:
    if after.reworked_at and (before is None or before.reworked_at != after.reworked_at):
        return "rework"
    was_held = bool(before and before.held)
    if was_held != bool(after.held):
        return "resume" if was_held else "pause"
    return "facts"


def _terms(found: Sequence[Any] | None) -> Terms | None:
    if not found:
        return None
    clock, limit, unit, warn, *bounds = found
    latest, extended_to = (_moment(bound) for bound in bounds or (None, None))
    return Terms(clock, Decimal(str(limit)), unit, None if warn is None else Decimal(str(warn)), latest, extended_to)


def _known(value: Any) -> datetime:
    moment = _moment(value)
    assert moment is not None, "a pause has a beginning"
    return moment


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
