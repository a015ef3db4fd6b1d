"""A rule covers more kinds of scope, and may set a lead time or a minimum, with or without a target; scenarios.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SCOPES = (
    "scope_kind in ('default', 'abc_class', 'demand_pattern', 'abc_xyz_class', 'supplier', 'location', 'sku', "
    "'sku_location')"
)


def upgrade() -> None:
    with op.batch_alter_table("policy_rules") as table:
        table.drop_constraint("policy_rules_scope_kind", type_="check")
        table.create_check_constraint("policy_rules_scope_kind", _SCOPES)
        table.alter_column("service_level", existing_type=sa.Double, nullable=True)
        table.add_column(sa.Column("lead_time_days", sa.Double))
        table.add_column(sa.Column("qty_minimum", sa.BigInteger))
        table.create_check_constraint("policy_rules_lead_time_days", "lead_time_days between 0 and 365")
        table.create_check_constraint("policy_rules_qty_minimum", "qty_minimum between 0 and 10000000")
        table.create_check_constraint(
            "policy_rules_sets", "coalesce(service_level, lead_time_days, qty_minimum) is not null"
        )
    op.create_table(
        "scenarios",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("base_version", sa.Integer, sa.ForeignKey("policy_versions.version"), nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False),
    )
    op.create_table(
        "scenario_replays",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("until_date", sa.Date, nullable=False),
        sa.Column("are_sales_lost", sa.Boolean, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["name", "revision"], ["scenarios.name", "scenarios.revision"]),
    )
