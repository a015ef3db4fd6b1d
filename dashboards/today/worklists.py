"""The kinds of work that need a person, and, of those that the snapshot knows, the query and where it can be mended.

Belongs here: their SQL, columns and links. Does not belong here: what only the operations store knows (`work`), their
look (`page`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboards.inventory.queries import SETTLED
from dashboards.parts.table import Shown
from dashboards.stock_at_risk import AT_RISK
from dashboards.today.confirmed import CUT_SUPPLY, REFUSED_DAYS, UNKNOWN_FACTS
from oms_core.store.published.late_feeds import LATE_FEEDS

#: Days for which a quarantined record is news; `Runs and data quality` keeps all.
_QUARANTINE_DAYS = 7


@dataclass(frozen=True)
class Link:
    """A page of ours with the parameters of its URL."""

    label: str
    page: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of work: its words, what its table shows, and where it can be mended.

    `opens`: the page that a chosen row opens, with its URL parameters by column; `extra`: those that are the same for
    each row.
    """

    name: str
    title: str
    help: str
    nothing: str
    columns: tuple[Shown, ...]
    link: Link
    #: What a count counts.
    unit: str = "item"
    opens: tuple[str, tuple[tuple[str, str], ...]] | None = None
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Worklist(Kind):
    """A kind that the snapshot knows. `items`: a SELECT of one row an item, with `age_days`, `value_minor` and
    `currency`, each of which may be empty, beside the columns to show; it may use `today.day`. `worst`: its order.
    `grouped`: what is shown instead.
    """

    items: str
    worst: str
    grouped: str = ""
    money_is: str = ""


_NO_MONEY = "null::bigint as value_minor, null::varchar as currency"
_ORDER = ("orders/page.py", (("order", "order_id"),))
_POSITION = ("inventory/page.py", (("sku", "sku"), ("at", "location_id")))
_PRODUCT = (Shown("sku", "SKU"), Shown("description", "Product", width=120))
_DAYS = Shown("age_days", "Days", "quantity")
_VALUE = Shown("value_minor", "Worth", "money")


def _days_since(instant: str) -> str:
    """Days, UTC, from an instant's to today's; counted without the calendar, which a million rows would feel."""
    return f"(today.day - date '1970-01-01' - epoch_us({instant}) // 86400000000)"


def _all_of(sql: str) -> Link:
    """The rows themselves, where no page of its own has them."""
    return Link("All of them", "data/page.py", (("view", "SQL"), ("sql", sql)))


def _backorders(age_days: str, condition: str) -> str:
    return f"""
        select waiting.order_id, waiting.sku, product.description, waiting.qty_backordered,
               waiting.promised_date, {age_days} as age_days,
               (waiting.qty_backordered * line.unit_price_minor)::bigint as value_minor, line.currency
        from fct_backorders as waiting
        join fct_order_lines as line using (order_line_id)
        left join dim_product as product on product.sku = waiting.sku, today
        where {condition}"""  # noqa: S608 - our own texts


def _of_order_lines(**words: Any) -> Worklist:
    """A list of order lines: the longest waiting first, each opens its order unless something else mends it."""
    oldest_first = "age_days desc, value_minor desc, order_id"
    return Worklist(**{"unit": "line", "worst": oldest_first, "opens": _ORDER, "money_is": "ordered", **words})


#: Overrides in force of what there is not.
_IDLE = "select * from fct_forecast_overrides where is_idle"

WORKLISTS = (
    Worklist(
        name="late_feeds",
        title="Feeds that are late",
        unit="feed",
        help="Silent for more than twice as long as usual: the median of their last ten gaps between days with a file.",
        nothing="every feed is on time",
        items=f"select *, {_NO_MONEY} from ({LATE_FEEDS})",  # noqa: S608 - our own texts
        worst="age_days / usual_days desc, feed",
        columns=(
            Shown("feed", "Feed"),
            Shown("last_day", "Last file", "day"),
            _DAYS,
            Shown("usual_days", "Usually every", "number", "Days."),
        ),
        link=Link("Feeds", "runs/page.py", (("section", "What came in"),)),
        opens=("runs/page.py", (("feed", "feed"),)),
        extra=(("section", "What came in"),),
    ),
    Worklist(
        name="quarantined",
        title=f"Records set aside in the last {_QUARANTINE_DAYS} days",
        unit="record",
        help="What breaks a rule of its feed is set aside with the reason; its sender can mend it and send it again; "
        "where the feed's definition was wrong, mend that: `oms quarantine again`.",
        nothing="no record was set aside",
        items=f"""
            select feed, reason_code, reason, file_name, known_at, {_days_since("known_at")} as age_days, {_NO_MONEY}
            from rpt_quarantine, today where {_days_since("known_at")} < {_QUARANTINE_DAYS}""",  # noqa: S608 - our own texts
        grouped="""
            select feed, reason_code as rule, count(*)::bigint as records, max(file_name) as file_name,
                   min(reason) as reason, strftime(min(known_at), '%Y-%m-%d') as since
            from items group by feed, reason_code""",
        worst="records desc, feed, rule",
        columns=(
            Shown("feed", "Feed"),
            Shown("rule", "Rule"),
            Shown("records", "Records", "quantity"),
            Shown("file_name", "Latest file", width="medium"),
            Shown("reason", "For example", width="large"),
        ),
        link=Link("Set aside", "runs/page.py", (("section", "Set aside"),)),
        opens=("runs/page.py", (("feed", "feed"), ("rule", "rule"), ("since", "since"))),
        extra=(("section", "Set aside"),),
    ),
    _of_order_lines(
        name="late_backorders",
        title="Backorders past their promise",
        help="Order lines that wait for stock, and whose first promised day is over.",
        nothing="no promise is broken",
        items=_backorders("waiting.days_late", "waiting.days_late > 0"),
        columns=(
            Shown("order_id", "Order"),
            *_PRODUCT,
            Shown("qty_backordered", "Waiting", "quantity"),
            Shown("promised_date", "Now promised", "day"),
            Shown("age_days", "Days late", "quantity"),
            _VALUE,
        ),
        link=Link("Late", "orders/page.py", (("state", "late"),)),
    ),
    _of_order_lines(
        name="unsupplied",
        title="Backorders that nothing ends",
        help="No stock elsewhere, no substitute, no supply that is not promised already: it has to be ordered.",
        nothing="every backorder has a way out",
        items=_backorders(_days_since("waiting.placed_at"), "waiting.next_step = 'order_supply'"),
        columns=(
            Shown("order_id", "Order"),
            *_PRODUCT,
            Shown("qty_backordered", "Waiting", "quantity"),
            _DAYS,
            _VALUE,
        ),
        link=Link("To order", "replenishment/page.py", (("unsupplied", "true"), ("kind", "Buy"))),
        opens=("replenishment/page.py", (("find", "sku"),)),
        extra=(("unsupplied", "true"),),
    ),
    _of_order_lines(
        name="held",
        title="Held order lines",
        help="Nobody ships them until the hold ends.",
        nothing="no line is held",
        items=f"""
            select order_id, sku, qty_held, waits_for, hold_reason,
                   {_days_since("coalesce(held_at, placed_at)")} as age_days,
                   (qty_held * unit_price_minor)::bigint as value_minor, currency
            from fct_order_lines, today where qty_held > 0""",  # noqa: S608 - our own texts
        columns=(
            Shown("order_id", "Order"),
            Shown("sku", "SKU"),
            Shown("qty_held", "Held", "quantity"),
            Shown("waits_for", "Waits for", "code"),
            Shown("hold_reason", "Why", width="medium"),
            _DAYS,
            _VALUE,
        ),
        link=Link("Held", "orders/page.py", (("state", "held"),)),
    ),
    Worklist(
        name="at_risk",
        title="Stock that runs out before an order placed today would come",
        unit="position",
        help="The lead time's mean demand exceeds what is free and what comes within it. Money: sales at list price.",
        nothing="no stock runs out within its lead time",
        items=f"""
            select *, null::bigint as age_days, qty_free / nullif(qty_demand / lead_time_days, 0) as days_left
            from ({AT_RISK})""",  # noqa: S608 - our own texts
        worst="abc_class, value_minor desc, sku, location_id",
        columns=(
            *_PRODUCT,
            Shown("abc_class", "Class", width=60),
            Shown("location_id", "Location"),
            Shown("qty_free", "Free", "quantity", "On hand, less reserved and in doubt."),
            Shown("days_left", "Lasts, days", "number"),
            Shown("lead_time_days", "Lead time, days", "quantity"),
            Shown("qty_short", "Short", "quantity"),
            Shown("value_minor", "At stake", "money"),
        ),
        link=Link("At risk", "inventory/page.py", (("state", "at risk"),)),
        opens=_POSITION,
        money_is="of sales at stake",
    ),
    Worklist(
        name="overdue_supply",
        title="Our own orders that nobody has answered",
        unit="line",
        help="Purchase orders and transfers of ours that no feed has named until their date and the patience after it. "
        "Ask the partner; the document can be sent again.",
        nothing="every order of ours is known to its supplier",
        items="""
            select export_id, order_ref, partner_id, sku, location_id, quantity, expected_date,
                   today.day - expected_date as age_days, value_minor, currency
            from fct_supply_orders, today where supply_state = 'overdue'""",
        worst="age_days desc, value_minor desc, order_ref",
        columns=(
            Shown("order_ref", "Order"),
            Shown("partner_id", "Of"),
            Shown("sku", "SKU"),
            Shown("location_id", "For"),
            Shown("quantity", "Units", "quantity"),
            Shown("expected_date", "Expected", "day"),
            _VALUE,
        ),
        link=_all_of("select * from fct_supply_orders where supply_state = 'overdue' order by expected_date"),
        opens=("documents/page.py", (("document", "export_id"),)),
        money_is="at cost",
    ),
    Worklist(
        name="cut_supply",
        title="Purchases that come less or later than ordered",
        unit="line",
        help="Still to come, of which their supplier promised or shipped less, or for a later day; or refused in the "
        f"last {REFUSED_DAYS} days. What comes no more is proposed again.",
        nothing="suppliers promise what was ordered",
        items=f"select *, {_days_since('confirmed_at')} as age_days from ({CUT_SUPPLY}), today",  # noqa: S608 - our own texts
        worst="qty_missing > 0 desc, value_minor desc, order_ref, sku",
        columns=(
            Shown("order_ref", "Order"),
            Shown("partner_id", "Of"),
            Shown("sku", "SKU"),
            Shown("location_id", "For"),
            Shown("quantity", "Asked", "quantity"),
            Shown("expected_date", "Asked by", "day"),
            Shown("qty_promised", "Promised", "quantity"),
            Shown("promised_date", "Promised by", "day"),
            Shown("qty_shipped", "Shipped", "quantity"),
            Shown("arrival_date", "To be here", "day"),
            Shown("qty_received", "Received", "quantity"),
            _VALUE,
        ),
        link=_all_of(CUT_SUPPLY),
        opens=("documents/page.py", (("document", "export_id"),)),
        money_is="at cost",
    ),
    Worklist(
        name="counts",
        title="Counts that disagree",
        unit="count",
        help="Count, ledger and reservations of a SKU at a location differ, and no late file explains it.",
        nothing="every count agrees",
        items=f"""
            select reconciled.sku, product.description, location_id, replace(cause, '_', ' ') as cause, qty_difference,
                   age_days, abs(difference_minor)::bigint as value_minor, reconciled.currency
            from fct_stock_reconciliation as reconciled left join dim_product as product using (sku)
            where cause not in {SETTLED}""",  # noqa: S608 - our own texts
        worst="value_minor desc, age_days desc, sku, location_id",
        columns=(
            *_PRODUCT,
            Shown("location_id", "Location"),
            Shown("cause", "Cause"),
            Shown("qty_difference", "Differs by", "quantity"),
            _DAYS,
            Shown("value_minor", "Differs by", "money"),
        ),
        link=Link("Counts", "inventory/page.py", (("view", "Counts"),)),
        opens=_POSITION,
        money_is="at cost",
    ),
    Worklist(
        name="uncleared",
        title="Goods that have left and not arrived",
        unit="row",
        help="In transit, blocked, reserved, due of a supplier or held after a count for longer than `clearing_days` "
        "allows.",
        nothing="every flow clears in time",
        items="""
            select account, cause, cleared.sku, product.description, location_id, qty_overdue, since_date, oldest_ref,
                   age_days, abs(value_minor)::bigint as value_minor, cleared.currency
            from (
                select * replace (replace(account, '_', ' ') as account, replace(cause, '_', ' ') as cause)
                from rpt_clearing where is_overdue) as cleared
            left join dim_product as product using (sku)""",
        worst="age_days desc, value_minor desc, account, sku, location_id",
        columns=(
            Shown("account", "Lies"),
            Shown("cause", "Because"),
            *_PRODUCT,
            Shown("location_id", "For"),
            Shown("qty_overdue", "Units", "quantity"),
            Shown("since_date", "Since", "day"),
            Shown("oldest_ref", "The oldest", width="medium"),
            _VALUE,
        ),
        link=_all_of("select * from rpt_clearing where is_overdue order by age_days desc"),
        opens=_POSITION,
        money_is="at cost",
    ),
    Worklist(
        name="unknown_facts",
        title="Facts of orders that nobody has placed",
        unit="fact",
        help="Shipments, deliveries and the like of a line that no channel has stated, and what a supplier confirms of "
        "no order to it; they join it when it comes.",
        nothing="every fact has its order",
        items=f"""
            select *, {_days_since("known_at")} as age_days, {_NO_MONEY}
            from ({UNKNOWN_FACTS}), today""",  # noqa: S608 - our own texts
        worst="age_days desc, order_line_id",
        columns=(
            Shown("fact_type", "What"),
            Shown("order_line_id", "Order line", width="medium"),
            Shown("quantity", "Units", "quantity"),
            Shown("effective_at", "Happened", "instant"),
            _DAYS,
        ),
        link=_all_of(f"{UNKNOWN_FACTS} order by known_at"),
    ),
    Worklist(
        name="alarms",
        title="Alarms of the forecast",
        unit="alarm",
        help="Drift, bias, thin coverage, or a challenger that would have lost less, in the newest week of back-tests; "
        "a place of which nothing was heard on days on which it sells (silence).",
        nothing="the forecast keeps to its limits",
        items=f"""
            select kind, segment, origin_date, value, limit_value, today.day - origin_date as age_days, {_NO_MONEY}
            from rpt_forecast_alarms, today""",  # noqa: S608 - our own texts
        worst="segment = 'all' desc, segment, kind",
        columns=(
            Shown("kind", "Alarm"),
            Shown("segment", "Segment"),
            Shown("value", "Figure", "decimal"),
            Shown("limit_value", "Limit", "decimal"),
            Shown("origin_date", "Tested after", "day"),
        ),
        link=Link("Forecasts", "runs/page.py", (("section", "Forecasts"),)),
    ),
    Worklist(
        name="idle_overrides",
        title="Overrides of the forecast that cover nothing",
        unit="override",
        help="They name a SKU, a location or a category that there is not, and change nothing as long as they do. "
        "State the same `override_ref` again, rightly or as `withdrawn`: a file in `inbox/forecast_overrides`.",
        nothing="every override covers something",
        items=f"""
            select override_ref, kind, sku, location_id, category, last_date, reason,
                   {_days_since("known_at")} as age_days, {_NO_MONEY}
            from ({_IDLE}), today""",  # noqa: S608 - our own texts
        worst="age_days desc, override_ref",
        columns=(
            Shown("override_ref", "Override"),
            Shown("kind", "What"),
            Shown("sku", "SKU"),
            Shown("location_id", "Location"),
            Shown("category", "Category"),
            Shown("last_date", "Until", "day"),
            Shown("reason", "Why", width="medium"),
        ),
        link=_all_of(f"{_IDLE} order by override_ref"),
    ),
)
