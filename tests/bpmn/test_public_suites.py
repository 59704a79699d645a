"""The public suites, as far as the shared material holds them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.bpmn import lint
from tests.conformance import bpmn, invalid
from tests.shared_material import shared


def test_every_process_of_the_suite_leaves_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared("conformance/bpmn/execution")
    status = bpmn.main(folder)
    count = len(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tests"])
    assert capsys.readouterr().out.splitlines()[-1] == f"{count} of {count} processes pass"
    assert status == 0


def test_every_invalid_diagram_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared("conformance/bpmn/invalid")
    assert invalid.main(folder) == 0
    count = len(list(folder.rglob("*.bpmn")))
    assert capsys.readouterr().out.splitlines()[-1] == f"{count} of {count} refused"


def test_a_suite_with_a_wrong_expectation_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared("conformance/bpmn/execution")
    case = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tests"][0]
    case["cases"][0]["expect"] = ["Task9"]
    (tmp_path / case["file"]).parent.mkdir(parents=True)
    (tmp_path / case["file"]).write_bytes((folder / case["file"]).read_bytes())
    (tmp_path / "manifest.json").write_text(json.dumps({"tests": [case]}), encoding="utf-8")
    assert bpmn.main(tmp_path) == 1
    assert "0 of 1 processes pass" in capsys.readouterr().out


def test_a_valid_diagram_counts_as_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    valid = shared("conformance/bpmn/execution") / "gateways" / "InclusiveGateway.bpmn"
    (tmp_path / "valid.bpmn").write_bytes(valid.read_bytes())
    assert invalid.main(tmp_path) == 1
    assert "0 of 1 refused" in capsys.readouterr().out


def test_valid_diagrams_have_no_error_of_the_linter() -> None:
    folder = shared("conformance/bpmn/execution")
    for file in sorted(folder.rglob("*.bpmn")):
        findings = lint(bpmn.translate(file.read_bytes()), allow_scripts=True)
        refused = [f for f in findings if f.severity == "error" and f.rule not in ("AC01", "AC05")]
        assert not refused, (file.name, refused)
