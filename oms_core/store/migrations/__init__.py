"""Alembic's scripts for the operations store; run by `oms_core.store.operations.open_operations`.

Belongs here: one script a change of the schema, never edited once released.
Does not belong here: the schema as it is now (`operations.schema`).
"""
