"""What people decide of proposals, and which document orders what they accepted.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_HAS_QUANTITY = "(verdict = 'accepted') = (quantity is not null) and (quantity is null or quantity > 0)"


def upgrade() -> None:
    op.create_table(
        "proposal_decisions",
        sa.Column("decision_number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("proposal_ref", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("sku", sa.Text, nullable=False),
        sa.Column("location_id", sa.Text, nullable=False),
        sa.Column("supplier_id", sa.Text),
        sa.Column("from_location_id", sa.Text),
        sa.Column("quantity_proposed", sa.BigInteger, nullable=False),
        sa.Column("pack_quantity", sa.BigInteger, nullable=False),
        sa.Column("min_order_quantity", sa.BigInteger),
        sa.Column("unit_cost_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("expected_date", sa.Date, nullable=False),
        sa.Column("plan_decision_number", sa.Integer, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("quantity", sa.BigInteger),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('purchase', 'transfer')", name="proposal_decisions_kind"),
        sa.CheckConstraint("verdict in ('accepted', 'rejected', 'undone')", name="proposal_decisions_verdict"),
        sa.CheckConstraint(_HAS_QUANTITY, name="proposal_decisions_quantity"),
        # A number is never given again, not even that of the last row: plans say up to which number they know.
        sqlite_autoincrement=True,
    )
    op.create_index("proposal_decisions_by_ref", "proposal_decisions", ["proposal_ref", "decision_number"])
    op.create_index("proposal_decisions_by_sku", "proposal_decisions", ["sku", "decision_number"])
    op.create_table(
        "proposal_orders",
        sa.Column(
            "decision_number",
            sa.Integer,
            sa.ForeignKey("proposal_decisions.decision_number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("export_id", sa.Text, sa.ForeignKey("outbox.export_id"), nullable=False),
    )
    op.create_index("proposal_orders_by_export", "proposal_orders", ["export_id"])
