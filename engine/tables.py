"""All tables. Every table of a running work order carries `order_id`, and a step touches one work order's rows only.

Times are `timestamptz`. `state` is bytes, never jsonb (jsonb reorders keys). Source: architecture, sections
“One step = one transaction” and “PostgreSQL everywhere”.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _moment(name: str, **options: Any) -> Column[Any]:
    return Column(name, DateTime(timezone=True), **options)


def _id() -> Column[Any]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _order() -> Column[Any]:
    return Column("order_id", BigInteger, nullable=False)


# ------------------------------------------------------------------ definitions
deployment = Table(
    "deployment",
    metadata,
    _id(),
    _moment("at", nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)

definition = Table(
    "definition",
    metadata,
    _id(),
    Column("kind", String(16), nullable=False, comment="process | decision | form"),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False, comment="SHA-256 of source"),
    Column("name", Text, nullable=False, server_default=""),
    Column("source", LargeBinary, nullable=False),
    Column("deployment_id", BigInteger, ForeignKey("deployment.id"), nullable=False),
    _moment("effect_at", comment="new work orders use it from then on; none: at once"),
    Column("towns", ARRAY(Text), nullable=False, server_default="{}", comment="only in these towns; empty: everywhere"),
    _moment("revoked_at", comment="rolled back: nothing new uses it any more"),
    UniqueConstraint("kind", "key", "version"),
)
Index("ix_definition_deployment", definition.c.deployment_id)

draft_file = Table(
    "draft_file",
    metadata,
    Column("order_id", BigInteger, primary_key=True),
    Column("path", Text, primary_key=True, comment="as below processes/, or forms/…"),
    Column("order_no", Text, nullable=False),
    Column("kind", String(16), nullable=False, comment="process | decision | form"),
    Column("key", Text, nullable=False),
    Column("base_version", Integer, nullable=False, comment="the version it was made from; 0: it is new"),
    Column("digest", String(64), nullable=False, comment="SHA-256 of source"),
    Column("source", LargeBinary, nullable=False),
    _moment("at", nullable=False),
    Column("by", Text, nullable=False),
    comment="Files of a change that is being prepared; the change is a work order",
)

change_log = Table(
    "change_log",
    metadata,
    _id(),
    _moment("at", nullable=False),
    Column("act", String(16), nullable=False, comment="load | publish | break_glass | rollback"),
    Column("actor", Text, nullable=False),
    Column("order_no", Text, comment="the change it came with"),
    Column("deployment_id", BigInteger, nullable=False),
    Column("entry", JSONB, nullable=False, comment="who, why, where, versions, digests, elements"),
    Column("signature", String(64), nullable=False, comment="HMAC over the entry and the signature before it"),
    comment="What was made live and taken back; each line is signed together with the one before",
)
Index("ix_change_log_deployment", change_log.c.deployment_id)

message_start = Table(
    "message_start",
    metadata,
    Column("message", Text, primary_key=True),
    Column("process_key", Text, nullable=False),
    Column("element", Text, nullable=False),
    comment="Which process the newest deployment starts on a message",
)

timer_start = Table(
    "timer_start",
    metadata,
    _id(),
    Column("process_key", Text, nullable=False),
    Column("element", Text, nullable=False),
    Column("expression", Text, nullable=False, comment="as drawn: gives the next moment, seen from now"),
    Column("form", String(12), comment="date | duration | cycle"),
    _moment("due_at", comment="the next moment; none when there is none"),
    Column("status", String(12), nullable=False, comment="armed | promoted | failed"),
    Column("problem", Text, comment="why the last moment could not start a work order"),
    UniqueConstraint("process_key", "element"),
    comment="Which processes the newest deployment starts by time, and when next",
)
Index("ix_timer_start_due", timer_start.c.due_at, postgresql_where=text("status = 'armed'"))

# ------------------------------------------------------------------ work orders
work_order = Table(
    "work_order",
    metadata,
    _id(),
    Column("no", Text, nullable=False, unique=True),
    Column("kind", String(24), nullable=False, comment="appeal | case | …"),
    Column("process_key", Text, nullable=False),
    Column("definition", Text, nullable=False, comment="process key:version the case stays on"),
    Column("status", String(12), nullable=False),
    Column("status_code", SmallInteger, nullable=False, server_default="10"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("state", LargeBinary),
    Column("state_fmt", SmallInteger, nullable=False, server_default="1"),
    Column("document", JSONB, nullable=False, server_default="{}"),
    Column("clocks", JSONB, nullable=False, server_default="{}", comment="stage → when its clock started"),
    Column("case_no", Text, comment="for an appeal: the case it subscribes to"),
    Column("source", Text, nullable=False, server_default=""),
    Column("title", Text, nullable=False, server_default=""),
    Column("category_code", Text),
    Column("town_code", Text),
    Column("village_code", Text),
    Column("lon", Float, comment="degrees, CGCS2000; as the document has it, null unless it is a number"),
    Column("lat", Float),
    Column("address", Text),
    Column(
        "said_mark",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="the same while what it says is",
    ),
    Column("main_unit", Text),
    Column("secrecy", Text, comment="密级, a row of secrecy_levels.csv or nothing special"),
    Column("priority", Text),
    Column("marks", ARRAY(Text), comment="what lists show it by and filter by, such as 多跨"),
    Column("started_by", Text, comment="who began it, where a person did"),
    Column("reporter_mark", Text, comment="keyed digest of the reporter's telephone number"),
    Column("search", Text, nullable=False, server_default=""),
    _moment("opened_at", nullable=False),
    _moment("changed_at", nullable=False),
    _moment("closed_at"),
    CheckConstraint("version > 0", name="version_positive"),
    postgresql_with={"fillfactor": 60},
)
Index("ix_work_order_opened", work_order.c.kind, work_order.c.opened_at.desc())
Index("ix_work_order_case", work_order.c.case_no, postgresql_where=work_order.c.case_no.isnot(None))
Index("ix_work_order_active", work_order.c.kind, work_order.c.status_code, postgresql_where=text("status = 'active'"))
Index(
    "ix_work_order_definition",
    work_order.c.definition,
    postgresql_where=text("status in ('active', 'suspended')"),
)
Index(
    "ix_work_order_starter",
    work_order.c.started_by,
    work_order.c.opened_at.desc(),
    postgresql_where=work_order.c.started_by.isnot(None),
)
Index(
    "ix_work_order_reporter",
    work_order.c.reporter_mark,
    postgresql_where=work_order.c.reporter_mark.isnot(None),
)
Index(
    "ix_work_order_marks", work_order.c.marks, postgresql_using="gin", postgresql_where=work_order.c.marks.isnot(None)
)
Index("ix_work_order_town", work_order.c.town_code, work_order.c.opened_at.desc())
_case = text("kind = 'case'")
Index("ix_work_order_alike", work_order.c.town_code, work_order.c.category_code, postgresql_where=_case)
Index("ix_work_order_near", work_order.c.town_code, work_order.c.lon, work_order.c.lat, postgresql_where=_case)
Index("ix_work_order_unit", work_order.c.main_unit, work_order.c.opened_at.desc())
Index("ix_work_order_search", work_order.c.search, postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"})

number = Table(
    "number",
    metadata,
    Column("prefix", Text, primary_key=True, comment="HJ2026091501: what the counter stands behind"),
    Column("last", Integer, nullable=False),
)

user_task = Table(
    "user_task",
    metadata,
    _id(),
    _order(),
    Column("order_no", Text, nullable=False),
    Column("item", Integer, nullable=False, comment="the token machine's item"),
    Column("element", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("form_key", Text),
    Column("stage", Text, comment="环节, the row of dmn_sla"),
    Column("candidates", ARRAY(Text), nullable=False, server_default="{}", comment="role@unit or user:ID, any of them"),
    Column(
        "not_by",
        JSONB,
        nullable=False,
        server_default="[]",
        comment="who must not do it: user:ID, unit:CODE, done:element",
    ),
    Column(
        "stands_for",
        JSONB,
        nullable=False,
        server_default="{}",
        comment="a duty desk or higher post among the candidates: the unit it works for",
    ),
    Column("assignee", Text),
    Column("owner", Text, comment="while it is delegated: whom it comes back to"),
    Column("status", String(12), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("title", Text, nullable=False, server_default=""),
    Column("category_code", Text),
    Column("town_code", Text),
    Column("priority", Text),
    _moment("created_at", nullable=False),
    _moment("warn_at"),
    _moment("due_at"),
    _moment("closed_at"),
    Column("completed_by", Text),
    Column("completed_unit", Text),
    Column("data", JSONB),
    Column("variables", JSONB, comment="with dataScope = local: the variables it saw when it opened"),
    Column("loop", Integer, comment="the item of the outermost loop it is in"),
    postgresql_with={"fillfactor": 80},
)
Index("uq_user_task_item", user_task.c.order_id, user_task.c.item, unique=True)
_open = text("status in ('open', 'claimed')")
Index("ix_user_task_candidates", user_task.c.candidates, postgresql_using="gin", postgresql_where=_open)
Index("ix_user_task_due", user_task.c.due_at, postgresql_where=_open)
Index("ix_user_task_assignee", user_task.c.assignee, user_task.c.due_at, postgresql_where=text("status = 'claimed'"))
_done = text("status = 'completed'")
Index("ix_user_task_done_by", user_task.c.completed_by, user_task.c.closed_at.desc(), postgresql_where=_done)

task_request = Table(
    "task_request",
    metadata,
    _id(),
    _order(),
    Column("order_no", Text, nullable=False),
    Column("task_id", BigInteger, nullable=False),
    Column("kind", String(12), nullable=False, comment="delegation 委派 | opinion 加签 | copy 抄送"),
    Column("receiver", Text, nullable=False, comment="user:ID or role@unit"),
    Column("asked_by", Text, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    _moment("asked_at", nullable=False),
    Column("status", String(12), nullable=False, comment="open | answered | withdrawn | sent"),
    Column("answer", Text),
    Column("answered_by", Text),
    _moment("answered_at"),
    comment="What colleagues were asked or told about a task",
)
Index("ix_task_request_task", task_request.c.task_id)
Index("ix_task_request_order", task_request.c.order_id)
Index("ix_task_request_open", task_request.c.receiver, postgresql_where=text("status = 'open'"))

timer = Table(
    "timer",
    metadata,
    _id(),
    _order(),
    Column("timer", Integer, nullable=False, comment="the token machine's timer"),
    Column("element", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("status", String(12), nullable=False),
    UniqueConstraint("order_id", "timer"),
)
Index("ix_timer_due", timer.c.due_at, postgresql_where=text("status = 'armed'"))

subscription = Table(
    "subscription",
    metadata,
    _id(),
    _order(),
    Column("item", Integer, nullable=False),
    Column("element", Text, nullable=False),
    Column("event", Integer, nullable=False, server_default="0"),
    Column("kind", String(8), nullable=False, comment="message | signal"),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False, server_default=""),
    UniqueConstraint("order_id", "item", "element", "event"),
)
Index("ix_subscription_name", subscription.c.name, subscription.c.key)

job = Table(
    "job",
    metadata,
    _id(),
    _order(),
    Column("order_no", Text, nullable=False),
    Column("item", Integer, comment="the waiting item; none for a message that nobody waits to see delivered"),
    Column("element", Text, nullable=False),
    Column("kind", String(12), nullable=False, comment="service | message | signal"),
    Column("topic", Text, nullable=False),
    Column("payload", JSONB, nullable=False, server_default="{}"),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("sequence", Integer, nullable=False, server_default="1"),
    Column("status", String(12), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("result", JSONB),
    Column("error", Text),
    _moment("created_at", nullable=False),
    _moment("next_at"),
    _moment("closed_at"),
)
Index("ix_job_order", job.c.order_id)
Index("ix_job_open", job.c.status, job.c.next_at, postgresql_where=text("status in ('due','incident')"))

history = Table(
    "history",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    _order(),
    Column("kind", Text, nullable=False, comment="name of the event: TaskCompleted …"),
    Column("actor", Text, nullable=False),
    Column("element", Text),
    Column("data", JSONB, nullable=False, server_default="{}"),
    postgresql_partition_by="RANGE (at)",
)
Index("ix_history_order", history.c.order_id, history.c.id)
Index("ix_history_migrated", history.c.id, postgresql_where=text("kind = 'OrderMigrated'"))

notice = Table(
    "notice",
    metadata,
    _id(),
    _order(),
    Column("order_no", Text, nullable=False),
    Column("element", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("level", Text, nullable=False, server_default="info"),
    _moment("at", nullable=False),
    Column("seen_by", JSONB, nullable=False, server_default="{}"),
)
Index("ix_notice_role", notice.c.role, notice.c.unit, notice.c.at.desc())
Index("ix_notice_order", notice.c.order_id)

ledger_entry = Table(
    "ledger_entry",
    metadata,
    _id(),
    _order(),
    Column("order_no", Text, nullable=False),
    Column("ledger", Text, nullable=False, comment="credit | precedent | device | handoff | …, as diagrams name them"),
    Column("key", Text, nullable=False, server_default="", comment="what the entry is about: a unit, a device …"),
    _moment("at", nullable=False),
    Column("element", Text, nullable=False),
    Column("data", JSONB, nullable=False, server_default="{}"),
    comment="台账: what diagrams keep for later work orders; never changed",
)
Index("ix_ledger_entry_key", ledger_entry.c.ledger, ledger_entry.c.key, ledger_entry.c.at.desc())
Index("ix_ledger_entry_order", ledger_entry.c.order_id)

attachment = Table(
    "attachment",
    metadata,
    Column("id", Text, primary_key=True, comment="random, unguessable"),
    _order(),
    Column("phase", String(12), nullable=False, server_default="before", comment="before | safe | after | verify"),
    Column("name", Text, nullable=False),
    Column("mime", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sm3", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    _moment("shot_at"),
    _moment("at", nullable=False),
    Column("by", Text, nullable=False),
)
Index("ix_attachment_order", attachment.c.order_id)
Index("ix_attachment_sm3", attachment.c.sm3)

reporter = Table(
    "reporter",
    metadata,
    Column("ref", Text, primary_key=True, comment="the only trace of the person outside this vault"),
    _order(),
    Column("sealed", LargeBinary, nullable=False, comment="encrypted JSON: name, phone"),
    Column("confidential", Boolean, nullable=False, server_default="false"),
    _moment("at", nullable=False),
)

rating_link = Table(
    "rating_link",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the one-time token"),
    _order(),
    Column("item", Integer, nullable=False),
    _moment("issued_at", nullable=False),
    _moment("expires_at", nullable=False),
    _moment("used_at"),
)
Index("ix_rating_link_order", rating_link.c.order_id)

# ------------------------------------------------------------------ the outside
inbound = Table(
    "inbound",
    metadata,
    Column("source", Text, primary_key=True),
    Column("business_key", Text, primary_key=True),
    Column("message_type", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("order_id", BigInteger),
    Column("result", JSONB, nullable=False, server_default="{}"),
    _moment("at", nullable=False),
    comment="Every message taken in, once; a repeat returns the first result",
)

nonce = Table(
    "nonce",
    metadata,
    Column("app_key", Text, primary_key=True),
    Column("nonce", Text, primary_key=True),
    _moment("seen_at", nullable=False),
)
Index("ix_nonce_seen", nonce.c.seen_at)

# ------------------------------------------------------------------ people and reference data
account = Table(
    "account",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("unit_code", Text, nullable=False),
    Column("password_hash", Text),
    Column("failed_logins", Integer, nullable=False, server_default="0"),
    _moment("locked_until"),
    Column("locale", String(5), nullable=False, server_default="zh"),
    Column("active", Boolean, nullable=False, server_default="true"),
)

account_role = Table(
    "account_role",
    metadata,
    Column("user_id", Text, ForeignKey("account.user_id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("unit_code", Text, primary_key=True),
)
Index("ix_account_role_role", account_role.c.role, account_role.c.unit_code)

audit = Table(
    "audit",
    metadata,
    _id(),
    _moment("at", nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("data", JSONB, nullable=False, server_default="{}"),
    Column("hash", Text, nullable=False, server_default="", comment="SM3 of the hash before it and of this entry"),
)
Index("ix_audit_object", audit.c.object, audit.c.at)

org_unit = Table(
    "org_unit",
    metadata,
    Column("unit_code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("unit_type", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("parent_unit", Text),
    Column("town_key", Text),
    Column("can_be_assigned", Boolean, nullable=False),
    Column("duty_24h", Boolean, nullable=False),
)

division = Table(
    "division",
    metadata,
    Column("code12", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("parent_code12", Text),
    Column("kind", Text, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("unit_code", Text, comment="the town's or village's own unit"),
)

grid = Table(
    "grid",
    metadata,
    Column("grid_code15", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("grid_type", Text, nullable=False),
    Column("village_code12", Text, nullable=False),
    Column("town_code12", Text, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("full_time_worker_id", Text),
)

place_name = Table(
    "place_name",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("town_key", Text, nullable=False),
    Column("grid_code15", Text, nullable=False, primary_key=True),
    Column("lon", Float),
    Column("lat", Float),
)

part = Table(
    "part",
    metadata,
    Column("code", Text, primary_key=True, comment="16 digits: district, class, kind, number"),
    Column("category", Text, nullable=False, comment="the category of a case about it"),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, comment="the unit that answers for it"),
    Column("address", Text, nullable=False, server_default=""),
    Column("grid_code15", Text, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("mark", Text, nullable=False, server_default="", comment="what is written on it"),
    Column("in_use", Boolean, nullable=False),
)
Index("ix_part_place", part.c.lat, part.c.lon)

category = Table(
    "category",
    metadata,
    Column("code", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("class_name", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("data", JSONB, nullable=False, comment="every column of categories.csv"),
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("date", Date, primary_key=True),
    Column("is_workday", Boolean, nullable=False),
    Column("type", Text, nullable=False, server_default=""),
)

duty = Table(
    "duty",
    metadata,
    Column("duty_role", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("from_at", DateTime(timezone=True), primary_key=True),
    Column("to_at", DateTime(timezone=True), nullable=False),
    Column("unit_code", Text, nullable=False, primary_key=True),
    Column("shift", Text, nullable=False, server_default=""),
)
Index("ix_duty_time", duty.c.from_at, duty.c.to_at)

absence = Table(
    "absence",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("from_at", DateTime(timezone=True), primary_key=True),
    Column("to_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("order_no", Text, primary_key=True, server_default="", comment="the work order it is by; empty: a file"),
)

deputy = Table(
    "deputy",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("deputy", Text, primary_key=True),
    Column("from_at", DateTime(timezone=True), primary_key=True),
    Column("to_at", DateTime(timezone=True), nullable=False),
    Column("scope", ARRAY(Text), nullable=False, server_default="{}", comment="for these roles only; empty: all"),
    Column("order_no", Text, primary_key=True, server_default="", comment="the work order it is by; empty: a file"),
)
Index("ix_deputy_deputy", deputy.c.deputy, deputy.c.from_at)

reference_list = Table(
    "reference_list",
    metadata,
    Column("name", Text, primary_key=True, comment="file name without .csv"),
    Column("digest", String(64), nullable=False),
    Column("rows", JSONB, nullable=False, comment="the whole file for small lists such as codes"),
    _moment("loaded_at", nullable=False),
)

STATE_COLUMNS_EXTERNAL = (
    ("work_order", "state"),
    ("attachment", "content"),
    ("definition", "source"),
    ("draft_file", "source"),
)
"""Already compressed bytes: stored EXTERNAL so that PostgreSQL does not compress them again."""

EXTENSIONS = ("pg_trgm",)

__all__ = [name for name, value in dict(globals()).items() if isinstance(value, Table)] + ["metadata", "EXTENSIONS"]
