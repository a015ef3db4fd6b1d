"""The page of today. Belongs here: what it loads and how it looks. Does not belong here: its queries (`queries`), what
is work (`worklists`, `work`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd
import streamlit as st

from dashboards.parts import charts, figures, table
from dashboards.parts import format as fmt
from dashboards.parts.figures import Figure
from dashboards.settings import now
from dashboards.shell import frame, signing_view
from dashboards.shell.frame import Opened
from dashboards.source import Source, operations
from dashboards.today import queries, work
from dashboards.today.work import Work
from oms_core.contracts.marts.orders import ON_TIME_HOURS
from oms_core.money import minor_digits
from oms_core.store.held import held_files
from oms_core.store.operations import Decision, OperationsStore
from oms_core.store.operations.submissions import WAITING
from oms_core.store.operations.unreached import find_unreached
from oms_core.store.running import latest_runs

WEEKS = {"13 weeks": queries.FEWEST_WEEKS, "26 weeks": 26, "1 year": 52}


def show() -> None:
    """What needs a person, how the network stands, how it went."""
    opened = frame.open_page("Today", "What needs a person now; how the network stands, and how it went.")
    _work(opened)
    st.subheader("How it stands", anchor=False)
    _figures(opened.source)
    st.subheader("How it went", anchor=False)
    # By themselves: another period draws the charts anew and nothing else.
    signing_view.alone(_trends, opened.source)


def _work(opened: Opened) -> None:
    # The door to the pages has opened the store: who is here sees it.
    store = operations(opened.settings)
    works = work.by_urgency([*_from_the_home(opened, store), *work.from_snapshot(opened.source)])
    waiting = [one for one in works if one.count]
    if not waiting:
        st.success("Nothing waits for a person.", icon=":material/check:")
    for position, one in enumerate(waiting):
        _one(one, opened.source.snapshot.snapshot_id, is_open=position == 0)
    quiet = [one.kind.nothing for one in works if not one.count]
    if quiet:
        st.caption(f":material/check: Nothing to do: {', '.join(quiet)}.")


def _from_the_home(opened: Opened, store: OperationsStore) -> Iterator[Work]:
    """Runs, files, documents, reviews and proposals: what the store and the home know now."""
    source, manifest = opened.source, opened.source.manifest
    yield work.failing_runs(latest_runs(store, opened.settings.home, 2), manifest.published_at, now())
    partners = frame.partners(opened.settings)
    yield work.held_files(held_files(opened.settings.quarantine))
    yield work.unreached_partners(find_unreached(store.trail, partners), now())
    yield work.stuck_documents(store.stuck(partners, now()), partners, now())
    yield work.reviews(store.policy_submissions((WAITING,)), now())
    yield work.open_proposals(source, _decided(source, store), manifest.as_of.date())


def _decided(source: Source, store: OperationsStore) -> dict[str, Decision]:
    plan = source.row(queries.PLAN)["run_id"]
    decisions = store.decisions(plan) if plan else []
    return {one.proposal.proposal_ref: one for one in decisions if one.state != "open"}


def _one(one: Work, snapshot_id: str, *, is_open: bool) -> None:
    """Count, age and money; in it the worst few, and the page on which all of it can be mended."""
    kind = one.kind
    # What is closed is not made: a dozen grids and links take a browser longer than all else here.
    box = st.expander(
        f"**{kind.title}**: {fmt.plain(one.told)}",
        expanded=is_open,
        key=f"open-{kind.name}",
        on_change="rerun",
        bind="query-params",
    )
    if not box.open:
        return
    with box:
        words, way = st.columns([3, 1.2], vertical_alignment="center")
        words.caption(kind.help)
        way.page_link(
            kind.link.page,
            label=kind.link.label,
            icon=":material/arrow_forward:",
            query_params=dict(kind.link.parameters),
        )
        # Of another snapshot it is another grid: a click is on what was shown.
        key = f"work-{kind.name}-{snapshot_id}" if kind.opens else None
        if len(one.worst) == work.WORST < one.count:
            st.caption(f"The first {len(one.worst)}; the download has all.")
        chosen = table.show(one.worst, kind.columns, name=kind.name, key=key, height="content", download=one.every)
        if kind.opens and chosen is not None:
            page, parameters = kind.opens
            wanted = {name: str(one.worst[column].iloc[chosen]) for name, column in parameters}
            st.switch_page(page, query_params={**dict(kind.extra), **wanted})


_WHOM = "All of order lines to be sent or fetched; what is carried out of a store is left out."
_FILL_RATE = "Share of the units ordered and not cancelled that never waited for stock."
_OTIF = (
    "Share of the order lines due by now of which all that was not cancelled had left by the day that they were first "
    f"promised for; without a promise, within {ON_TIME_HOURS} hours."
)
_CYCLE = "Median hours from placing to the last shipment, of the lines shipped in these days."


def _figures(source: Source) -> None:
    figures.show((*_service(source), *_stock(source), _forecast(source)), width=222)


def _service(source: Source) -> Iterator[Figure]:
    orders = {row["order_state"]: row["orders"] for row in source.rows(queries.ORDERS_BY_STATE)}
    waiting = source.row(queries.UNDONE)["qty_backordered"]
    yield Figure(
        "Orders not finished",
        fmt.quantity(orders.get("open", 0) + orders.get("held", 0)),
        f"{fmt.quantity(waiting)} units backordered",
        f"Of {fmt.quantity(sum(orders.values()))} orders; the others are fulfilled or cancelled.",
    )
    days, cycles = _served(source)
    latest, before = (queries.service(days, cycles, source.manifest.as_of.date(), span) for span in (0, 1))
    told = f"{queries.SERVICE_DAYS} days; before {{}}"
    for label, name, written, meaning in (
        ("Fill rate", "fill_rate", fmt.share, _FILL_RATE),
        ("OTIF", "otif", fmt.share, _OTIF),
        ("Cycle time", "hours_to_ship", _hours, _CYCLE),
    ):
        yield Figure(label, written(latest[name]), told.format(written(before[name])), f"{meaning} {_WHOM}")


def _served(source: Source) -> tuple[pd.DataFrame, pd.DataFrame]:
    as_of = source.manifest.as_of
    return source.frame(queries.served_by_day(as_of)), source.frame(queries.cycle_times(as_of))


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
    expected, achieved = source.row(queries.EXPECTED_SERVICE), source.row(queries.ACHIEVED_SERVICE)["achieved"]
    yield Figure(
        "Expected service",
        fmt.share(expected["expected"]),
        f"target {fmt.share(expected['target'])}; achieved {fmt.share(achieved)}",
        "Probability that stock lasts through a protection interval, series weighted by their mean demand. Achieved: "
        "of the intervals of the last 182 days, those in which nobody had to wait and no sale is estimated to be lost.",
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
    period = frame.choose_view("Period", list(WEEKS), key="period")
    weeks, today = WEEKS[period], source.manifest.as_of.date()
    service = queries.service_by_week(*_served(source), today, weeks)
    left, right = st.columns(2)
    for column, name, title, unit, colour in (
        (left, "fill_rate", "Fill rate, by week of the order", "% of units", charts.BLUE),
        (right, "otif", "OTIF, by week of the order", "% of lines due", charts.GREEN),
        (left, "hours_to_ship", "Cycle time, by week of the shipment", "hours, median", charts.ORANGE),
    ):
        is_rate = name != "hours_to_ship"
        chart = charts.by_day(service, name, title=title, unit=unit, colour=colour, fmt=",.1f", is_rate=is_rate)
        column.vega_lite_chart(chart, alt=f"{title}, {unit}")
    with right:
        _stock_trend(source, today, weeks)
    st.caption(f"**Fill rate.** {_FILL_RATE} **OTIF**, on time and in full. {_OTIF} **Cycle time.** {_CYCLE} {_WHOM}")


def _stock_trend(source: Source, today: date, weeks: int) -> None:
    currency = next((row["currency"] for row in source.rows(queries.STOCK)), "XXX")
    stock = source.frame(queries.stock_by_week(today, weeks, currency))
    stock = stock.assign(value=stock["stock_value_minor"].astype("Float64") / 10 ** minor_digits(currency))
    title = "Inventory value at the end of the week, at today's cost"
    st.vega_lite_chart(charts.by_day(stock, "value", title=title, unit=currency, colour=charts.PURPLE), alt=title)


show()
