"""A rule may set more terms of planning: review period, costs of ordering, holding and moving, the network.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TERMS = (
    ("review_period_days", sa.Integer, "between 1 and 365"),
    ("order_cost_minor", sa.BigInteger, "between 0 and 100000000"),
    ("holding_share", sa.Double, "between 0.01 and 5"),
    ("transfer_cost_minor", sa.BigInteger, "between 0 and 100000000"),
    ("transfer_cost_share", sa.Double, "between 0 and 1"),
    ("transfer_days", sa.Integer, "between 0 and 365"),
    ("network_planning", sa.Integer, "between 0 and 1"),
)


def upgrade() -> None:
    names = ", ".join(["service_level", "lead_time_days", "qty_minimum", *(name for name, _, _ in _TERMS)])
    with op.batch_alter_table("policy_rules") as table:
        for name, kind, bounds in _TERMS:
            table.add_column(sa.Column(name, kind))
            table.create_check_constraint(f"policy_rules_{name}", f"{name} {bounds}")
        table.drop_constraint("policy_rules_sets", type_="check")
        table.create_check_constraint("policy_rules_sets", f"coalesce({names}) is not null")
