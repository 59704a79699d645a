"""Logging in and out."""

from __future__ import annotations

from flask import Flask

from tests.web.conftest import PASSWORD, Clock, Person
from webapp.security import RateLimit


def _try(one: Person, password: str, user_id: str = "SL01", next: str = "") -> int:
    form = {"user_id": user_id, "password": password, "next": next, "csrf_token": one.token()}
    return one.client.post("/login", data=form).status_code


def test_it_sends_people_to_the_log_in_page_and_back_to_where_they_wanted(anybody: Person) -> None:
    response = anybody.get("/search?q=井盖")
    assert response.status_code == 302
    form = {"user_id": "SL01", "password": PASSWORD, "next": "/search?q=abc", "csrf_token": anybody.token()}
    assert anybody.client.post("/login", data=form).location == "/search?q=abc"


def test_it_never_sends_people_to_another_site(anybody: Person) -> None:
    for bad in ("//evil.example", "https://evil.example/", "/\\evil.example"):
        one = Person(anybody.client.application.test_client())
        form = {"user_id": "SL01", "password": PASSWORD, "next": bad, "csrf_token": one.token()}
        assert one.client.post("/login", data=form).location == "/tasks"


def test_it_locks_an_account_for_fifteen_minutes_after_five_wrong_passwords(anybody: Person, clock: Clock) -> None:
    assert [_try(anybody, "wrong") for _ in range(5)] == [401] * 5
    assert _try(anybody, PASSWORD) == 423
    clock.forward(minutes=16)
    assert _try(anybody, PASSWORD) == 302


def test_it_slows_an_address_that_guesses_but_no_office_that_logs_in(anybody: Person, app: Flask) -> None:
    app.extensions["limits"]["login"] = RateLimit(2, 300)
    assert [_try(Person(anybody.client.application.test_client()), PASSWORD) for _ in range(4)] == [302] * 4
    assert [_try(anybody, "wrong", f"GUESS{n}") for n in range(3)] == [401, 401, 429]
    assert _try(anybody, PASSWORD) == 429


def test_it_says_the_same_for_unknown_accounts_and_wrong_passwords(anybody: Person) -> None:
    def said(user_id: str) -> str:
        form = {"user_id": user_id, "password": "wrong", "csrf_token": anybody.token()}
        return anybody.client.post("/login", data=form).text

    assert "账号或密码不正确" in said("SL01")
    assert "账号或密码不正确" in said("NOBODY")


def test_it_refuses_a_form_without_its_token(anybody: Person) -> None:
    response = anybody.client.post("/login", data={"user_id": "SL01", "password": PASSWORD})
    assert response.status_code == 400
    assert "刷新" in response.text


def test_it_ends_the_session_at_log_out(person) -> None:  # type: ignore[no-untyped-def]
    acceptor = person("SL01")
    acceptor.post("/logout")
    assert acceptor.get("/tasks").status_code == 302


def test_it_lists_the_demo_accounts_in_demo_mode(anybody: Person) -> None:
    page = anybody.page("/login")
    assert "受理诉求" in page
    assert 'data-fill-user_id="PQ01"' in page


def test_it_sends_strict_headers(anybody: Person) -> None:
    response = anybody.get("/login")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_it_speaks_english_when_asked(anybody: Person) -> None:
    assert "Log in" in anybody.page("/login?lang=en")
