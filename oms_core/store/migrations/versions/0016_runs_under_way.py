"""A run is on record from its start, when nobody knows yet which instant it takes as now; one without an end died.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("runs") as table:
        table.alter_column("as_of", existing_type=sa.DateTime(timezone=True), nullable=True)
        table.drop_constraint("runs_state", type_="check")
        table.create_check_constraint("runs_state", "state in ('running', 'succeeded', 'failed', 'died')")
