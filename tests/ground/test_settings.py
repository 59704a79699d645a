"""Settings come from the environment and a private file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from webapp.settings import Settings, SettingsError, load_settings


def load(folder: Path, **environment: str) -> Settings:
    return load_settings({"CITYLOOP_VAR": str(folder), **environment})


def test_it_makes_a_private_file_with_random_keys(tmp_path: Path) -> None:
    first, again, other = load(tmp_path / "a"), load(tmp_path / "a"), load(tmp_path / "b")
    assert stat.S_IMODE((tmp_path / "a" / "settings.toml").stat().st_mode) == 0o600
    assert first == again
    assert first.secret_key != other.secret_key
    assert first.vault_key != other.vault_key
    assert first.hotline["secret"] != other.hotline["secret"]


def test_it_starts_as_a_demo_with_its_own_database(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.embedded
    assert settings.demo
    assert settings.database_url.startswith("postgresql+psycopg://cityloop@/cityloop?host=")
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.hotline["base_url"] == "http://127.0.0.1:8012"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_database_url_switches_to_a_server(tmp_path: Path, scheme: str) -> None:
    settings = load(tmp_path, DATABASE_URL=f"{scheme}://u:p@db.example/city")
    assert not settings.embedded
    assert settings.database_url == "postgresql+psycopg://u:p@db.example/city"


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    load(tmp_path)
    settings = load(
        tmp_path,
        PORT="8100",
        CITYLOOP_DEMO="0",
        CITYLOOP_BASE_URL="https://loop.example/",
        CITYLOOP_CONNECTOR__HOTLINE_12345__BASE_URL="https://hotline.example",
    )
    assert (settings.port, settings.demo, settings.base_url) == (8100, False, "https://loop.example")
    assert settings.hotline["base_url"] == "https://hotline.example"
    assert settings.hotline["app_key"] == "demo-12345"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "http", "1 to 65535"),
        ("PORT", "70000", "1 to 65535"),
        ("DATABASE_URL", "mysql://db.example/city", "postgresql://"),
        ("CITYLOOP_VAULT_KEY", "short", "64 hexadecimal"),
    ],
)
def test_it_says_which_setting_is_wrong(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load(tmp_path, **{name: value})


def test_it_says_where_the_file_is_broken(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("secret_key = \n", encoding="utf-8")
    with pytest.raises(SettingsError, match="settings.toml"):
        load(tmp_path)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, DATABASE_URL="postgresql://u:hidden@db.example/city")
    shown = repr(settings)
    for secret in (settings.secret_key, settings.demo_password, settings.hotline["secret"], "hidden"):
        assert secret not in shown
