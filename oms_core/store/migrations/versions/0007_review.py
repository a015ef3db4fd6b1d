"""Changes of the policy that wait for review or for their day, and the setting that says whether they are reviewed.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATES = "state in ('waiting', 'approved', 'applied', 'rejected', 'withdrawn')"


def upgrade() -> None:
    op.create_table(
        "policy_submissions",
        sa.Column("submission_number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("base_version", sa.Integer, sa.ForeignKey("policy_versions.version"), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applies_from", sa.Date),
        sa.Column("reviewer", sa.Text),
        sa.Column("review_reason", sa.Text),
        sa.Column("reviewed_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, sa.ForeignKey("policy_versions.version")),
        sa.CheckConstraint(_STATES, name="policy_submissions_state"),
        sa.CheckConstraint("state = 'applied' or version is null", name="policy_submissions_version"),
    )
    op.create_index("policy_submissions_by_state", "policy_submissions", ["state"])
    op.create_table(
        "settings",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
