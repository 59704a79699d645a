"""Citizens who report by the public page and rate by the one-time link."""

from __future__ import annotations

from random import Random

import requests

from webapp.drive.client import patiently
from webapp.drive.pages import DriveError, Refused, alert_of, hidden_of, tree

MATTERS = ("路灯不亮", "垃圾没有清运", "人行道地砖破损", "井盖松动，车一过就响", "夜间施工噪声很大", "有商铺占道经营")
PLACES = ("榕荫大道", "文明路", "南濠街", "书院路", "东堤路", "榕荫市场门口")


class Citizen:
    """Somebody who reports by the public page and rates by the one-time link."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.no = self.code = ""
        self._session = requests.Session()

    def close(self) -> None:
        self._session.close()

    def report(self, content: str, address: str) -> str:
        """Report something; the appeal's number. Raises Refused."""
        page = tree(patiently(self._session, "GET", f"{self.base_url}/report"))
        form = hidden_of(page) | {"content": content, "address": address, "anonymous": "1"}
        answer = patiently(self._session, "POST", f"{self.base_url}/report", data=form)
        done = tree(answer)
        receipt = [done.xpath(f"string(//*[@data-receipt-{part}])").strip() for part in ("no", "code")]
        if not all(receipt):
            raise Refused(answer.status_code, "REPORT", alert_of(done))
        self.no, self.code = receipt
        return self.no

    def rate(self, resolved: str, satisfaction: int, words: str = "") -> bool:
        """Rate when the follow-up page offers the link; False when there is none (any more)."""
        query = {"no": self.no, "code": self.code}
        followed = patiently(self._session, "GET", f"{self.base_url}/follow", params=query)
        links = [link for link in tree(followed).xpath("//a/@href") if "/rate/" in link]
        if not links:
            return False
        page = tree(patiently(self._session, "GET", self.base_url + links[0]))
        form = hidden_of(page) | {"resolved": resolved, "satisfaction": str(satisfaction), "words": words}
        return patiently(self._session, "POST", self.base_url + links[0], data=form).ok


def reports(base_url: str, count: int, seed: int) -> list[Citizen]:
    """Citizens who report by the public page. Raises DriveError when it does not take them."""
    found = []
    for number in range(count):
        citizen, chance = Citizen(base_url), Random(f"{seed}|citizen|{number}")
        what, where = chance.choice(MATTERS), chance.choice(PLACES)
        try:
            citizen.report(f"{where}{what}，已经第{number + 2}天了，请派人来看看。", where)
        except Refused as refused:
            raise DriveError(f"群众上报没有成功 / a citizen's report was not taken: {refused}") from refused
        found.append(citizen)
    return found
