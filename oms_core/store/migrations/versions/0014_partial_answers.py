"""A partner may take a document but for some of its orders.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    states = "'new', 'held', 'sent', 'acknowledged', 'partial', 'rejected', 'unknown', 'void'"
    with op.batch_alter_table("outbox") as table:
        table.drop_constraint("outbox_state", type_="check")
        table.create_check_constraint("outbox_state", f"state in ({states})")
