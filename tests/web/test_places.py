"""Places for forms: what somebody types, a point on the map, and what citizens may ask of it."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.conftest import Person
from webapp.wiring import Wiring

Log = Callable[[str], Person]


def found(who: Person, address: str) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = who.get(address).json["places"]
    return listed


def test_it_finds_names_villages_and_parts(person: Log) -> None:
    clerk = person("SL01")
    first, *others = found(clerk, "/places?q=榕荫大道")
    assert (first["name"], first["kind"], first["villageName"]) == ("榕荫大道", "路", "榕树头社区")
    assert (first["villageCode"], first["townName"]) == ("990107001001", "榕荫街道")
    assert {one["kind"] for one in others} >= {"雨水井盖", "路灯"}
    [lamp] = found(clerk, "/places?q=9901070108000001")
    assert (lamp["partCode"], lamp["owner"], lamp["category"]) == ("9901070108000001", "LD", "C0108")
    assert lamp["ownerName"]


def test_it_finds_what_stands_in_a_whole_address(person: Log) -> None:
    names = [one["name"] for one in found(person("SL01"), "/places?q=榕荫大道榕树头广场旁边")]
    assert names[:2] == ["榕树头广场", "榕荫大道"]
    assert found(person("SL01"), "/places?q=%25") == found(person("SL01"), "/places?q=") == []


def test_it_says_what_lies_at_a_point(person: Log) -> None:
    answer = person("SL01").get("/places/at?lon=114.903527&lat=21.699890").json
    place = answer["place"]
    assert (place["villageCode"], place["partCode"]) == ("990107001001", "9901070108000001")
    assert place["address"] == "榕荫大道12号对面"
    assert "榕荫大道" in {one["name"] for one in answer["names"]}
    beside = person("SL01").get("/places/at?lon=114.9031&lat=21.7004").json["place"]
    assert (beside["name"], beside["address"]) == ("榕荫大道", "榕荫大道附近")
    assert person("SL01").get("/places/at?lon=114.9&lat=nowhere").status_code == 422
    assert "villageCode" not in person("SL01").get("/places/at?lon=10&lat=10").json["place"]


def test_a_map_opens_at_the_village_or_in_the_middle(person: Log) -> None:
    clerk = person("SL01")
    village = clerk.get("/places/home?village=990107001001").json
    middle = clerk.get("/places/home").json
    assert village != middle
    assert 114 < middle["lon"] < 116


def test_citizens_see_places_and_no_parts(anybody: Person) -> None:
    assert anybody.get("/places?q=榕荫大道").status_code in (302, 401)
    listed = found(anybody, "/report/places?q=榕荫大道")
    assert [one["name"] for one in listed] == ["榕荫大道"]
    assert "partCode" not in anybody.get("/report/places/at?lon=114.903527&lat=21.699890").json["place"]
    assert anybody.get("/report/places/home").json["lon"]


def test_a_qr_code_of_a_part_fills_the_citizens_form(anybody: Person, person: Log, wiring: Wiring) -> None:
    page = anybody.page("/report?part=9901070108000001")
    assert 'value="榕荫大道12号对面"' in page
    assert "已按二维码填好地点：路灯 9901070108000001" in page
    assert '<option value="990107001001" selected>' in page
    data = {"content": "这盏路灯晚上一闪一闪的，请来修。", "address": "榕荫大道12号对面", "part": "9901070108000001"}
    anybody.client.post("/report", data={**data, "csrf_token": anybody.token("/report")})
    with wiring.engine.database.transaction() as transaction:
        [row] = transaction.rows("select document from work_order where kind = 'appeal'")
    document = row["document"]
    assert (document["partCode"], document["categoryCode"]) == ("9901070108000001", "C0108")
    assert document["attributes"] == {"owner": "LD"}


def test_a_qr_code_of_a_place_fills_it_and_a_wrong_one_nothing(anybody: Person) -> None:
    page = anybody.page("/report?place=榕树头广场")
    assert 'id="place-lon" name="lon" value="114.90275"' in page
    for wrong in ("part=9901079999999999", "part=%27", "place=没有这个地方"):
        assert "二维码" not in anybody.page(f"/report?{wrong}")
