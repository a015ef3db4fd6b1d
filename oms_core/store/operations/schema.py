"""The operations store's tables as they are now, for queries.

Belongs here: tables and the type in which instants are kept. A test holds them against what the migrations build.
Does not belong here: how they are made (`store.migrations`), what is done with them (`policies`,
`submissions`, `outbox`, `proposals`, `line_commands`, `users`, `sessions`, `runs`).
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa


class UtcInstant(sa.types.TypeDecorator[datetime]):
    """An aware UTC instant. SQLite keeps no zone: it is written in UTC and read as UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"instant {value} names no zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = sa.MetaData()

POLICY_VERSIONS = sa.Table(
    "policy_versions",
    METADATA,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", UtcInstant, nullable=False),
    sa.Column("effective_at", UtcInstant, nullable=False),
    sa.Column("base_version", sa.Integer, sa.ForeignKey("policy_versions.version")),
)

POLICY_RULES = sa.Table(
    "policy_rules",
    METADATA,
    sa.Column("version", sa.Integer, sa.ForeignKey("policy_versions.version"), primary_key=True),
    sa.Column("scope_kind", sa.Text, primary_key=True),
    sa.Column("scope_value", sa.Text, primary_key=True),
    sa.Column("service_level", sa.Double),
    sa.Column("measure", sa.Text, nullable=False, server_default="cycle_service"),
    sa.Column("lead_time_days", sa.Double),
    sa.Column("qty_minimum", sa.BigInteger),
    sa.Column("review_period_days", sa.Integer),
    sa.Column("order_cost_minor", sa.BigInteger),
    sa.Column("holding_share", sa.Double),
    sa.Column("transfer_cost_minor", sa.BigInteger),
    sa.Column("transfer_cost_share", sa.Double),
    sa.Column("transfer_days", sa.Integer),
    sa.Column("network_planning", sa.Integer),
    sa.Column("release_transfers", sa.Integer),
    sa.Column("release_order_minor", sa.BigInteger),
    sa.Column("release_weeks", sa.Double),
)

POLICY_SUBMISSIONS = sa.Table(
    "policy_submissions",
    METADATA,
    sa.Column("submission_number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("changes", sa.JSON, nullable=False),
    sa.Column("base_version", sa.Integer, sa.ForeignKey("policy_versions.version"), nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("submitted_at", UtcInstant, nullable=False),
    sa.Column("applies_from", sa.Date),
    sa.Column("reviewer", sa.Text),
    sa.Column("review_reason", sa.Text),
    sa.Column("reviewed_at", UtcInstant),
    sa.Column("version", sa.Integer, sa.ForeignKey("policy_versions.version")),
    sa.Index("policy_submissions_by_state", "state"),
)

POLICY_DRAFTS = sa.Table(
    "policy_drafts",
    METADATA,
    sa.Column("author", sa.Text, primary_key=True),
    sa.Column("base_version", sa.Integer, sa.ForeignKey("policy_versions.version"), nullable=False),
    sa.Column("changes", sa.JSON, nullable=False),
    sa.Column("kept_at", UtcInstant, nullable=False),
)

SETTINGS = sa.Table(
    "settings",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

SCENARIOS = sa.Table(
    "scenarios",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("base_version", sa.Integer, sa.ForeignKey("policy_versions.version"), nullable=False),
    sa.Column("changes", sa.JSON, nullable=False),
    sa.Column("saved_at", UtcInstant, nullable=False),
    sa.Column("is_withdrawn", sa.Boolean, nullable=False),
)

SCENARIO_REPLAYS = sa.Table(
    "scenario_replays",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("replayed_at", UtcInstant, nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("until_date", sa.Date, nullable=False),
    sa.Column("are_sales_lost", sa.Boolean, nullable=False),
    sa.Column("figures", sa.JSON, nullable=False),
    sa.ForeignKeyConstraint(["name", "revision"], ["scenarios.name", "scenarios.revision"]),
)

OUTBOX = sa.Table(
    "outbox",
    METADATA,
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
    sa.Column("created_at", UtcInstant, nullable=False),
    sa.Column("sent_at", UtcInstant),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("line_count", sa.Integer, nullable=False),
    sa.Column("control_number", sa.Integer, nullable=False),
    sa.Column("answered_at", UtcInstant),
    sa.Column("answer", sa.Text),
    sa.Column("problem", sa.Text),
    sa.UniqueConstraint("partner_id", "control_number", name="outbox_control_number"),
    sa.UniqueConstraint("partner_id", "document_type", "location_id", "wave", "revision", name="outbox_business_key"),
    sa.Index("outbox_by_state", "state", "created_at"),
)

PROPOSAL_DECISIONS = sa.Table(
    "proposal_decisions",
    METADATA,
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
    sa.Column("decided_at", UtcInstant, nullable=False),
    sa.Index("proposal_decisions_by_ref", "proposal_ref", "decision_number"),
    sa.Index("proposal_decisions_by_sku", "sku", "decision_number"),
)

PROPOSAL_ORDERS = sa.Table(
    "proposal_orders",
    METADATA,
    sa.Column(
        "decision_number",
        sa.Integer,
        sa.ForeignKey("proposal_decisions.decision_number"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("export_id", sa.Text, sa.ForeignKey("outbox.export_id"), nullable=False),
    sa.Index("proposal_orders_by_export", "export_id"),
)

LINE_COMMANDS = sa.Table(
    "line_commands",
    METADATA,
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
    sa.Column("given_at", UtcInstant, nullable=False),
    sa.Column("before", sa.JSON),
    sa.Column("changes", sa.JSON),
    sa.Index("line_commands_by_line", "order_line_id", "command_number"),
    sa.Index("line_commands_by_order", "order_id", "command_number"),
    sa.Index("line_commands_about", "about_number"),
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcInstant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("before", sa.JSON),
    sa.Column("after", sa.JSON),
    sa.Index("audit_by_subject", "subject", "id"),
)

USERS = sa.Table(
    "users",
    METADATA,
    sa.Column("login", sa.Text, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("identity", sa.Text),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcInstant, nullable=False),
    sa.Column("changed_at", UtcInstant, nullable=False),
    sa.UniqueConstraint("identity", name="users_identity"),
)

USER_ROLES = sa.Table(
    "user_roles",
    METADATA,
    sa.Column("login", sa.Text, sa.ForeignKey("users.login"), primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("secret_sha256", sa.Text, primary_key=True),
    sa.Column("login", sa.Text, sa.ForeignKey("users.login"), nullable=False),
    sa.Column("started_at", UtcInstant, nullable=False),
    sa.Column("seen_at", UtcInstant, nullable=False),
    sa.Column("ends_at", UtcInstant, nullable=False),
)

DEVICES = sa.Table(
    "devices",
    METADATA,
    sa.Column("secret_sha256", sa.Text, primary_key=True),
    sa.Column("login", sa.Text, sa.ForeignKey("users.login"), nullable=False),
    sa.Column("seen_at", UtcInstant, nullable=False),
)

#: By login as it was typed, or by `devices.secret_sha256` where it was typed on a browser of that user's.
SIGN_IN_ATTEMPTS = sa.Table(
    "sign_in_attempts",
    METADATA,
    sa.Column("login", sa.Text, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_at", UtcInstant, nullable=False),
)

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("snapshot_id", sa.Text),
    sa.Column("as_of", UtcInstant),
    sa.Column("started_at", UtcInstant, nullable=False),
    sa.Column("finished_at", UtcInstant),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("stage_seconds", sa.JSON, nullable=False),
)
