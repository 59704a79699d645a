"""Forms in English: their labels, help and options from the catalogue `forms.po`; values stay as they are stored."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask

from forms import Form, paths, words
from webapp.i18n import FOLDER, language

TEMPLATE = re.compile(r"\{\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}\}")
"""A place of a text where the document's value stands as it is."""


def init(app: Flask) -> None:
    """Let templates hand out forms in the language of the page."""
    app.add_template_filter(shown, "in_words")


@functools.cache
def catalogue(locale: str) -> NullTranslations:
    """The words of forms; those that forms do not have are the pages'."""
    found = Translations.load(FOLDER, [locale], domain="forms")
    found.add_fallback(Translations.load(FOLDER, [locale]))
    return found


def word(text: str, locale: str) -> str:
    """A text of a form in a language; a process owner's own stays as he wrote it."""
    return catalogue(locale).gettext(text) if text and locale.startswith("en") else text


def in_language(form: Form, locale: str) -> Form:
    """The form in a language, made once for each form."""
    if not locale.startswith("en"):
        return form
    known = _english.get(id(form))
    if known is None or known[0] is not form:
        known = _english[id(form)] = (form, words.in_words(form, lambda text: word(text, "en")))
    return known[1]


_english: dict[int, tuple[Form, Form]] = {}
"""By identity, as a form's schema has no hash: the form itself, which keeps the identity, and the one in English."""


def shown(form: Form, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema for a page of this request. In English, texts that quote a value of the document (`{{resultCode}}`)
    quote its word where it is one of ours; not a field of the form itself, whose value may still change."""
    locale = language()
    if locale == "zh":
        return form.schema
    own = {field.key.partition(".")[0] for field in form.fields}

    def quoted(found: re.Match[str]) -> str:
        value = paths.get(data, found[1]) if found[1].partition(".")[0] not in own else None
        told = word(value, locale) if isinstance(value, str) else ""
        return told if told and told != value else found[0]

    return words.in_words(
        in_language(form, locale), lambda text: TEMPLATE.sub(quoted, text) if "{{" in text else text
    ).schema
