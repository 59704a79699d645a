"""What pages and lists read: explicit, read-only SQL on the engine's tables. Nothing here changes a row.

Every function takes an SQLAlchemy connection (or session) first. The rule who may see which work order stands in
one place, `people.visible_to`; every list and every page goes through it.
"""

from engine.queries.definitions import (
    definition_source,
    definition_versions,
    live_definition,
    live_links,
    process_list,
)
from engine.queries.orders import (
    attachment,
    files_of,
    history_of,
    incidents,
    jobs_of,
    linked_appeals,
    may_see,
    notices_of,
    order_by_no,
    people_names,
    rating_link,
    search_orders,
    tasks_of,
)
from engine.queries.people import Viewer, colleagues, demo_accounts, viewer, visible_to
from engine.queries.reference import (
    categories,
    category_by_code,
    code_list,
    divisions,
    names_of_places,
    names_of_units,
    open_cases,
    units,
)
from engine.queries.work import (
    TaskFilter,
    done_by,
    facets,
    may_work,
    notices_for,
    task_by_id,
    unread_notices,
    work_counts,
    work_list,
)

__all__ = [
    "TaskFilter",
    "Viewer",
    "attachment",
    "categories",
    "category_by_code",
    "code_list",
    "colleagues",
    "definition_source",
    "definition_versions",
    "demo_accounts",
    "divisions",
    "done_by",
    "facets",
    "files_of",
    "history_of",
    "incidents",
    "jobs_of",
    "linked_appeals",
    "live_definition",
    "live_links",
    "may_see",
    "may_work",
    "names_of_places",
    "names_of_units",
    "notices_for",
    "notices_of",
    "open_cases",
    "order_by_no",
    "people_names",
    "process_list",
    "rating_link",
    "search_orders",
    "task_by_id",
    "tasks_of",
    "units",
    "unread_notices",
    "viewer",
    "visible_to",
    "work_counts",
    "work_list",
]
