"""Runs the DMN Technology Compatibility Kit over the decision engine.

`python -m tests.conformance dmn FOLDER` takes the kit's folder, one compliance level or one case folder, prints
every case that fails, and ends with `N of M cases pass`. Cases that call Java are counted apart. An expression
that does not parse is null, which is what the kit expects of its erroneous ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

import engine.dmn
from engine.dmn.errors import InvalidDecision
from engine.dmn.model import Knowledge, Model, Node, Service
from tests.conformance.dmn_values import expected_value, same, value_of

NOW = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)
"""What `now()` tells: the kit asks only what kind of value it is."""
TC = "{http://www.omg.org/spec/DMN/20160719/testcase}"


@dataclass
class Score:
    """How many cases passed, failed and were out of scope."""

    passed: int = 0
    failed: int = 0
    out_of_scope: int = 0
    failures: list[str] = field(default_factory=list)


def main(folder: Path) -> int:
    """Print the failing cases under `folder` and the totals; 0 only when all pass."""
    score = Score()
    for case_file in sorted(folder.rglob("*.xml")):
        run_file(case_file, score)
    for failure in score.failures:
        print(failure)
    if score.out_of_scope:
        print(f"{score.out_of_scope} cases call Java: out of scope")
    print(f"{score.passed} of {score.passed + score.failed} cases pass")
    return 0 if score.passed and not score.failed else 1


def run_file(case_file: Path, score: Score) -> None:
    """Run every case of one `*-test-*.xml` file."""
    root = etree.parse(case_file).getroot()
    if root.tag != f"{TC}testCases":
        return
    model_name = (root.findtext(f"{TC}modelName") or "").strip()
    try:
        model: Model | None = load(case_file.parent / model_name)
        refusal = ""
    except (InvalidDecision, OSError) as error:
        model, refusal = None, str(error)
    for case in root.findall(f"{TC}testCase"):
        if model is not None and calls_java(model, case):
            score.out_of_scope += 1
            continue
        wrong = [refusal] if model is None else list(run_case(model, case))
        if wrong:
            score.failed += 1
            name = f"{case_file.parent.name} {case.get('id')}"
            score.failures += [f"{name}: {reason}" for reason in wrong]
        else:
            score.passed += 1


def calls_java(model: Model, case: etree._Element) -> bool:
    """Whether a result the case asks for comes from a function written in Java."""
    external = {finding.element for finding in model.findings if finding.rule == "dmn.function.external"}

    def needs(node: Node) -> bool:
        return node.id in external or any(needs(each.node) for each in node.requires if each.node is not node)

    names = {result.get("name") for result in case.findall(f"{TC}resultNode")}
    return bool(external) and any(needs(node) for node in model.nodes.values() if node.name in names)


def load(path: Path) -> Model:
    """The model of a file with the models it imports, looked for beside it."""
    sources = {file: file.read_bytes() for file in path.parent.glob("*.dmn")}
    roots = {file: etree.fromstring(source) for file, source in sources.items()}
    by_namespace = {root.get("namespace"): file for file, root in roots.items()}
    loaded: dict[Path, Model] = {}

    def load_one(file: Path) -> Model:
        if file not in loaded:
            wanted = [element.get("namespace") for element in roots[file].iterfind("{*}import")]
            imports = {name: load_one(by_namespace[name]) for name in wanted if name in by_namespace}
            loaded[file] = engine.dmn.read(sources[file], imports, lenient=True)
        return loaded[file]

    return load_one(path)


def run_case(model: Model, case: etree._Element) -> Iterator[str]:
    """What is wrong with each result of a case; nothing when it passes."""
    context = {node.get("name"): value_of(node) for node in case.findall(f"{TC}inputNode")}
    for result in case.findall(f"{TC}resultNode"):
        expected = expected_value(result)
        try:
            actual = evaluate(model, case, result.get("name") or "", context)
        except Exception as error:
            yield f"{result.get('name')}: {type(error).__name__}: {error}"
            continue
        if not same(actual, expected):
            yield f"{result.get('name')}: expected {expected!r}, got {actual!r}"


def evaluate(model: Model, case: etree._Element, name: str, context: dict[str, Any]) -> Any:
    """The value a case asks for: of a decision, or of the decision service or knowledge model it names."""
    if case.get("type") not in ("decisionService", "bkm"):
        return model.evaluate(name, context, NOW)
    invocable = model.find(case.get("invocableName") or name, Service, Knowledge)
    value = model.evaluate_service(invocable.id, context, NOW)
    if isinstance(invocable, Service) and len(invocable.outputs) > 1 and isinstance(value, dict):
        return value.get(name, value)
    return value
