"""The marts of planning: demand, forecasts, levels, and what to buy and to move.

Belongs here: grain, key, columns, types and units of what is published of them. Does not belong here: the
shape in which decisions are landed (`oms_core.contracts.decisions`).
"""

from __future__ import annotations

from oms_core.contracts.decisions import (
    DEMAND_REPAIRS,
    FORECAST_ACCURACY,
    FORECAST_MEANS,
    FORECASTS,
    INTERVAL_DEMAND,
    REPLENISHMENT,
    SAFETY_STOCK,
)
from oms_core.contracts.documents import SUPPLY_ORDERS
from oms_core.contracts.landed import SUPPLIER_CONFIRMATIONS
from oms_core.contracts.marts.columns import CURRENCY, KNOWN, LOCATION, ORIGIN, SKU, STOCKED_OUT_SHARE, mart
from oms_core.contracts.overrides import FORECAST_OVERRIDES
from oms_core.contracts.planned_events import PLANNED_EVENTS
from oms_core.contracts.schema import Contract, day, flag, instant, integer, money, number, quantity, text


def _as_mart(name: str, landed: Contract, *dropped: str, kept: str = "") -> Contract:
    columns = tuple(column for column in landed.columns if column.name not in dropped)
    return Contract(name, landed.grain + kept, landed.key, columns)


FCT_DEMAND_DAILY = mart(
    "fct_demand_daily",
    "one row a SKU, location and business day from the series' first demand on",
    ("business_date", "sku", "location_id"),
    day("business_date", "Business day of the order."),
    SKU,
    LOCATION,
    quantity("qty_ordered", "Ordered."),
    quantity("qty_cancelled", "Cancelled before it left, at the order's own day."),
    quantity("qty_demand", "Ordered less cancelled: what the customer wanted."),
    quantity("qty_returned", "Returned that day; it does not reduce demand."),
    flag("is_stocked_out", "Whether the day ended with nothing on hand: its demand may be censored."),
    STOCKED_OUT_SHARE,
    by_month=True,
)

FCT_FORECAST = _as_mart(
    "fct_forecast", FORECASTS, "effective_at", "business_date", kept=": the runs of the last seven business days"
)
FCT_FORECAST_ACCURACY = _as_mart("fct_forecast_accuracy", FORECAST_ACCURACY, "effective_at", "business_date")

#: The bottom of every sum: what any two of them are made of is the same, so that they agree.
FCT_FORECAST_MEAN = Contract(
    "fct_forecast_mean",
    "one row a SKU, location, channel and day ahead: the latest run's expected demand",
    ("sku", "location_id", "channel_id", "target_date"),
    (
        *(c for c in FORECAST_MEANS.columns if c.name not in ("effective_at", "business_date")),
        text("category", "Merchandise group of the SKU; empty where it is in no catalogue.", required=False),
        text("region", "Delivery region that the location serves first; empty where it is unknown.", required=False),
    ),
)
_EXPECTED = number("qty_mean", "Expected demand, the sum of `fct_forecast_mean`.", unit="base units", minimum=0)
_AHEAD = day("target_date", "Day that is forecast.")

RPT_FORECAST_BY_CHANNEL = mart(
    "rpt_forecast_by_channel",
    "one row a SKU, channel and day ahead: the latest run's expected demand at all locations",
    ("sku", "channel_id", "target_date"),
    SKU,
    text("channel_id", "Channel."),
    _AHEAD,
    _EXPECTED,
)
RPT_FORECAST_BY_REGION = mart(
    "rpt_forecast_by_region",
    "one row a category, region and day ahead: the latest run's expected demand of all SKUs and channels",
    ("category", "region", "target_date"),
    text("category", "Merchandise group; `(none)` of SKUs that are in no catalogue."),
    text("region", "Delivery region; `(none)` of locations that are not known."),
    _AHEAD,
    _EXPECTED,
)

#: The latest run's rows only: what the workbench needs to answer "what if", nothing older.
FCT_INTERVAL_DEMAND = Contract(
    "fct_interval_demand",
    "one row a series and probability: the latest run's demand over the protection interval, as one sum",
    ("sku", "location_id", "probability"),
    tuple(c for c in INTERVAL_DEMAND.columns if c.name not in ("effective_at", "business_date")),
)

FCT_REPLENISHMENT = _as_mart("fct_replenishment", REPLENISHMENT, "effective_at", kept=", of the last planning run")
FCT_SAFETY_STOCK = Contract(
    "fct_safety_stock",
    "one row a SKU, location and policy version: the latest run's result",
    ("policy_version", "sku", "location_id"),
    (
        *(column for column in SAFETY_STOCK.columns if column.name not in ("effective_at", "business_date")),
        flag("is_current", "Whether it is the level in force."),
        instant("calculated_at", "The run's `as_of`."),
    ),
)

RPT_INVENTORY_HEALTH = mart(
    "rpt_inventory_health",
    "one row a SKU and location of ours with stock, or a level that asks for some, at the run's as-of",
    ("sku", "location_id"),
    SKU,
    LOCATION,
    day("as_of_date", "Last business day known."),
    text("abc_class", "Class of the SKU by a year's revenue.", allowed=("A", "B", "C")),
    text("xyz_class", "How evenly it is asked for there, X the most; empty without a level.", required=False),
    text(
        "health",
        "`dead`: there, and nothing of it left in 182 days; `unplanned`: no level in force; `excess`: above its "
        "order-up-to level; `out_of_stock`; `below_safety_stock`; else `healthy`. The first that is so counts.",
        allowed=("dead", "unplanned", "excess", "out_of_stock", "below_safety_stock", "healthy"),
    ),
    quantity("qty_shelf", "On hand and not blocked."),
    quantity("qty_safety_stock", "Safety stock in force."),
    quantity("qty_order_up_to", "Order-up-to level in force; empty without one.", required=False),
    quantity("qty_excess", "What of it is too much: dead, or above the level."),
    number("days_of_cover", "On hand and not blocked, by the mean demand of 28 days.", unit="days", required=False),
    day("last_issued_date", "Last day on which some of it left, within 182 days.", required=False),
    money("shelf_minor", "`qty_shelf` at cost."),
    money("excess_minor", "`qty_excess` at cost."),
    CURRENCY,
)

RPT_SERVICE = mart(
    "rpt_service",
    "one row a SKU and location with a level in force: what it promises, and what half a year gave",
    ("sku", "location_id"),
    SKU,
    LOCATION,
    text("abc_class", "Class of the SKU.", required=False),
    integer("protection_days", "Length of an interval.", unit="days", minimum=1),
    integer("intervals", "Whole intervals since its first demand, of the last 182 days.", minimum=0),
    integer(
        "intervals_missed",
        "Those in which an order of its demand had to wait, or a day without stock is estimated to have lost some.",
        minimum=0,
    ),
    text("target_measure", "What the target measures; empty: cycle service.", required=False),
    number("service_level_target", "What is aimed at."),
    number("service_level_expected", "Probability that the level in force covers an interval."),
    number("service_level_achieved", "Share of the intervals not missed; empty before the first.", required=False),
    quantity("qty_demand", "Demand of the last 182 days."),
    number("qty_missed", "Units that had to wait, and the estimate of those lost.", unit="base units", minimum=0),
    number(
        "fill_rate_expected",
        "Share of units that the level in force is expected to serve from the shelf.",
        required=False,
    ),
    number("fill_rate_achieved", "Share of the units wanted that were not missed; empty without any.", required=False),
)

FCT_SUPPLY_ORDERS = Contract(
    "fct_supply_orders",
    "one row a line of a purchase order or transfer order that was made of accepted proposals",
    ("export_id", "line_number"),
    (
        *(c for c in SUPPLY_ORDERS.columns if c.name not in ("status", "effective_at", "business_date")),
        text(
            "supply_state",
            "`awaited`: it counts as coming by our own word; `confirmed`: as its supplier has promised or shipped it; "
            "`refused`: he will send none of it; `stated`: its number is in a counterpart's file, which counts; "
            "`overdue`: nobody has spoken of it until its date and the patience after it, so it counts no more; "
            "`cancelled`: its document was rejected or taken back.",
            allowed=("awaited", "confirmed", "refused", "stated", "overdue", "cancelled"),
        ),
        quantity("qty_coming", "What of it is still to come, by our own word or by its supplier's confirmation."),
        quantity(
            "qty_promised", "What its supplier has promised in all; empty: he has promised nothing yet.", required=False
        ),
        day("promised_date", "Day by which all that is promised is to be there.", required=False),
        quantity("qty_shipped", "What its supplier says has left; empty: he has said nothing yet.", required=False),
        day("shipped_date", "Day on which the last of it left.", required=False),
        day(
            "arrival_date",
            "Day on which the last that has left is to be there, where its notice says so.",
            required=False,
        ),
        instant("confirmed_at", "When its supplier last said something that counts.", required=False),
        quantity(
            "qty_received",
            "What has come of it. Empty for a transfer, and for a purchase that is stated: its lines are a "
            "counterpart's then.",
            required=False,
        ),
        money("value_minor", "Quantity at cost.", minimum=0),
        text("plan_run_id", "Run whose plan proposed it.", required=False),
        instant("proposed_at", "That run's `as_of`.", required=False),
        quantity("qty_proposed", "What was proposed; `quantity` was accepted.", required=False),
        integer("qty_position", "Position of the series before it, as planned.", unit="base units", required=False),
        quantity("qty_reorder_point", "Reorder point of the series, as planned.", required=False),
        quantity("qty_order_up_to", "Level of the series, as planned.", required=False),
        text("reason", "Why it was proposed.", required=False),
    ),
)

FCT_SUPPLIER_CONFIRMATIONS = Contract(
    "fct_supplier_confirmations",
    "one row a part of a purchase order line as its supplier confirmed it, and an instant at which we learnt that",
    (*SUPPLIER_CONFIRMATIONS.key, "known_at"),
    (
        *SUPPLIER_CONFIRMATIONS.columns,
        flag("is_in_force", "Whether it counts: nothing later by its own time was said of the line or the shipment."),
        flag("is_known", "Whether there is such a line of an order to this supplier; else it waits for it."),
        KNOWN,
        *ORIGIN,
    ),
)

RPT_FORECAST_ALARMS = mart(
    "rpt_forecast_alarms",
    "one row a thing that a planner should know of the forecast's newest back-tests",
    ("kind", "segment"),
    text(
        "kind",
        "`challenger`: the last 91 days lost less; `drift`: less value added than a month ago and before; `bias`: off "
        "by more than 15 %; `coverage`: the 90 % band held less than 85 %; `silence`: days on which a place that sells "
        "every day sold nothing, which planning takes as unknown.",
        allowed=("challenger", "drift", "bias", "coverage", "silence"),
    ),
    text("segment", "`all`, or an ABC class; of `silence` a place."),
    day(
        "origin_date", "Newest tested origin; the figure is the mean of its week. Of `silence` the last day of demand."
    ),
    number("value", "The figure; of `silence` days of the last 28."),
    number("limit_value", "What it should have kept to."),
)

FCT_DEMAND_REPAIRS = Contract(
    "fct_demand_repairs",
    "one row a day whose demand planning does not take as it was observed",
    ("business_date", "sku", "location_id"),
    (
        day("business_date", "Business day of the demand."),
        *(c for c in DEMAND_REPAIRS.columns if c.name in ("sku", "location_id", "kind", "qty_demand", "qty_repaired")),
        DEMAND_REPAIRS["method"],
        DEMAND_REPAIRS["run_id"],
    ),
)

#: Who said it stays in landing: the reason says what a reader needs.
FCT_FORECAST_OVERRIDES = Contract(
    "fct_forecast_overrides",
    "one row an override of the forecast, as stated last",
    ("override_ref",),
    (
        *(c for c in FORECAST_OVERRIDES.columns if c.name not in ("author", "effective_at", "business_date")),
        flag("is_in_force", "Whether it covers a day to come, and was not withdrawn."),
        flag(
            "is_idle",
            "Whether it is in force for a SKU, a location or a category that there is not: it covers nothing.",
        ),
        instant("stated_at", "When it was said."),
        instant("known_at", "When we learnt it."),
    ),
)

FCT_PLANNED_EVENTS = Contract(
    "fct_planned_events",
    "one row a planned promotion or day off, as stated last",
    ("event_ref",),
    (
        *(c for c in PLANNED_EVENTS.columns if c.name not in ("effective_at", "business_date")),
        flag("is_in_force", "Whether it covers a day to come, and was not withdrawn."),
        instant("stated_at", "When it was said."),
        instant("known_at", "When we learnt it."),
    ),
)

PLANNING_MARTS: tuple[Contract, ...] = (
    FCT_DEMAND_DAILY,
    FCT_DEMAND_REPAIRS,
    FCT_FORECAST,
    FCT_FORECAST_ACCURACY,
    FCT_FORECAST_MEAN,
    FCT_FORECAST_OVERRIDES,
    FCT_INTERVAL_DEMAND,
    FCT_PLANNED_EVENTS,
    FCT_SAFETY_STOCK,
    FCT_REPLENISHMENT,
    FCT_SUPPLIER_CONFIRMATIONS,
    FCT_SUPPLY_ORDERS,
    RPT_FORECAST_ALARMS,
    RPT_FORECAST_BY_CHANNEL,
    RPT_FORECAST_BY_REGION,
    RPT_INVENTORY_HEALTH,
    RPT_SERVICE,
)
