"""Documents have a control number of their partner's own sequence and the partner's answer; they can be held and void.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("control_number", sa.Integer))
        table.add_column(sa.Column("answered_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("answer", sa.Text))
        table.drop_constraint("outbox_state", type_="check")
        table.create_check_constraint(
            "outbox_state", "state in ('new', 'held', 'sent', 'acknowledged', 'rejected', 'unknown', 'void')"
        )
    op.execute(
        "update outbox set control_number = ("
        "  select count(*) from outbox as earlier where earlier.partner_id = outbox.partner_id"
        "  and (earlier.created_at < outbox.created_at"
        "       or (earlier.created_at = outbox.created_at and earlier.export_id <= outbox.export_id)))"
    )
    with op.batch_alter_table("outbox") as table:
        table.alter_column("control_number", nullable=False, existing_type=sa.Integer)
        table.create_unique_constraint("outbox_control_number", ["partner_id", "control_number"])
