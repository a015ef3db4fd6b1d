"""The page of today. Belongs here: what it loads and how it looks. Does not belong here: its queries (`queries`), what
is work (`worklists`, `work`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import streamlit as st

from dashboards import charts, figures, frame, table
from dashboards import format as fmt
from dashboards.figures import Figure
from dashboards.frame import Opened
from dashboards.settings import Settings, now
from dashboards.source import Source
from dashboards.today import queries, work
from dashboards.today.work import Work
from oms_core.fulfilment.partners import Partners, PartnersError, read_partners
from oms_core.store.operations import OperationsStore

WEEKS = {"13 weeks": 13, "26 weeks": 26, "1 year": 52}


def show() -> None:
    """What needs a person, how the network stands, how it went."""
    opened = frame.open_page("Today", "What needs a person now; how the network stands, and how it went.")
    _work(opened)
    st.subheader("How it stands", anchor=False)
    _figures(opened.source)
    st.subheader("How it went", anchor=False)
    # By themselves: another period draws the charts anew and nothing else.
    alone: Callable[[Source], None] = st.fragment(_trends)
    alone(opened.source)


def _work(opened: Opened) -> None:
    works = work.by_urgency([*_from_the_store(opened), *work.from_snapshot(opened.source)])
    waiting = [one for one in works if one.count]
    if not waiting:
        st.success("Nothing waits for a person.", icon=":material/check:")
    for position, one in enumerate(waiting):
        _one(one, is_open=position == 0)
    quiet = [one.nothing for one in works if not one.count]
    if quiet:
        st.caption(f":material/check: Nothing to do: {', '.join(quiet)}.")


def _from_the_store(opened: Opened) -> Iterator[Work]:
    """Runs, documents and proposals; nothing, after saying why, where the store cannot be opened."""
    store = frame.open_store(opened.settings)
    if store is None:
        return
    source, manifest = opened.source, opened.source.manifest
    yield work.failing_runs(store.runs(1), manifest.published_at, now())
    yield work.stuck_documents(store.stuck(_partners(opened.settings), now()), now())
    yield work.open_proposals(source, _decided(source, store), manifest.as_of.date())


def _decided(source: Source, store: OperationsStore) -> list[str]:
    plan = source.row(queries.PLAN)["run_id"]
    decisions = store.decisions(plan) if plan else []
    return [one.proposal.proposal_ref for one in decisions if one.state != "open"]


def _partners(settings: Settings) -> Partners:
    if not settings.partners.is_file():
        return Partners()
    try:
        return read_partners(settings.partners.read_text(encoding="utf-8"))
    except PartnersError as error:
        st.error(f"`partners.yaml`: {fmt.plain(str(error))}", icon=":material/error:")
        return Partners()


def _one(one: Work, *, is_open: bool) -> None:
    """Count, age and money; the worst few in it, and the page on which it can be mended beside."""
    listed, way = st.columns([4, 1.2], vertical_alignment="top")
    with way:
        if one.link:
            st.page_link(
                one.link.page,
                label=one.link.label,
                icon=":material/arrow_forward:",
                query_params=dict(one.link.parameters),
            )
        else:
            st.caption(f"`{one.command}`")
    with listed.expander(f"**{one.title}**: {fmt.plain(one.told)}", expanded=is_open):
        st.caption(one.help)
        key = f"work-{one.name}" if one.opens else None
        chosen = table.show(one.worst, one.columns, name=one.name, key=key, height="content")
        if one.opens and chosen is not None:
            page, parameters = one.opens
            wanted = {name: str(one.worst[column].iloc[chosen]) for name, column in parameters}
            st.switch_page(page, query_params={**dict(one.extra), **wanted})


_WHOM = "All of order lines to be sent or fetched; what is carried out of a store is left out."
_FILL_RATE = "Share of the units ordered and not cancelled that never waited for stock."
_OTIF = (
    "Share of the order lines due by now of which all that was not cancelled had left by the day that they were first "
    f"promised for; without a promise, within {queries.ON_TIME_HOURS} hours."
)
_CYCLE = "Median hours from placing to the last shipment, of the lines shipped in these days."


def _figures(source: Source) -> None:
    figures.show((*_service(source), *_stock(source), _forecast(source)), width=220)


def _service(source: Source) -> Iterator[Figure]:
    orders = {row["order_state"]: row["orders"] for row in source.rows(queries.ORDERS_BY_STATE)}
    waiting = source.row(queries.UNDONE)["qty_backordered"]
    yield Figure(
        "Orders not finished",
        fmt.quantity(orders.get("open", 0) + orders.get("held", 0)),
        f"{fmt.quantity(waiting)} units backordered",
        f"Of {fmt.quantity(sum(orders.values()))} orders; the others are fulfilled or cancelled.",
    )
    as_of, days = source.manifest.as_of, timedelta(days=queries.SERVICE_DAYS)
    spans = [(last - days + timedelta(days=1), last) for last in (as_of.date(), as_of.date() - days)]
    latest, before = (source.row(queries.service(*span, as_of)) for span in spans)
    told = f"{queries.SERVICE_DAYS} days; before {{}}"
    for label, name, written, meaning in (
        ("Fill rate", "fill_rate", fmt.share, _FILL_RATE),
        ("OTIF", "otif", fmt.share, _OTIF),
        ("Cycle time", "hours_to_ship", _hours, _CYCLE),
    ):
        yield Figure(label, written(latest[name]), told.format(written(before[name])), f"{meaning} {_WHOM}")


def _stock(source: Source) -> Iterator[Figure]:
    stock, safety = source.rows(queries.STOCK), source.rows(queries.SAFETY_STOCK)
    yield Figure(
        "Stock at cost",
        fmt.monies([(row["stock_value_minor"], row["currency"]) for row in stock], whole=True),
        f"{fmt.quantity(sum(row['qty_on_hand'] for row in stock))} units on hand",
    )
    yield Figure(
        "Safety stock at cost",
        fmt.monies([(row["investment_minor"], row["currency"]) for row in safety], whole=True),
        f"{fmt.quantity(sum(row['qty_safety_stock'] for row in safety))} units",
    )
    expected = source.row(queries.EXPECTED_SERVICE)
    yield Figure(
        "Expected service",
        fmt.share(expected["expected"]),
        f"target {fmt.share(expected['target'])}",
        "Probability that stock lasts through a protection interval, series weighted by their mean demand.",
    )


def _forecast(source: Source) -> Figure:
    score = queries.forecast_score(source.frame(queries.accuracy(source.manifest.run_id)))
    meaning = "Scaled pinball loss over all quantiles in the latest back-test; lower is better."
    if score is None:
        return Figure("Forecast error (SPL)", fmt.NOTHING, "no back-test yet", meaning)
    naive = f"{fmt.share(score.gain, 0)} below seasonal naive"
    return Figure("Forecast error (SPL)", f"{score.spl:.3f}", naive, f"{meaning} Model: {score.model}.")


def _hours(value: float | None) -> str:
    return fmt.NOTHING if value is None else f"{value:,.1f} h"


def _trends(source: Source) -> None:
    period = st.segmented_control(
        "Period",
        list(WEEKS),
        default="13 weeks",
        required=True,
        key="period",
        bind="query-params",
        label_visibility="collapsed",
    )
    weeks, as_of = WEEKS[period or "13 weeks"], source.manifest.as_of
    service = source.frame(queries.service_by_week(as_of, weeks))
    left, right = st.columns(2)
    for column, name, title, unit, colour in (
        (left, "fill_rate", "Fill rate, by week of the order", "% of units", charts.BLUE),
        (right, "otif", "OTIF, by week of the order", "% of lines due", charts.GREEN),
        (left, "hours_to_ship", "Cycle time, by week of the shipment", "hours, median", charts.ORANGE),
    ):
        is_rate = name != "hours_to_ship"
        chart = charts.by_day(service, name, title=title, unit=unit, colour=colour, fmt=",.1f", is_rate=is_rate)
        column.altair_chart(chart, alt=f"{title}, {unit}")
    with right:
        _stock_trend(source, as_of.date(), 7 * weeks)
    st.caption(f"**Fill rate.** {_FILL_RATE} **OTIF**, on time and in full. {_OTIF} **Cycle time.** {_CYCLE} {_WHOM}")


def _stock_trend(source: Source, as_of: date, days: int) -> None:
    currency = next((row["currency"] for row in source.rows(queries.STOCK)), "XXX")
    stock = source.frame(queries.stock_by_day(as_of, days, currency))
    stock = stock.assign(value=stock["stock_value_minor"].astype("Float64") / 10 ** fmt.minor_digits(currency))
    title = "Inventory value, at today's cost"
    st.altair_chart(charts.by_day(stock, "value", title=title, unit=currency, colour=charts.PURPLE), alt=title)


show()
