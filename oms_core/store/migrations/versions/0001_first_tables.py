"""First tables: policies, outbox, audit, runs.

Belongs here: the schema as of this revision, spelled out, whatever `operations.schema` becomes later.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_STATES = "state in ('new', 'sent', 'acknowledged', 'rejected', 'unknown')"


def upgrade() -> None:
    _create_policies()
    _create_outbox()
    _create_audit_and_runs()


def _create_policies() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("effective_at", _INSTANT, nullable=False),
        sa.Column("base_version", sa.Integer, sa.ForeignKey("policy_versions.version")),
    )
    op.create_table(
        "policy_rules",
        sa.Column("version", sa.Integer, sa.ForeignKey("policy_versions.version"), primary_key=True),
        sa.Column("scope_kind", sa.Text, primary_key=True),
        sa.Column("scope_value", sa.Text, primary_key=True),
        sa.Column("service_level", sa.Double, nullable=False),
        sa.CheckConstraint("scope_kind in ('default', 'abc_class', 'sku')", name="policy_rules_scope_kind"),
        sa.CheckConstraint("service_level between 0.5 and 0.9999", name="policy_rules_service_level"),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("export_id", sa.Text, primary_key=True),
        sa.Column("partner_id", sa.Text, nullable=False),
        sa.Column("location_id", sa.Text, nullable=False),
        sa.Column("wave", sa.Text, nullable=False),
        sa.Column("document_type", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("sent_at", _INSTANT),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("line_count", sa.Integer, nullable=False),
        sa.CheckConstraint(_STATES, name="outbox_state"),
        sa.UniqueConstraint(
            "partner_id", "document_type", "location_id", "wave", "revision", name="outbox_business_key"
        ),
    )
    op.create_index("outbox_by_state", "outbox", ["state", "created_at"])


def _create_audit_and_runs() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
    )
    op.create_index("audit_by_subject", "audit", ["subject", "id"])
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("snapshot_id", sa.Text),
        sa.Column("as_of", _INSTANT, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("finished_at", _INSTANT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("stage_seconds", sa.JSON, nullable=False),
        sa.CheckConstraint("state in ('running', 'succeeded', 'failed')", name="runs_state"),
    )
