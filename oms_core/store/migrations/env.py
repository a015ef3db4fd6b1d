"""Alembic's entry: runs the scripts on the connection that `operations.engine` hands over, inside its transaction.

Belongs here: nothing else. The command line of Alembic is not used; there is no `alembic.ini`.
"""

from alembic import context

from oms_core.store.operations.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
