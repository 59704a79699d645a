"""Pages for staff and citizens, one module for each thing a person wants to do."""

from __future__ import annotations

from flask import Flask


def init(app: Flask) -> None:
    """Register every page."""
    from webapp.pages import (
        changes,
        citizen,
        files,
        notices,
        operations,
        orders,
        places,
        processes,
        system,
        tasks,
        undertaking,
    )

    pages = (tasks, undertaking, orders, operations, notices, files, citizen, places, processes, changes, system)
    for module in pages:
        app.register_blueprint(module.blueprint)
