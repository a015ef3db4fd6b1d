"""The order desk's book: what was commanded of order lines, answered to that, and noted of it by runs.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KINDS = "'hold', 'release', 'cancel', 'resource', 'agree', 'undo', 'asked', 'done', 'lapsed', 'undone'"
_IS_ABOUT = "(kind in ('hold', 'release', 'cancel', 'resource')) = (about_number is null)"


def upgrade() -> None:
    op.create_table(
        "line_commands",
        sa.Column("command_number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about_number", sa.Integer, sa.ForeignKey("line_commands.command_number")),
        sa.Column("order_line_id", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("order_ref", sa.Text, nullable=False),
        sa.Column("line_ref", sa.Text, nullable=False),
        sa.Column("sku", sa.Text, nullable=False),
        sa.Column("quantity", sa.BigInteger),
        sa.Column("from_location_id", sa.Text),
        sa.Column("to_location_id", sa.Text),
        sa.Column("barred_location_ids", sa.JSON, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.JSON),
        sa.CheckConstraint(f"kind in ({_KINDS})", name="line_commands_kind"),
        sa.CheckConstraint(_IS_ABOUT, name="line_commands_about"),
        sa.CheckConstraint("quantity is null or quantity > 0", name="line_commands_quantity"),
        # A number is never given again: events in the log bear it.
        sqlite_autoincrement=True,
    )
    op.create_index("line_commands_by_line", "line_commands", ["order_line_id", "command_number"])
    op.create_index("line_commands_by_order", "line_commands", ["order_id", "command_number"])
    op.create_index("line_commands_about", "line_commands", ["about_number"])
