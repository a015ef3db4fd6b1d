"""Browsers from which users have signed in.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("secret_sha256", sa.Text, primary_key=True),
        sa.Column("login", sa.Text, sa.ForeignKey("users.login"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
