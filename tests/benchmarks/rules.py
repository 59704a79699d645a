"""What rules cost: a FEEL condition, a decision table of a hundred rules, a deadline on each clock; CPU microseconds.

Beside them, where installed (`pip install .[benchmarks]`), bkflow-feel (which parses at every evaluation and has no
decision tables: a table is a hundred conditions asked in turn) and SpiffWorkflow's DMN (Python expressions).
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import cycle
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from typing import Any

from engine import dmn, feel
from engine.clock import Clock, Unit, WorkingCalendar, deadline
from engine.feel.expression import Expression
from tests.benchmarks.measure import Figures

CALENDAR = Path(__file__).resolve().parents[2] / "processes" / "reference" / "calendar_2025_2026.csv"
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
CONDITION = 'priority = "紧急" and reworkCount >= 2 or category.level = "A"'
FILTER = "staff[unit = mainUnit]"
LOOP = 'for one in staff return if date(day) >= date("2026-01-01") and one.unit = "U7" then one.name else null'
SEEN = {"priority": "加急", "reworkCount": 1, "category": {"level": "B"}}
PRIORITIES, LEVELS = ("特急", "紧急", "加急", "一般"), ("A", "B", "C", "D", "E")
TOWNS = ("松岭镇", "禾田镇", "白石镇", "江口镇", "云浦镇")
START = datetime.fromisoformat("2026-09-29T16:20:00+08:00")
LIMITS: tuple[tuple[Clock, int, Unit], ...] = (("紧急工作时", 4, "小时"), ("工作时", 14, "小时"), ("工作日", 5, "日"))
REPEATS = 5
ABSENT = "not installed"


def run() -> list[Figures]:
    """All figures; the least of a few rounds, because rules never wait."""
    return [*_ours(), *_clocks(), *_bkflow(), *_spiff()]


def figures(name: str, units: int, work: Callable[[], Any]) -> Figures:
    """CPU microseconds of one `work()`."""
    work()
    least = min(_round(units, work) for _ in range(REPEATS))
    return Figures(name, units, least * 1e3, least * 1e3, {"cpu_us": round(least * 1e6, 2)})


def _round(units: int, work: Callable[[], Any]) -> float:
    began = process_time()
    for _ in range(units):
        work()
    return (process_time() - began) / units


# ------------------------------------------------------------------ the table
def rules() -> Iterator[tuple[str, str, int, str]]:
    """A hundred rules: priority, level, at least so many reports, town."""
    for n in range(100):
        yield PRIORITIES[n % 4], LEVELS[n // 4 % 5], n // 20, TOWNS[n // 20]


def facts() -> list[Mapping[str, Any]]:
    """Facts that hit rules 1, 8, 15, … of the table."""
    names = ("priority", "level", "reports", "town")
    return [dict(zip(names, rule, strict=True)) for rule in list(rules())[::7]]


def table() -> bytes:
    """The table as DMN that both engines read: quoted texts, and a comparison that both understand."""
    columns = (("priority", "string"), ("level", "string"), ("reports", "number"), ("town", "string"))
    inputs = "".join(
        f'<input id="i{n}"><inputExpression id="e{n}" typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        for n, (name, kind) in enumerate(columns)
    )
    rows = "".join(
        f'<rule id="r{n}">'
        + "".join(
            f'<inputEntry id="r{n}c{k}"><text>{cell}</text></inputEntry>'
            for k, cell in enumerate((f'"{priority}"', f'"{level}"', f"&gt;= {reports}", f'"{town}"'))
        )
        + f'<outputEntry id="r{n}o"><text>{n}</text></outputEntry></rule>'
        for n, (priority, level, reports, town) in enumerate(rules())
    )
    return (
        f'<definitions xmlns="{DMN}" id="d" name="d" namespace="urn:cityloop:bench">'
        '<decision id="hundred" name="hundred"><variable id="v" name="hundred"/>'
        f'<decisionTable id="t" hitPolicy="FIRST">{inputs}<output id="o" name="rule" typeRef="number"/>{rows}'
        "</decisionTable></decision></definitions>"
    ).encode()


# ------------------------------------------------------------------ ours
def _ours() -> Iterator[Figures]:
    condition = feel.parse(CONDITION)
    assert isinstance(condition, Expression)
    yield figures("compiled FEEL condition", 5000, lambda: condition(SEEN))
    table_filter, staff = feel.parse(FILTER), [{"unit": f"U{n % 20}", "name": n} for n in range(200)]
    yield figures("filter of 200 rows", 200, lambda: table_filter({"staff": staff, "mainUnit": "U7"}))
    loop = feel.parse(LOOP)
    yield figures("loop over 200 rows that reads two dates", 50, lambda: loop({"staff": staff, "day": "2026-09-14"}))
    numbers = iter(range(10**9))
    yield figures("parse and compile it", 200, lambda: feel.parse(f"{CONDITION} or {next(numbers)} < 0"))
    model, turns = dmn.read(table()), cycle(facts())
    assert [model.evaluate("hundred", seen) for seen in facts()] == list(range(0, 100, 7))
    yield figures("table of 100 rules, 4 inputs", 1000, lambda: model.evaluate("hundred", next(turns)))


def _clocks() -> Iterator[Figures]:
    with CALENDAR.open(encoding="utf-8-sig", newline="") as file:
        calendar = WorkingCalendar.from_rows(csv.DictReader(file))
    for clock, limit, unit in LIMITS:

        def due(clock: Clock = clock, limit: int = limit, unit: Unit = unit) -> datetime:
            return deadline(calendar, START, clock, limit, unit)

        yield figures(f"deadline, {clock} {limit} {unit}", 3000, due)


# ------------------------------------------------------------------ for comparison
def _bkflow() -> Iterator[Figures]:
    if importlib.util.find_spec("bkflow_feel") is None:
        yield Figures("bkflow-feel", 0, 0.0, 0.0, {"bkflow-feel": ABSENT})
        return
    parse_expression = importlib.import_module("bkflow_feel.api").parse_expression
    yield figures("bkflow-feel: the condition", 20, lambda: parse_expression(CONDITION, SEEN))
    conditions = [
        f'priority = "{priority}" and level = "{level}" and reports >= {reports} and town = "{town}"'
        for priority, level, reports, town in rules()
    ]
    turns = cycle(facts())

    def first() -> int | None:
        seen = next(turns)
        return next((n for n, text in enumerate(conditions) if parse_expression(text, dict(seen))), None)

    assert [first() for _ in facts()] == list(range(0, 100, 7))
    yield figures("bkflow-feel: 100 rules in turn", 3, first)


def _spiff() -> Iterator[Figures]:
    if importlib.util.find_spec("SpiffWorkflow") is None:
        yield Figures("SpiffWorkflow", 0, 0.0, 0.0, {"SpiffWorkflow": ABSENT})
        return
    from lxml import etree
    from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
    from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
    from SpiffWorkflow.dmn.parser.DMNParser import DMNParser

    root = etree.fromstring(table())
    parser = DMNParser(None, root, {"dmn": DMN})
    parser.parse()
    engine = DMNEngine(parser.decision.decisionTables[0])
    workflow = SimpleNamespace(script_engine=PythonScriptEngine())
    turns = cycle(facts())

    def decide() -> Any:
        return engine.result(SimpleNamespace(data=dict(next(turns)), workflow=workflow))["rule"]

    assert [decide() for _ in facts()] == list(range(0, 100, 7))
    yield figures("SpiffWorkflow: the table", 10, decide)
