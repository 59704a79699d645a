"""What a reason of return has to be shown with is asked for by the forms that return work, by the file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import forms

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "processes/reference/return_reasons.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
FIELDS = {
    "clause": "returnProof.clause",
    "place": "returnProof.place",
    "photo": "returnProof.photos",
    "caseNo": "returnProof.caseNo",
    "power": "returnProof.power",
    "contact": "returnProof.contact",
}


@pytest.mark.parametrize(("key", "action"), [("handle/sign", "signAction"), ("joint/plan", "planAction")])
@pytest.mark.parametrize("row", ROWS, ids=[row["code"] for row in ROWS])
def test_a_return_takes_what_its_reason_needs(key: str, action: str, row: dict[str, str]) -> None:
    form = forms.find(key, ROOT / "forms")
    reasons = [{"value": one["code"], "label": one["name"], "needs": one["needs"]} for one in ROWS]
    shown = {"returnReasons": reasons, "units": ["GS"], "delegatedPowers": [], "categoryCode": "E0110"}
    sent = {action: "退单", "reasonCode": row["code"], "basis": "该" * 20, "suggestUnit": "GS"}
    wanted = {FIELDS[row["needs"]]} if row["needs"] in FIELDS else set()
    assert set(forms.validate(form, sent, context=shown).errors) == wanted


def test_every_reason_says_what_it_needs() -> None:
    assert {row["needs"] for row in ROWS} == {*FIELDS, "text"}
