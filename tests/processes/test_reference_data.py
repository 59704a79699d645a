"""Loading the district's master data: once, again, changed, broken."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import queries, tables
from engine.database import Database
from webapp import reference, reference_check
from webapp.settings import ROOT

FOLDER = ROOT / "processes" / "reference"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "reference"))


def count(database: Database, table: str) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.metadata.tables[table])).scalar_one())


def test_it_loads_only_what_has_changed(database_url: str, folder: Path) -> None:
    database = Database(database_url)
    assert "categories" in reference.load(database, folder)
    assert reference.load(database, folder) == []
    text = (folder / "channels.csv").read_text(encoding="utf-8")
    (folder / "channels.csv").write_text(text + "wechat,05,微信公众号\n", encoding="utf-8")
    assert reference.load(database, folder) == ["channels"]
    assert count(database, "org_unit") == 459, "the centre and 458 responsible subjects"
    assert count(database, "category") == 101
    database.close()


def test_it_takes_a_new_year_as_a_new_file(database_url: str, folder: Path) -> None:
    database = Database(database_url)
    year = "date,weekday,is_workday,type\n2027-01-01,五,0,节假日:元旦\n"
    (folder / "calendar_2027.csv").write_text(year, encoding="utf-8")
    reference.load(database, folder)
    assert count(database, "calendar_day") == 731
    database.close()


def test_it_switches_off_who_has_left_and_keeps_them_nameable(database_url: str, folder: Path) -> None:
    database = Database(database_url)
    reference.load(database, folder)
    lines = (folder / "staff.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "staff.csv").write_text("".join(line for line in lines if not line.startswith("SL06,")), encoding="utf-8")
    reference.load(database, folder)
    with database.engine.connect() as connection:
        rows = connection.execute(select(tables.account).where(tables.account.c.user_id == "SL06")).all()
        roles = connection.execute(select(tables.account_role).where(tables.account_role.c.user_id == "SL06")).all()
    assert [row.active for row in rows] == [False]
    assert roles == []
    database.close()


def test_a_unit_answers_for_the_places_below_it(database_url: str, folder: Path) -> None:
    """An area between two towns and the district sees what lies in them; a department sees no place."""
    units = (folder / "org_units.csv").read_text(encoding="utf-8")
    units = re.sub(r"^((?:RY|LQ),.*,镇街,镇街,)CTR", r"\1PA1", units, flags=re.MULTILINE)
    (folder / "org_units.csv").write_text(units + "PA1,东片区指挥部,片区,片区,CTR,,Y,N\n", encoding="utf-8")
    with (folder / "staff.csv").open("a", encoding="utf-8") as staff:
        staff.write("PA1-D1,东片区调度员01,PA1,片区,area_dispatcher\n")
    database = Database(database_url)
    reference.load(database, folder)
    with database.engine.connect() as connection:
        found = {user: queries.viewer(connection, user) for user in ("PA1-D1", "RY-D1", "PS-01")}
        below = {one["value"] for one in queries.units_below(connection, ["PA1"])}
    places = {user: who.divisions for user, who in found.items() if who}
    assert {"990107001000", "990107002000", "990107001001"} <= set(places["PA1-D1"])
    assert "990107003000" not in places["PA1-D1"]
    assert (places["RY-D1"], places["PS-01"]) == (("990107001000",), ())
    assert {"RY", "LQ", "V001001"} <= below
    assert "WJ" not in below
    database.close()


def test_it_names_the_file_that_cannot_be_read_and_changes_nothing(database_url: str, folder: Path) -> None:
    database = Database(database_url)
    (folder / "categories.csv").write_bytes("code,名称\nC0101,井盖\n".encode("gb18030"))
    with pytest.raises(reference.ReferenceDataError) as refused:
        reference.load(database, folder)
    assert "categories.csv" in refused.value.zh
    assert count(database, "org_unit") == 0
    database.close()


def test_it_refuses_a_policy_without_a_readable_time(folder: Path, database_url: str) -> None:
    (folder / "policies.csv").write_text("name,value,from,to,note\n防汛响应,Ⅲ级,六月,,\n", encoding="utf-8")
    database = Database(database_url)
    with pytest.raises(reference.ReferenceDataError, match="policies"):
        reference.load(database, folder)
    database.close()


def test_it_leaves_absences_that_work_orders_recorded(database_url: str, folder: Path) -> None:
    database = Database(database_url)
    reference.load(database, folder)
    recorded = {"user_id": "PS-01", "from_at": "2026-09-15T08:00+08:00", "to_at": "2026-09-17T18:00+08:00"}
    with database.engine.begin() as connection:
        connection.execute(tables.absence.insert().values(**recorded, order_no="QJ1"))
        connection.execute(tables.deputy.insert().values(**recorded, deputy="PS-02", order_no="QJ1"))
    by_file = "user,from,to,reason\nSL06,2026-09-15T08:00,2026-09-16T08:00,年休\n"
    (folder / "absences.csv").write_text(by_file, encoding="utf-8")
    assert reference.load(database, folder) == ["absences"]
    assert (count(database, "absence"), count(database, "deputy")) == (2, 1)
    (folder / "absences.csv").write_text("user,from,to,reason\n", encoding="utf-8")
    reference.load(database, folder)
    assert count(database, "absence") == 1
    database.close()


def test_the_district_has_no_mistake() -> None:
    assert reference_check.look(FOLDER) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("delegated_powers", r"\Z", "25,E0302\n", "格"),
        ("delegated_powers", r"\Z", "99,E9999,SQ999,镇街综合执法队,2026-09-01,\n", "E9999"),
        ("categories", "OWNER,PS,CF", "OWNER,PXS,CF", "PXS"),
        ("categories", r"\A([^\n]*\n)([^\n]*\n)", r"\1\2\2", "重复"),
        ("categories", "紧急工作时,4", "紧急工作时,四", "数字"),
        ("calendar_2025_2026", "2026-09-14,一,1", "2026-09-14,一,休", "is_workday"),
        ("duty_roster", "轮值指挥长,L01", "轮值指挥长,L99", "L99"),
        ("duty_roster", "2026-09-14 08:30", "9月14日", "不是时间"),
    ],
)
def test_it_tells_what_is_wrong_with_its_row(folder: Path, file: str, old: str, new: str, told: str) -> None:
    path = folder / f"{file}.csv"
    changed, times = re.subn(old, new, path.read_text(encoding="utf-8"), count=1)
    assert times == 1
    path.write_text(changed, encoding="utf-8")
    findings = reference_check.look(folder)
    assert findings
    assert findings[0].file == file
    assert findings[0].row > 0
    assert told in findings[0].zh


def test_it_tells_a_file_that_is_not_utf8(folder: Path) -> None:
    (folder / "channels.csv").write_bytes("channel,code,name\n热线,01,热线\n".encode("gb18030"))
    assert [one.file for one in reference_check.look(folder)] == ["channels"]
