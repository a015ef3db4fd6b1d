"""What the system itself decides, landed like any other feed: one contract a kind of decision.

Belongs here: the shape in which policies, forecasts, levels and allocations enter the log.
Does not belong here: documents to partners (`documents`), how things are decided (`forecasting`, `replenishment`,
`allocation`).
"""

from __future__ import annotations

from oms_core.contracts.decision_columns import DECIDED_AT, NETWORK, ORDER_LINE, POLICY_TERMS, RUN_ID
from oms_core.contracts.documents import DOCUMENTS
from oms_core.contracts.schema import Contract, day, flag, instant, integer, money, number, quantity, text
from oms_core.contracts.stops import FEED_STOPS

POLICIES = Contract(
    "policies",
    "one row a rule of a policy version",
    ("policy_version", "scope_kind", "scope_value"),
    (
        integer("policy_version", "Version, counted from 1; the highest is in force.", minimum=1),
        text(
            "scope_kind",
            "What the rule covers, the widest kind first; the narrowest rule that sets a thing wins.",
            allowed=(
                *("default", "abc_class", "demand_pattern", "abc_xyz_class"),
                *("supplier", "location", "sku", "sku_location"),
            ),
        ),
        text("scope_value", "Class, pattern, supplier, location, SKU or `SKU@LOCATION`; `*` for the default."),
        number(
            "service_level",
            "Target, a share of what `measure` says; empty: wider rules set it.",
            unit="share",
            minimum=0.5,
            maximum=0.9999,
            required=False,
        ),
        text(
            "measure",
            "What the target measures; empty: cycle service.",
            required=False,
            allowed=("cycle_service", "fill_rate", "least_cost"),
        ),
        number(
            "lead_time_days",
            "Lead time to plan with instead of the observed mean; empty: not set here.",
            unit="days",
            minimum=0,
            maximum=365,
            required=False,
        ),
        quantity("qty_minimum", "Least safety stock; empty: not set here.", maximum=10_000_000, required=False),
        *POLICY_TERMS,
        text("author", "Who set it.", personal=True),
        text("reason", "Why."),
        *DECIDED_AT,
    ),
)

DEMAND_REPAIRS = Contract(
    "demand_repairs",
    "one row a run and day whose demand it takes otherwise than earlier runs did",
    ("run_id", "demand_date", "sku", "location_id"),
    (
        RUN_ID,
        day("demand_date", "Business day of the demand."),
        text("sku", "Series: SKU."),
        text("location_id", "Series: location that the demand falls on."),
        text(
            "kind",
            "`stocked_out`: nothing was there to sell; `one_off`: far above all before; `none`: as observed after all.",
            allowed=("stocked_out", "one_off", "none"),
        ),
        quantity("qty_demand", "Demand as it was observed."),
        number("qty_repaired", "Demand that planning takes in its stead.", unit="base units", minimum=0),
        text("method", "How it was found."),
        *DECIDED_AT,
    ),
)

#: A run's forecasts are most of what it lands. `fct_forecast` reads those of a week, the other models the latest run's.
_DAYS_FORECASTS_ARE_READ = 8

FORECASTS = Contract(
    "forecasts",
    "one row a series, origin, day ahead and quantile",
    ("run_id", "sku", "location_id", "horizon_days", "quantile"),
    (
        RUN_ID,
        text("sku", "Series: SKU."),
        text("location_id", "Series: location that the demand falls on."),
        day("origin_date", "Last day of demand that the forecast has seen."),
        integer("horizon_days", "Days ahead of the origin.", unit="days", minimum=1),
        day("target_date", "Day that is forecast."),
        number("quantile", "Probability that demand is at most `qty_forecast`.", minimum=0.0, maximum=1.0),
        number("qty_forecast", "Demand of that day at that quantile.", unit="base units", minimum=0),
        number("qty_unaltered", "The same before planners' overrides.", unit="base units", minimum=0, required=False),
        text("model", "Model that produced it."),
        *DECIDED_AT,
    ),
    days_kept=_DAYS_FORECASTS_ARE_READ,
)

FORECAST_MEANS = Contract(
    "forecast_means",
    "one row a series, channel and day ahead",
    ("run_id", "sku", "location_id", "channel_id", "target_date"),
    (
        RUN_ID,
        text("sku", "Series: SKU."),
        text("location_id", "Series: location that the demand falls on."),
        text("channel_id", "Channel that it is expected to come from."),
        day("origin_date", "Last day of demand that the forecast has seen."),
        day("target_date", "Day that is forecast."),
        number("qty_mean", "Expected demand: of a forecast, what adds up.", unit="base units", minimum=0),
        *DECIDED_AT,
    ),
    days_kept=_DAYS_FORECASTS_ARE_READ,
)

FORECAST_ACCURACY = Contract(
    "forecast_accuracy",
    "one row a back-test origin, model, segment and metric",
    ("run_id", "origin_date", "model", "segment", "metric"),
    (
        RUN_ID,
        day("origin_date", "Last day of demand that the back-tested forecast saw."),
        text("model", "Model that was tested; `demand`: what all of them learn from."),
        text("segment", "`all`, an ABC class, a stretch of days ahead, `overridden`, or a place."),
        text(
            "metric",
            "Which figure; `days_unheard`: on how many of the last 28 days nothing was heard from a place that sells "
            "every day, so that they are unknown to planning; `days_unheard_7`: on how many of the last seven.",
            allowed=(
                *("spl", "wspl", "rmsse", "wrmsse", "wape", "bias", "value_added", "days_unheard"),
                "days_unheard_7",
                *("coverage_50", "coverage_90", "coverage_95", "coverage_99"),
            ),
        ),
        number("value", "The figure, a ratio: lower is better but for `value_added` over seasonal naive."),
        integer("series_count", "Series it is averaged over.", minimum=1),
        *DECIDED_AT,
    ),
)

INTERVAL_DEMAND = Contract(
    "interval_demand",
    "one row a run, series and probability: demand over the whole protection interval, as one sum",
    ("run_id", "sku", "location_id", "probability"),
    (
        RUN_ID,
        text("sku", "Series: SKU."),
        text("location_id", "Series: location that the demand falls on."),
        integer("protection_days", "Review period and lead time covered.", unit="days", minimum=1),
        number(
            "probability", "Probability that the interval's demand is at most `qty_demand`.", minimum=0.0, maximum=1.0
        ),
        number("qty_demand", "Demand of the interval at that probability.", unit="base units", minimum=0),
        number(
            "qty_lead_time_demand",
            "Demand of the lead time alone at that probability.",
            unit="base units",
            minimum=0,
            required=False,
        ),
        *DECIDED_AT,
    ),
    days_kept=_DAYS_FORECASTS_ARE_READ,
)

SAFETY_STOCK = Contract(
    "safety_stock",
    "one row a run, SKU and location",
    ("run_id", "sku", "location_id"),
    (
        RUN_ID,
        integer("policy_version", "Policy version in force.", minimum=1),
        text("policy_scope", "Rule that set the target, as `kind:value`."),
        text("sku", "What is protected."),
        text("location_id", "Where it is protected."),
        text("supplier_id", "Who delivers the SKU.", required=False),
        text("abc_class", "The SKU's class in that run.", allowed=("A", "B", "C"), required=False),
        text(
            "xyz_class",
            "Weekly demand's standard deviation ÷ mean: X to 0.5, Y to 1, Z above it or without demand.",
            allowed=("X", "Y", "Z"),
            required=False,
        ),
        text(
            "demand_pattern",
            "Syntetos, Boylan & Croston (2005) by weeks: interval below 1.32 `smooth` or `erratic`, else "
            "`intermittent` or `lumpy`, the second of each from CV² 0.49 on. Empty: no demand in a year.",
            allowed=("smooth", "erratic", "intermittent", "lumpy"),
            required=False,
        ),
        number("demand_interval_weeks", "Weeks from one with demand to the next, mean.", unit="weeks", required=False),
        number("demand_size_cv2", "Squared coefficient of variation of those weeks' demand.", required=False),
        number("service_level_target", "Target, of its measure.", unit="share", minimum=0.5, maximum=0.9999),
        text("target_measure", "What the target measures; empty: cycle service.", required=False),
        number("service_level_expected", "Probability that the level covers the interval.", unit="share"),
        number(
            "fill_rate_expected", "Share of units served from the shelf, at that level.", unit="share", required=False
        ),
        integer("review_period_days", "Days between reviews, planned with.", unit="days", minimum=1),
        integer(
            "review_period_days_observed",
            "Days between reviews, the supplier's.",
            unit="days",
            minimum=1,
            required=False,
        ),
        number("lead_time_days_mean", "Mean lead time planned with.", unit="days", minimum=0),
        number("lead_time_days_std", "Standard deviation of the lead time.", unit="days", minimum=0),
        text("lead_time_scope", "Rule that set the lead time; empty: it is as observed.", required=False),
        number(
            "lead_time_days_observed",
            "Mean lead time as observed, of few receipts drawn towards all suppliers'.",
            unit="days",
            minimum=0,
            required=False,
        ),
        integer("protection_days", "Review period and lead time that the level covers.", unit="days", minimum=1),
        number("qty_demand_mean", "Mean demand over the protection interval.", unit="base units", minimum=0),
        number(
            "qty_demand_mean_observed",
            "The same over the interval with the observed lead time, which `interval_demand` is of.",
            unit="base units",
            minimum=0,
            required=False,
        ),
        number("qty_lead_time_demand_mean", "Mean demand over the lead time alone.", unit="base units", minimum=0),
        *NETWORK,
        integer("shelf_life_days", "Days in which it can be sold: a cap.", unit="days", minimum=1, required=False),
        quantity("qty_minimum", "Least safety stock that a rule asks for.", required=False),
        text("minimum_scope", "Rule that set the minimum.", required=False),
        *(column for column in POLICY_TERMS if column.name != "review_period_days"),
        text("terms_set", "Terms that a rule sets, with the rule, in words; empty: the defaults hold.", required=False),
        quantity(
            "qty_order_up_to", "Smallest level that reaches target and minimum, within what its shelf life lets sell."
        ),
        quantity("qty_safety_stock", "Level above the interval's mean demand."),
        quantity("qty_reorder_point", "Mean lead-time demand and safety stock."),
        money("unit_cost_minor", "Cost of one base unit.", minimum=0),
        money("unit_margin_minor", "What selling one base unit earns above its cost.", minimum=0, required=False),
        money("investment_minor", "Safety stock at cost.", minimum=0),
        text("currency", "ISO 4217 code."),
        text("method", "How the level was derived."),
        *DECIDED_AT,
    ),
)

ALLOCATIONS = Contract(
    "allocations",
    "one row a run, order line, decision and location",
    ("run_id", "channel_id", "order_ref", "line_ref", "decision", "location_id"),
    (
        RUN_ID,
        *ORDER_LINE,
        text(
            "decision",
            "What was decided for this quantity; `expired` ends a reservation: not shipped in time, or replaced.",
            allowed=("allocated", "backordered", "held", "expired"),
        ),
        text("location_id", "Location that ships it, or was to; empty where it waits.", required=False),
        quantity("quantity", "Quantity decided.", minimum=1),
        text("reason_code", "Rule that decided."),
        text("reason", "The rule in words, with its figures."),
        integer("priority", "Channel priority the line was ranked by.", minimum=1),
        integer("decision_rank", "Position of the line in the run, 1 first.", minimum=1),
        integer(
            "qty_ats_before",
            "Available to sell there before this decision; empty unless allocated.",
            required=False,
            unit="base units",
        ),
        money("cost_minor", "What it adds to the run's cost; empty unless allocated.", required=False, minimum=0),
        text("alternative_location_id", "The cheapest other location that could have.", required=False),
        money("alternative_cost_minor", "What it would have cost from there.", required=False, minimum=0),
        instant(
            "release_due_at",
            "When its place is told of it, with a wave; empty: at once. Of what is ended: when that was due, of units "
            "that no document had asked for; empty where one had.",
            required=False,
        ),
        *DECIDED_AT,
    ),
)

ALLOCATION_RUNS = Contract(
    "allocation_runs",
    "one row an allocation run",
    ("run_id",),
    (
        RUN_ID,
        text("rules_id", "Sourcing rules that it went by: the beginning of their text's SHA-256."),
        text("rules", "Those rules, as YAML."),
        text("solver", "Who decided.", allowed=("optimise", "greedy")),
        integer("orders", "Orders with a line to decide.", minimum=0),
        integer("lines", "Order lines to decide.", minimum=0),
        integer("parcels", "Parcels that its plan makes, those of lines decided anew included.", minimum=0),
        money(
            "cost_minor", "What its plan costs by the rules; empty where they rule a part of it out.", required=False
        ),
        money("bound_minor", "No plan costs less; empty where the solver proves nothing.", required=False),
        money("greedy_minor", "What line by line would cost; empty where that breaks a rule.", required=False),
        integer(
            "lines_reopened", "Lines that were promised before and decided anew with them.", required=False, minimum=0
        ),
        integer("lines_moved", "Of these, the ones that did not stay where they were.", required=False, minimum=0),
        money("kept_minor", "What it would cost had none been moved; empty where none could be.", required=False),
        text("currency", "ISO 4217 code."),
        *DECIDED_AT,
    ),
)

PEGS = Contract(
    "pegs",
    "one row a run, waiting order line and supply that is to serve it",
    ("run_id", "channel_id", "order_ref", "line_ref", "supply_type", "supply_ref", "location_id"),
    (
        RUN_ID,
        *ORDER_LINE,
        text("supply_type", "What supplies it.", allowed=("purchase_order", "transfer", "on_hand")),
        text("supply_ref", "Purchase order and line, or transfer document and line; what is set aside: on hand."),
        text("location_id", "Where the supply arrives, or lies."),
        quantity("quantity", "Waiting quantity that it serves.", minimum=1),
        day("available_date", "Day on which it is safe to promise the supply: one on which its location works."),
        flag("is_locked", "Whether it was kept from an earlier run because its supply is nearly there."),
        day("promised_date", "Day on which the whole wait ends; empty unless each unit is pegged.", required=False),
        quantity("qty_pre_sold", "Of it, what is sold ahead of this supply; empty: nothing.", required=False),
        text(
            "pre_sell_reason", "What is sold ahead of which supply, in words; empty where nothing is.", required=False
        ),
        *DECIDED_AT,
    ),
)

REPLENISHMENT = Contract(
    "replenishment",
    "one row a run and proposal: a purchase of a SKU for a location, or a transfer between two",
    ("run_id", "kind", "sku", "location_id", "from_location_id"),
    (
        RUN_ID,
        text("kind", "What is proposed.", allowed=("purchase", "transfer")),
        text("sku", "What is to be bought or moved."),
        text("location_id", "Where it is to arrive."),
        text("supplier_id", "Whom to buy from; empty for a transfer.", required=False),
        text("from_location_id", "Where to take it from; empty for a purchase.", required=False),
        quantity("quantity", "Proposed quantity, in whole packs where it is bought.", minimum=1),
        day("expected_date", "Day on which it would arrive: after the mean lead time, or the transfer's days."),
        integer("qty_position", "On hand and inbound, less promised and waiting, before it.", unit="base units"),
        quantity("qty_reorder_point", "Position at or below which more is asked for."),
        quantity("qty_order_up_to", "Level that it is lifted to."),
        quantity("pack_quantity", "Base units in an order multiple.", minimum=1),
        quantity("min_order_quantity", "Fewest base units in an order; empty: a pack.", minimum=1, required=False),
        money("unit_cost_minor", "Cost of one base unit.", minimum=0),
        money("value_minor", "Quantity at cost.", minimum=0),
        money("gain_minor", "Expected margin won less what moving costs; empty for a purchase.", required=False),
        text("currency", "ISO 4217 code."),
        text("reason", "The rule in words, with its figures."),
        text(
            "waits_for",
            "What it waits for: demand that makes up its supplier's least order value, room, or its supplier's turn; "
            "empty: nothing.",
            allowed=("minimum_value", "capacity", "turn"),
            required=False,
        ),
        text("proposal_ref", "The proposal's own name: hash of its key.", required=False),
        integer(
            "decision_number",
            "Number of the last decision on proposals that its position knows; empty: none.",
            required=False,
            minimum=0,
        ),
        *DECIDED_AT,
    ),
)

DECIDED: tuple[Contract, ...] = (
    POLICIES,
    DEMAND_REPAIRS,
    FORECASTS,
    FORECAST_ACCURACY,
    FORECAST_MEANS,
    INTERVAL_DEMAND,
    SAFETY_STOCK,
    ALLOCATIONS,
    ALLOCATION_RUNS,
    PEGS,
    REPLENISHMENT,
    *DOCUMENTS,
    FEED_STOPS,
)
