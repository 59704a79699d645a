"""People fill in forms sensibly: the district's own, and forms that a process owner draws tomorrow."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, strategies as st

import forms
from forms import find, validate
from webapp.drive.client import with_photos
from webapp.drive.desk import Rates, Sheet, keyed
from webapp.drive.roster import Roster, village_unit
from webapp.drive.rules import RULES, fill

ROOT = Path(forms.__file__).parent
KEYS = sorted(str(path.relative_to(ROOT).with_suffix("")) for path in ROOT.rglob("*.form"))
LISTS: dict[str, Any] = {
    "categories": [{"value": "C0103", "label": "雨水井盖"}, {"value": "E0110", "label": "噪声扰民"}],
    "villages": [{"value": "990107001001", "label": "榕树头社区"}, {"value": "990107002001", "label": "澜桥社区"}],
    "towns": [{"value": "990107001000", "label": "榕荫街道"}],
    "responseKinds": ["其他", "防汛"],
    "units": [{"value": unit, "label": unit} for unit in ("PS", "CGJ", "HW", "V001001")],
    "returnReasons": [{"value": "R01", "label": "非本单位职责", "needs": "clause"}],
    "policeReasons": [{"value": "110-1", "label": "报警人要求到场处置", "basis": "110 联动规定"}],
    "rejectCodes": [{"value": "N04", "label": "法定程序"}],
    "transferCodes": [{"value": "X110", "label": "报警"}],
    "openCases": [],
    "similarCases": [{"value": "HJ2026091401000001", "label": "井盖破损"}],
    "leaders": [{"value": "L03", "label": "区领导03"}],
    "gifts": [{"value": "G01", "label": "雨伞（30 分）"}],
    "colleagues": [{"value": "PS-02", "label": "排水公司负责人", "own": True, "self": False, "away": []}],
    "ownRoles": [{"value": "handler", "label": "经办"}],
    "jointTemplates": [{"value": "LD01", "label": "内涝积水：水务、排水"}],
    "staff": [{"value": "SL02", "label": "受理员02"}],
    "delegatedPowers": [{"value": "SQ001", "label": "SQ001", "category": "E0101"}],
}
REPORT = {"title": "井盖破损", "content": "学校门口的井盖破了，请尽快更换。"}
STRAIGHT = Rates(0, 0, 0, 0, 0)
CROOKED = Rates(1, 1, 1, 1, 1)


def sheet(schema: Any, rates: Rates = STRAIGHT, seed: int = 1, before: int = 0, **shown: Any) -> Sheet:
    sources = " ".join(re.findall(r'"values(?:Key|Expression)": "([^"]*)', json.dumps(schema)))
    lists = {name: rows for name, rows in LISTS.items() if name in sources}  # a page gets those its form names
    return Sheet(
        form_id=schema.get("id", ""),
        components=tuple(keyed(schema["components"])),
        shown={**lists, **REPORT, **shown},
        chance=Random(seed),
        rates=rates,
        before=before,
        units=frozenset({"PS", "CGJ", "HW", "V001001"}),
    )


def problems(key: str, values: dict[str, Any]) -> Any:
    form = find(key)
    sent, parts = with_photos(form.schema, values)
    files = {name: forms.FileInfo(part[0], part[2], len(part[1])) for name, part in parts.items()}
    return validate(form, json.loads(json.dumps(sent)), context={**LISTS, **REPORT}, files=files).errors


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("rates", [STRAIGHT, CROOKED], ids=["straight", "crooked"])
@pytest.mark.parametrize("seed", range(5))
def test_every_form_of_the_district_is_filled_validly(key: str, rates: Rates, seed: int) -> None:
    assert problems(key, fill(sheet(find(key).schema, rates, seed))) == {}


@pytest.mark.parametrize("key", KEYS)
def test_every_form_can_be_filled_without_a_rule(key: str) -> None:
    schema = {**find(key).schema, "id": "drawn_tomorrow"}
    assert problems(key, fill(sheet(schema))) == {}


def test_the_rules_belong_to_forms_that_exist() -> None:
    assert set(RULES) <= {find(key).id for key in KEYS}


@given(st.integers(), st.sampled_from(KEYS))
def test_the_same_seed_fills_the_same(seed: int, key: str) -> None:
    schema = find(key).schema
    assert fill(sheet(schema, Rates(), seed)) == fill(sheet(schema, Rates(), seed))


def test_a_detour_is_taken_only_the_first_time() -> None:
    schema = find("handle/sign").schema
    assert fill(sheet(schema, CROOKED))["signAction"] == "退单"
    assert fill(sheet(schema, CROOKED, before=1))["signAction"] == "签收"


def test_what_the_form_shows_already_is_kept() -> None:
    values = fill(sheet(find("city_appeal/accept").schema, villageCode="990107002001", categoryCode="E0110"))
    assert (values["villageCode"], values["categoryCode"]) == ("990107002001", "E0110")
    assert values["content"] == REPORT["content"]


def test_an_appeal_may_join_an_open_case() -> None:
    cases = [{"value": "HJ2026091501000001", "label": "井盖破损"}]
    values = fill(sheet(find("city_appeal/accept").schema, CROOKED, openCases=cases))
    assert (values["relation"], values["masterCase"]) == ("同一事件", "HJ2026091501000001")


def test_a_case_that_was_returned_goes_to_the_suggested_unit() -> None:
    schema = find("dispatch/dispatch").schema
    assert fill(sheet(schema, suggestedUnit="PS"))["mainUnit"] == "PS"
    again = sheet(schema, suggestedUnit="PS", mainUnit="PS", suggestUnit="HW", returnCount=1)
    assert fill(again)["mainUnit"] == "HW"


def test_a_rule_that_names_an_option_the_form_has_lost_gives_way() -> None:
    values = [{"value": "准", "label": "准"}]
    radio = {"type": "radio", "key": "confirmResult", "values": values, "validate": {"required": True}}
    assert fill(sheet({"id": "verify_confirm", "components": [radio]})) == {"confirmResult": "准"}


def test_required_photos_are_taken() -> None:
    photo = {"type": "photo", "key": "after", "validate": {"min": 2}}
    data, files = with_photos({"components": [{"type": "group", "components": [photo]}]}, {})
    assert data == {"after": ["files::after::0", "files::after::1"]}
    assert all(part[1].startswith(b"\xff\xd8") for part in files.values())


def test_posts_are_read_from_the_list_of_staff(tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("user_id,unit_code,roles\nA,CTR,acceptor;visitor\nB,CTR,acceptor\n", encoding="utf-8")
    roster = Roster.read(path)
    assert roster.of("acceptor@CTR", 5) == ("A", "B")
    assert roster.of("visitor@CTR") == ("A",)
    assert roster.of("nobody@CTR") == ()
    assert village_unit("990107001008") == "V001008"
