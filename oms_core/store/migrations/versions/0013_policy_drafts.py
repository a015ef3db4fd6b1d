"""What planners are about to change, until they save, submit or empty it.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_drafts",
        sa.Column("author", sa.Text, primary_key=True),
        sa.Column("base_version", sa.Integer, sa.ForeignKey("policy_versions.version"), nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
    )
