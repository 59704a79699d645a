"""Chinese pages with English beside them. The sentences in code and templates are the Chinese ones."""

from __future__ import annotations

from gettext import NullTranslations
from pathlib import Path

from flask import Flask, g, request, session
from flask_babel import Babel, get_locale, get_translations

from webapp.build import compile_translations

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "locale"
FOLDER = Path(__file__).parent / "translations"


def init(app: Flask) -> None:
    """Set up translations; catalogues that are missing or older than their source are compiled first."""
    compile_translations(say=app.logger.debug)
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    Babel(app, locale_selector=chosen)
    app.jinja_env.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.add_template_filter(translated)
    app.context_processor(lambda: {"locale": language(), "languages": LANGUAGES})


def _translations() -> NullTranslations:
    """This request's catalogue: looked up once, for a page asks for hundreds of words."""
    found: NullTranslations | None = g.get("translations")
    if found is None:
        found = g.translations = get_translations()
    return found


def _gettext(text: str) -> str:
    return _translations().gettext(text)


def translated(text: str | None) -> str:
    """Words that are data (a process's name, a notice): in the language of the page where it knows them, signs of
    percent and all."""
    return _gettext(text) if text else ""


def _ngettext(one: str, many: str, number: int) -> str:
    return _translations().ngettext(one, many, number)


def chosen() -> str:
    """The person's choice, else what the browser prefers, else Chinese."""
    for choice in (request.args.get("lang"), request.cookies.get(COOKIE), session.get(COOKIE)):
        if choice in LANGUAGES:
            return choice
    return request.accept_languages.best_match(["zh", "zh-CN", "en"], default="zh")[:2]


def language() -> str:
    """`zh` or `en`."""
    return str(get_locale() or "zh")[:2]


def sentence(error: object) -> str:
    """The message of an engine error in the language of the page."""
    return str(getattr(error, "message_en" if language() == "en" else "message_zh", error))
