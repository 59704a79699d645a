"""Forms in English: their labels, help and options from the catalogue `forms.po`; values stay as they are stored."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask

from engine import queries
from forms import Form, options, paths, schema as shape, words
from webapp.current import reader
from webapp.i18n import FOLDER, language
from webapp.times import moment_text

TEMPLATE = re.compile(r"\{\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}\}")
"""A place of a text where the document's value stands as it is."""
UNIT = re.compile(r"(?:^|\.)(?:unit|unitNow|\w+Unit)$")
"""Where a unit's code stands, by how such fields are called."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


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
    """The schema for a page of this request. Texts that quote a value of the document (`{{resultCode}}`) say units and
    moments as people do, and in English the word for one of ours; a field of the form itself, whose value may still
    change, is asked then."""
    locale = language()
    own = {str(one["key"]): one for one, _prefix in shape.walk(form.schema) if one.get("key")}
    said = _said(form, data, own)
    if locale == "zh" and not said:
        return form.schema

    def quoted(found: re.Match[str]) -> str:
        name = found[1].partition(".")[0]
        if name in own:
            return _chosen(name, _values(own[name])) if name == found[1] and locale != "zh" else found[0]
        value = paths.get(data, found[1])
        told = said.get(found[1]) or (word(value, locale) if isinstance(value, str) else "")
        return told if told and told != value else found[0]

    return words.in_words(
        in_language(form, locale), lambda text: TEMPLATE.sub(quoted, text) if "{{" in text else text
    ).schema


def _said(form: Form, data: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, str]:
    """The units and moments that the form's texts quote, in words."""
    quoted = {found[1] for text in words.texts(form) if "{{" in text for found in TEMPLATE.finditer(text)}
    values = {path: paths.get(data, path) for path in quoted if path.partition(".")[0] not in own}
    found = {path: moment_text(one) for path, one in values.items() if isinstance(one, str) and MOMENT.match(one)}
    units = {path: one for path, one in values.items() if isinstance(one, str) and one and UNIT.search(path)}
    if units:
        names = queries.names_of_units(reader(), units.values())
        found |= {path: names[code] for path, code in units.items() if code in names}
    return found


def _values(component: Mapping[str, Any]) -> list[str]:
    """The texts a field may come to hold: its options, or those its expression computes."""
    if component.get("type") == "expression":
        return re.findall(r'(?:then|else)\s+"([^"]*)"', str(component.get("expression")))
    return [str(options.value_of(one)) for one in component.get("values") or () if options.is_option(one)]


def _chosen(name: str, values: Iterable[str]) -> str:
    """A template that says the word for the field's value."""
    known = {value: word(value, "en") for value in values}
    asked = [f'if {name} = "{value}" then "{told}" else ' for value, told in known.items() if told != value]
    return "{{" + "".join(asked) + name + "}}"
