"""Citizens' messages from a table become appeals: nothing is lost, nothing is doubled."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from engine import tables
from engine.database import Database
from tests.shared_material import shared
from webapp.cli import import_messages
from webapp.message_file import UnreadableFile, open_file

HEADER = "id,title,written_at,text,class1\n"
GOOD = '3742,检测站要开业了,2018/12/26 10:13:37,"小区外的检测站,要开业了",城乡建设\n'

Run = Callable[..., Result]


@pytest.fixture
def database(district_database_url: str) -> Iterator[Database]:
    opened = Database(district_database_url)
    yield opened
    opened.close()


@pytest.fixture
def run(district_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", district_database_url)
    monkeypatch.setenv("CITYLOOP_VAR", str(tmp_path / "var"))

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(import_messages.command, [str(argument) for argument in arguments])

    return invoke


def write(folder: Path, text: str | bytes, name: str = "messages.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def appeals(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(select(tables.work_order).where(tables.work_order.c.kind == "appeal")))


def test_every_message_becomes_one_appeal(run: Run, database: Database, tmp_path: Path) -> None:
    result = run(write(tmp_path, HEADER + GOOD))
    assert result.exit_code == 0, result.output
    [appeal] = appeals(database)
    assert appeal.source == "import"
    document = appeal.document
    assert (document["sourceOrderNo"], document["title"]) == ("3742", "检测站要开业了")
    assert document["content"] == "小区外的检测站,要开业了"
    assert document["occurredAt"].startswith("2018-12-26T10:13:37")
    assert document["importClass"] == "城乡建设"


def test_a_repeat_adds_nothing_and_says_so(run: Run, database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + GOOD)
    run(path)
    repeat = run(path)
    assert repeat.exit_code == 0
    assert "already there         1" in repeat.output
    assert len(appeals(database)) == 1


def test_an_import_that_was_cut_short_is_continued(run: Run, database: Database, tmp_path: Path) -> None:
    rows = "".join(f"{n},第{n}件,2020/1/{n} 8:00:00,这是第{n}件留言的内容,环境保护\n" for n in range(1, 6))
    path = write(tmp_path, HEADER + rows)
    assert "new appeals            2" in run(path, "--limit", "2").output
    rest = run(path)
    assert "new appeals            3" in rest.output
    assert "already there         2" in rest.output
    assert sorted(appeal.document["sourceOrderNo"] for appeal in appeals(database)) == list("12345")


def test_a_bad_row_is_named_and_written_beside_and_the_rest_goes_on(
    run: Run, database: Database, tmp_path: Path
) -> None:
    bad = "7,没有内容,2018/1/1 8:00:00,,城乡建设\n8,时间不对,昨天,有内容的留言,城乡建设\n"
    bad += ",没有编号,2018/1/1 8:00,有内容,x\n"
    short = "9,只有两列\n"
    repeated = GOOD.replace("要开业了", "又开业了")
    result = run(write(tmp_path, HEADER + bad + short + GOOD + repeated))
    assert result.exit_code == 1
    for number, words in {1: "0个", 2: "昨天", 3: "没有编号", 4: "有2列", 6: "与第5行重复"}.items():
        assert any(line.startswith(f"第{number}行") and words in line for line in result.output.splitlines())
    assert len(appeals(database)) == 1
    with (tmp_path / "messages.rejected.csv").open(encoding="utf-8-sig", newline="") as opened:
        rejected = list(csv.reader(opened))
    assert [row[0] for row in rejected[1:]] == ["1", "2", "3", "4", "6"]
    assert rejected[2][2:] == ["8", "时间不对", "昨天", "有内容的留言", "城乡建设"]


def test_blank_lines_do_not_shift_the_numbers(run: Run, tmp_path: Path) -> None:
    result = run(write(tmp_path, HEADER + GOOD + "\n,,,,\n8,时间不对,昨天,有内容的留言,城乡建设\n"))
    assert "第4行（表格第5行）" in result.output
    assert "rows read                 2" in result.output


def test_rejected_rows_can_go_elsewhere(run: Run, tmp_path: Path) -> None:
    result = run(write(tmp_path, HEADER + "7,没有内容,,,\n"), "--rejects", tmp_path / "other.csv")
    assert result.exit_code == 1
    assert (tmp_path / "other.csv").exists()
    assert not (tmp_path / "messages.rejected.csv").exists()


def test_a_message_the_engine_cannot_keep_is_rejected_by_its_row(run: Run, database: Database, tmp_path: Path) -> None:
    result = run(write(tmp_path, HEADER + "7,空字符,,坏\0字符,\n" + GOOD))
    assert result.exit_code == 1
    assert "空字符" in result.output
    assert len(appeals(database)) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_both_encodings_and_chinese_column_names_are_read(tmp_path: Path, encoding: str) -> None:
    text = "留言编号,留言主题,留言时间,留言详情,一级标签\n1,囧,2020/1/1 8:00:00,𠮷祥饼店占道,城乡建设\n"
    file = open_file(write(tmp_path, text.encode(encoding)))
    from tests.contract.connector_contract import NOW

    [row] = file.rows(NOW)
    assert row.report is not None
    assert (row.report.title, row.report.content) == ("囧", "𠮷祥饼店占道")


def test_without_an_id_column_the_words_make_a_row_unique(tmp_path: Path) -> None:
    from tests.contract.connector_contract import NOW

    path = write(tmp_path, "内容\n路灯不亮了\n垃圾没有清运\n路灯不亮了\n")
    rows = list(open_file(path).rows(NOW))
    assert [bool(row.report) for row in rows] == [True, True, False]
    assert len({row.report.source_order_no for row in rows if row.report}) == 2


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "空"), (b"\x81", "编码"), (b"a,b\n1,2\n", "内容列")], ids=["empty", "bytes", "columns"]
)
def test_a_file_that_cannot_be_read_is_said_in_one_sentence(
    run: Run, tmp_path: Path, content: bytes, words: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(UnreadableFile, match=words):
        open_file(path)
    result = run(path)
    assert result.exit_code == 1
    assert words in result.output


def test_all_real_messages_become_appeals_once(run: Run, database: Database, tmp_path: Path) -> None:
    path = shared("data/citizen_messages.csv")
    with path.open(encoding="utf-8-sig", newline="") as opened:
        expected = {row["id"]: row["text"].strip() for row in csv.DictReader(opened)}
    first = run(path, "--rejects", tmp_path / "rejected.csv")
    assert first.exit_code == 0, first.output
    again = run(path, "--rejects", tmp_path / "rejected.csv")
    assert f"already there   {len(expected):>7}" in again.output
    kept = {appeal.document["sourceOrderNo"]: appeal.document["content"] for appeal in appeals(database)}
    assert kept == expected
