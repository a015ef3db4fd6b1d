"""What the orders page asks of the snapshot.

Belongs here: the search and the queries on one order. Does not belong here: their look (`page`, `charts`).
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.parts.search import Conditions, in_order, page_of
from dashboards.source import Query
from oms_core.orders.lifecycle import EventType

SHIPPING = Query("select location_id from dim_location where ships_orders order by location_id")
REGIONS = Query("select distinct region from dim_location order by region")
CHANNELS = Query("select channel_id, name from dim_channel order by channel_id")

#: What a planner looks for, and the rows that are it. `backordered` is no state of an order but of its units;
#: `late`: of those, past their promise.
STATES = {
    "open": "order_state in ('open', 'held')",
    "backordered": "qty_backordered > 0",
    "late": "order_id in (select order_id from fct_backorders where days_late > 0)",
    "held": "qty_held > 0",
    "fulfilled": "order_state = 'fulfilled'",
    "cancelled": "order_state = 'cancelled'",
    "returned": "qty_returned > 0",
    "split": "location_count > 1",
}

_COLUMNS = """
    order_id, channel_id, order_ref, customer_key, ship_to_country, placed_at, line_count, order_state,
    qty_ordered, qty_fulfilled, qty_allocated, qty_backordered, qty_held, qty_cancelled, qty_returned, location_count,
    net_minor, currency"""

#: What the text may be, and the orders of which it is that.
FINDS = {
    "order": "contains(lower(order_ref), lower(?)) or order_id = ?",
    "customer": "customer_key = ?",
    "SKU": "order_id in (select order_id from fct_order_lines where lower(sku) = lower(?))",
    "tracking": "order_id in (select order_id from fct_order_events where contains(lower(tracking_ref), lower(?)))",
    "document": "order_id in (select order_id from fct_exports where starts_with(export_id, lower(?)) or wave = ?)",
    # A location's own number of the shipment, and who states a delivery its own of that.
    "shipment": """order_id in (
        select order_id from fct_order_events where event_type in ('packed', 'shipped', 'delivered')
        and contains(lower(substr(event_id, length(order_line_id) + length(event_type) + 3)), lower(?)))""",
    "ship-to": """lower(ship_to_country) = lower(?)
        or order_id in (select order_id from fct_order_lines where lower(ship_to_region) = lower(?))""",
}
#: Looked through where nothing is said: what is found at once however many orders there are.
_ANYWHERE = ("order", "customer", "SKU", "document", "tracking")


@dataclass(frozen=True)
class Search:
    """What is looked for: text, looked for in what `by` says (a key of `FINDS`), else in what is quick to look through;
    a state of `STATES`; a channel."""

    find: str = ""
    by: str | None = None
    state: str | None = None
    channel: str | None = None

    @property
    def conditions(self) -> Conditions:
        """The search as SQL; whatever a user typed is a parameter."""
        found = Conditions()
        text = self.find.strip()
        named = [FINDS[name] for name in ([self.by] if self.by else _ANYWHERE)]
        if text:
            found = found.also(f"({' or '.join(named)})", *[text] * sum(one.count("?") for one in named))
        if self.state:
            found = found.also(STATES[self.state])
        return found.also("channel_id = ?", self.channel) if self.channel else found


def first_view() -> tuple[Query, ...]:
    """What the search asks when it is opened."""
    every = Search()
    return CHANNELS, count(every), page_of(in_order(all_of(every), next(iter(ORDERS.values()))), 0)


def count(search: Search) -> Query:
    """How many orders the search finds."""
    where = search.conditions
    return Query(f"select count(*)::bigint as orders from fct_orders {where.where}", where.parameters)  # noqa: S608


#: How they may be ordered beside by their columns.
ORDERS = {"latest placed": "placed_at desc, order_id"}


def all_of(search: Search) -> Query:
    """All orders found."""
    where = search.conditions
    return Query(f"select {_COLUMNS} from fct_orders {where.where}", where.parameters)  # noqa: S608


def order(order_id: str) -> Query:
    """The order itself, with its channel's name; no row where there is none."""
    return Query(
        """
    select o.*, coalesce(c.name, o.channel_id) as channel_name
    from fct_orders as o left join dim_channel as c using (channel_id) where order_id = ?""",
        (order_id,),
    )


def lines(order_id: str) -> Query:
    """Its lines."""
    return Query(
        """
    select line_ref, sku, description, fulfilment_method, line_state, waits_for, promised_date, qty_ordered,
           qty_fulfilled, qty_allocated, qty_backordered, qty_held, hold_reason, qty_cancelled, qty_open, qty_returned,
           l.unit_price_minor, discount_minor, net_minor, l.currency, shipped_at
    from fct_order_lines as l left join dim_product using (sku) where order_id = ? order by line_ref""",
        (order_id,),
    )


def line_ids(order_id: str) -> Query:
    """Ids of its lines."""
    return Query("select order_line_id from fct_order_lines where order_id = ? order by line_ref", (order_id,))


def events(order_id: str) -> Query:
    """Its events, in the order in which they happened, each with the file and row that stated it."""
    return Query(
        """
    select e.effective_at, e.event_type, l.line_ref, l.sku, e.quantity, e.location_id,
           nullif(concat_ws('; ', e.reason, nullif(concat_ws(' ', e.carrier, e.tracking_ref), ''),
                            case when not e.is_possible then 'does not follow from what happened before' end), '')
               as reason,
           e.known_at, e.feed, f.file_name, e.row_number, e.file_sha256
    from fct_order_events as e
    join fct_order_lines as l using (order_line_id)
    left join rpt_feed_files as f on f.feed = e.feed and f.file_sha256 = e.file_sha256
    where e.order_id = ?
    order by e.effective_at, list_position(string_split(?, ','), e.event_type), l.line_ref, e.event_id""",
        (order_id, ",".join(EventType)),
    )


def shipments(order_id: str) -> Query:
    """What has left for it: from where, by whom and under which number, with the file and row that stated it."""
    return Query(
        """
    select e.effective_at, e.location_id, l.line_ref, l.sku, e.quantity, e.carrier, e.tracking_ref, e.reason,
           e.known_at, e.feed, f.file_name, e.row_number
    from fct_order_events as e
    join fct_order_lines as l using (order_line_id)
    left join rpt_feed_files as f on f.feed = e.feed and f.file_sha256 = e.file_sha256
    where e.order_id = ? and e.event_type = 'shipped' order by e.effective_at, e.location_id, l.line_ref, e.event_id""",
        (order_id,),
    )


def decisions(order_id: str) -> Query:
    """Which location was chosen for what, and why; and what waits, and why."""
    return Query(
        """
    select allocated_at as decided_at, sku, 'allocated' as decision, location_id, qty_allocated as quantity,
           reason, run_id, decision_rank
    from fct_allocations where order_id = ?
    union all
    select backordered_at, sku, 'backordered', next_inbound_location_id, qty_backordered, reason, run_id, null
    from fct_backorders where order_id = ?
    order by decided_at, decision_rank, sku""",
        (order_id, order_id),
    )


def exports(order_id: str) -> Query:
    """Lines of export documents that ask a partner to ship it."""
    return Query(
        """
    select exported_at, partner_id, wave, revision, line_number, sku, qty_exported, qty_shipped,
           is_void, answer || coalesce(': ' || answer_reason, '') as answer, file_name, export_id
    from fct_exports where order_id = ? order by exported_at, export_id, line_number""",
        (order_id,),
    )


def lineage(order_id: str) -> Query:
    """The channel file and row that each line comes from."""
    return Query(
        """
    select l.order_line_id, line_ref, sku, l.feed, f.file_name, l.row_number, l.known_at, l.file_sha256
    from fct_order_lines as l
    left join rpt_feed_files as f on f.feed = l.feed and f.file_sha256 = l.file_sha256
    where order_id = ? order by line_ref""",
        (order_id,),
    )
