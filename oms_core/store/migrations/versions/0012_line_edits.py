"""What an edit of an order line changes.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KINDS = "'hold', 'release', 'cancel', 'resource', 'edit', 'agree', 'undo', 'asked', 'done', 'lapsed', 'undone'"
_CHECKS = {
    "line_commands_kind": f"kind in ({_KINDS})",
    "line_commands_about": "(kind in ('hold', 'release', 'cancel', 'resource', 'edit')) = (about_number is null)",
}


def upgrade() -> None:
    # SQLite alters no check: there the table is made anew.
    with op.batch_alter_table("line_commands", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(sa.Column("changes", sa.JSON))
        for name, condition in _CHECKS.items():
            table.drop_constraint(name, type_="check")
            table.create_check_constraint(name, condition)
