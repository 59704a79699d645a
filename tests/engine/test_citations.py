"""Rules of decision tables cite the documents they carry out: seen in the history, checked before they go live."""

from __future__ import annotations

import re

import pytest

from engine import commands
from engine.citations import Citation, citations, remark
from engine.errors import InvalidDeployment
from tests.conftest import ROOT
from tests.engine.conftest import District
from tests.engine.test_loop import accepted

SUPERVISE = ROOT / "processes/city_supervise/dmn_supervise.dmn"
OFFICE = "“一网统管”办法"


def test_it_finds_clauses_and_whole_documents() -> None:
    note = "《“一网统管”办法》第十二条第二款、《权责清单》；非本单位职责"
    assert citations(note) == [Citation(OFFICE, "第十二条第二款"), Citation("权责清单")]
    assert remark(note) == "非本单位职责"
    assert citations("超时自动签收") == []


def test_a_step_says_which_clauses_its_rules_carried_out(district: District) -> None:
    _, case = accepted(district)
    sql = "select data from history where kind = 'RulesCited' and order_id = %(id)s order by id"
    rows = district.rows(sql, id=district.order(case)["id"])
    cited = {(rule["decision"], rule["rule"]): rule["note"] for row in rows for rule in row["data"]["rules"]}
    assert {decision for decision, _ in cited} >= {"dmn_sla", "dmn_dispatch"}
    (dispatched,) = [note for (decision, _), note in cited.items() if decision == "dmn_dispatch"]
    assert dispatched.startswith("《权责清单》")


@pytest.mark.parametrize(
    ("clause", "found"), [("第九十九条", "第 8 行引用的《“一网统管”办法》第九十九条不在"), ("第十九条", "")]
)
def test_a_clause_the_district_does_not_have_is_refused(district: District, clause: str, found: str) -> None:
    text = SUPERVISE.read_text(encoding="utf-8")
    changed = re.sub(r"(dmn_supervise_r8.*?办法》)第十九条", rf"\g<1>{clause}", text, flags=re.DOTALL)
    deploy = commands.Deploy({"dmn_supervise.dmn": changed.encode()}, commands.SYSTEM, break_glass="检验引用")
    if not found:
        district.execute(deploy)
        return
    with pytest.raises(InvalidDeployment) as refused:
        district.execute(deploy)
    (finding,) = [one for one in refused.value.findings if one.severity == "error"]
    assert finding.zh.startswith(found)


def test_a_clause_not_yet_in_force_is_told(district: District) -> None:
    district.now = district.now.replace(year=2025)
    deploy = commands.Deploy(
        {"dmn_supervise.dmn": SUPERVISE.read_bytes().replace("通报".encode(), "全区通报".encode())},
        commands.SYSTEM,
        break_glass="检验引用",
    )
    found = district.execute(deploy).findings
    assert {one.rule for one in found if "2026-01-01" in one.zh} == {"dmn.citation.not_in_force"}
