"""The web application: pages for staff and citizens, the REST interface, what connectors receive."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.settings import Settings
    from webapp.wiring import Wiring

LARGEST_REQUEST = 100 * 1024 * 1024


def create_app(settings: Settings, wiring: Wiring | None = None) -> Flask:
    """The Flask application for these settings; `wiring` is made from them when none is given."""
    from flask import Flask  # here, so that the command line starts without it
    from werkzeug.middleware.proxy_fix import ProxyFix

    from webapp import api, auth, errors, form_words, i18n, inbound, models, navigation, pages, security
    from webapp.wiring import wire

    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        DEBUG=settings.debug,
        SESSION_COOKIE_NAME="cityloop",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        **models.options(settings.database_url),
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["cityloop"] = wiring or wire(settings)
    models.db.init_app(app)
    for part in (errors, i18n, form_words, security, auth, navigation, pages, api):
        part.init(app)
    inbound.init(app)
    return app
