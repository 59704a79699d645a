"""The signature's test vectors, and what is signed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from connectors.signature import SHA256, SM3, MemoryNonces, canonical_query, digest, sign
from tests.contract.connector_contract import NOW

BODY = b'{"orderNo":"9901002026091507420001","eventType":"DISPATCH","seq":1}'
SECRET = "0123456789abcdef0123456789abcdef"
BODY_HASH = {
    SM3: "a244a72cda3ca74b2470e6440ef4c38d0bc1d432db0af0d6bc4709bd311d84cf",
    SHA256: "858dc22e7f0e6f30c5c6ed4ba7bc535ff9f314b994c8839c3ca14f8bb5de731a",
}
SIGNATURE = {
    SM3: "692b06eca799e9539835038650ebf4106fc76b54642d9e6a0ec8ff5b9ab9ebea",
    SHA256: "abc422f671ddf266bad0716373b41030564c5a8f0429a3b846ac1acf495cac0b",
}


def signed(algorithm: str, query: str = "a=1&b=%E4%B8%AD") -> str:
    return sign(
        "POST", "/open/v1/hotline/orders", query, BODY,
        app_key="demo-12345", secret=SECRET, timestamp="1789429320000", nonce="5f2c9a7e41d04c0b", algorithm=algorithm,
    )  # fmt: skip


@pytest.mark.parametrize("algorithm", [SM3, SHA256])
def test_the_agreed_vectors_hold(algorithm: str) -> None:
    assert digest(algorithm, BODY) == BODY_HASH[algorithm]
    assert signed(algorithm) == SIGNATURE[algorithm]


def test_sm3_is_the_standards() -> None:
    assert digest(SM3, b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.parametrize("query", ["b=%E4%B8%AD&a=1", "b=%e4%b8%ad&a=1", "b=中&a=1"])
def test_the_order_and_spelling_of_the_query_do_not_matter(query: str) -> None:
    assert signed(SM3, query) == SIGNATURE[SM3]


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5))
def test_a_canonical_query_stays_as_it_is(values: dict[str, str]) -> None:
    from urllib.parse import urlencode

    once = canonical_query(urlencode(values))
    assert canonical_query(once) == once


def test_a_nonce_is_forgotten_after_ten_minutes() -> None:
    seen = MemoryNonces()
    assert not seen("a", "n", NOW)
    assert seen("a", "n", NOW)
    assert not seen("b", "n", NOW)
    assert seen("a", "n", NOW + timedelta(minutes=9))
    assert not seen("a", "n", NOW + timedelta(minutes=11))
