"""Pages for staff and citizens, one module for each thing a person wants to do."""

from __future__ import annotations

from flask import Flask


def init(app: Flask) -> None:
    """Register every page."""
    from webapp.pages import changes, citizen, files, notices, operations, orders, processes, system, tasks, undertaking

    for module in (tasks, undertaking, orders, operations, notices, files, citizen, processes, changes, system):
        app.register_blueprint(module.blueprint)
