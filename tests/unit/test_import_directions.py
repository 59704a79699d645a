"""Draws the architecture's table of rooms: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {"processes", "forms", "engine", "connectors", "webapp", "tests"}
STANDARD = set(sys.stdlib_module_names)
PROTOCOLS = {"requests", "marshmallow", "cryptography", "lxml", "orjson"}

MAY_IMPORT = {
    "forms": {"forms", "engine.feel"},
    "engine": {"engine", "sqlalchemy", "psycopg", "lxml", "orjson", "zstandard"},
    "connectors": {"connectors", "engine.ports", *PROTOCOLS},
}
"""Besides the standard library; `webapp` and `tests` may import everything but each other's way round."""

EXCEPTIONS = {
    ("engine/bpmn/reader.py", "SpiffWorkflow"): "reads and validates the diagrams",
    ("engine/feel/functions/regexes.py", "regex"): "regular expressions that can be stopped",
    ("engine/dmn/sheets.py", "openpyxl"): "decision tables as spreadsheets",
    ("connectors/hotline_12345/simulator.py", "flask"): "a stand-in for another system, a program of its own",
}


CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a module imports; `from a import b` counts as a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            dots = "." * node.level
            yield from ((node.lineno, f"{dots}{node.module or ''}.{alias.name}") for alias in node.names)


def allowed(file: str, name: str) -> bool:
    room, top = file.split("/")[0], name.split(".")[0]
    if name.startswith("."):
        return False  # relative imports hide the direction
    if any(file == path and top == package for path, package in EXCEPTIONS):
        return True
    if top == "SpiffWorkflow":
        return room == "tests"
    if room == "webapp":
        return top != "tests"
    if room == "tests" or top in STANDARD:
        return True
    return any(name == known or name.startswith(f"{known}.") for known in MAY_IMPORT[room])


def wrong_imports(file: str, source: str) -> list[str]:
    room = file.split("/")[0]
    return [
        f"{file}:{line} imports {name}, which the room {room}/ may not (see the table of rooms)"
        for line, name in imports(source)
        if not allowed(file, name)
    ]


def modules() -> list[str]:
    found = [path for room in sorted(ROOMS) for path in (ROOT / room).rglob("*.py")]
    return [path.relative_to(ROOT).as_posix() for path in found if "node_modules" not in path.parts]


def test_it_keeps_every_import_inside_the_table() -> None:
    wrong = [line for file in modules() for line in wrong_imports(file, (ROOT / file).read_text(encoding="utf-8"))]
    assert not wrong, "\n".join(["", *wrong])


def test_it_looks_at_every_room_with_code() -> None:
    assert {file.split("/")[0] for file in modules()} >= {"engine", "forms", "connectors", "webapp", "tests"}


def test_processes_hold_data_only() -> None:
    assert not [file for file in modules() if file.startswith("processes/")]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("engine/executor.py", "import flask"),
        ("engine/executor.py", "from webapp import settings"),
        ("engine/bpmn/program.py", "from SpiffWorkflow.bpmn.parser import BpmnParser"),
        ("engine/feel/parser.py", "from . import lexer"),
        ("forms/validate.py", "import engine.commands"),
        ("forms/validate.py", "import requests"),
        ("connectors/retry.py", "from engine import commands"),
        ("connectors/retry.py", "import engine"),
        ("webapp/pages/tasks.py", "import tests.conftest"),
        ("webapp/pages/tasks.py", "import SpiffWorkflow"),
    ],
)
def test_it_refuses(file: str, line: str) -> None:
    found = wrong_imports(file, line)
    assert len(found) == 1
    assert found[0].startswith(f"{file}:1 imports ")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("engine/bpmn/reader.py", "from SpiffWorkflow.bpmn.parser import BpmnParser"),
        ("engine/executor.py", "from engine import apply"),
        ("forms/validate.py", "from engine.feel import evaluate"),
        ("forms/validate.py", "from engine import feel"),
        ("connectors/retry.py", "from engine.ports import TryLater"),
        ("connectors/retry.py", "from engine import ports"),
        ("webapp/wiring.py", "import engine.executor, connectors.registry, forms"),
    ],
)
def test_it_allows(file: str, line: str) -> None:
    assert wrong_imports(file, line) == []


def clock_readings(source: str) -> list[int]:
    """Lines that ask for the present time, outside a function named `utc_now`, which is there to be injected."""
    tree = ast.parse(source)
    injected = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "utc_now"]
    permitted = {id(inner) for node in injected for inner in ast.walk(node)}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and f"{node.value.id}.{node.attr}" in CLOCKS
        and id(node) not in permitted
    ]


def test_the_engine_takes_time_as_an_argument() -> None:
    read = [
        f"{file}:{line} reads the clock; take the time as an argument"
        for file in modules()
        if file.startswith("engine/")
        for line in clock_readings((ROOT / file).read_text(encoding="utf-8"))
    ]
    assert not read, "\n".join(["", *read])


def test_it_sees_a_clock_reading() -> None:
    assert clock_readings("now = datetime.now(UTC)") == [1]
    assert clock_readings("def utc_now():\n    return datetime.now(UTC)") == []


def test_nothing_is_evaluated_as_python() -> None:
    found = [
        f"{file}:{node.lineno} calls {node.func.id}()"
        for file in modules()
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}
    ]
    assert not found, "\n".join(["", *found])


def tracked_files() -> list[Path]:
    """The files of the project; skips the test where git does not know them."""
    said = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if said.returncode:
        pytest.skip("this copy of the project is not a git checkout")
    return [ROOT / name for name in said.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_registry() -> None:
    places = [
        "/" + "work/",
        "/" + "root/",
        "/" + "home/",
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "npmjs" + ".org",
        "npmmirror" + ".com",
        "tuna." + "tsinghua",
        "file:///" + "opt",
    ]
    wrong = []
    for file in tracked_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        wrong += [f"{file.relative_to(ROOT)} contains {place}" for place in places if place in text]
    assert not wrong, "\n".join(["", *wrong])
