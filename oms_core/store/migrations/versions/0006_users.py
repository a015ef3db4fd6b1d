"""Users, their roles, their sessions, and the passwords that were tried.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("login", sa.Text, primary_key=True),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("identity", sa.Text),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("identity", name="users_identity"),
        sa.CheckConstraint("password_hash is not null or identity is not null", name="users_can_sign_in"),
    )
    op.create_table(
        "user_roles",
        sa.Column("login", sa.Text, sa.ForeignKey("users.login"), primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.CheckConstraint("role in ('viewer', 'planner', 'approver', 'order_desk', 'admin')", name="user_roles_role"),
    )
    op.create_table(
        "sessions",
        sa.Column("secret_sha256", sa.Text, primary_key=True),
        sa.Column("login", sa.Text, sa.ForeignKey("users.login"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "sign_in_attempts",
        # As it was typed: not a foreign key, for there need not be such a user.
        sa.Column("login", sa.Text, primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    )
