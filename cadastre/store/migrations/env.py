"""Run migrations on the connection that ``cadastre.store.migrate`` hands over."""

from alembic import context


def run() -> None:
    """Run what is missing, all or nothing."""
    context.configure(
        connection=context.config.attributes["connection"],
        version_table="schema_version",
        version_table_schema="public",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


# Outside a migration (a collector of doctests imports every module) there is nothing to run.
if hasattr(context, "config"):
    run()
