"""A rule may say which proposals are accepted by themselves: transfers, orders of up to a value, quantities.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TERMS = (
    ("release_transfers", sa.Integer, "between 0 and 1"),
    ("release_order_minor", sa.BigInteger, "between 0 and 100000000"),
    ("release_weeks", sa.Double, "between 0 and 260"),
)
_EARLIER = (
    *("service_level", "lead_time_days", "qty_minimum", "review_period_days", "order_cost_minor", "holding_share"),
    *("transfer_cost_minor", "transfer_cost_share", "transfer_days", "network_planning"),
)


def upgrade() -> None:
    names = ", ".join([*_EARLIER, *(name for name, _, _ in _TERMS)])
    with op.batch_alter_table("policy_rules") as table:
        for name, kind, bounds in _TERMS:
            table.add_column(sa.Column(name, kind))
            table.create_check_constraint(f"policy_rules_{name}", f"{name} {bounds}")
        table.drop_constraint("policy_rules_sets", type_="check")
        table.create_check_constraint("policy_rules_sets", f"coalesce({names}) is not null")
