"""A rule says what its target measures; those saved before measure cycle service.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("policy_rules") as table:
        table.add_column(sa.Column("measure", sa.Text, nullable=False, server_default="cycle_service"))
        table.create_check_constraint("policy_rules_measure", "measure in ('cycle_service', 'fill_rate', 'least_cost')")
