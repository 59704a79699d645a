"""Run by Alembic for every migration; `webapp.migrations` hands it a connection."""

from alembic import context

from engine.tables import metadata
from webapp.migrations.ours import is_ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=is_ours,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
