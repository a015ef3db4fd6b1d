"""The ledger behind one position: the two time axes, and every posting. Belongs here: their look.

Does not belong here: the figures (`ledger`), replays of the whole warehouse (`oms query --as-of`).
"""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.inventory import charts, ledger
from dashboards.parts import figures, table
from dashboards.parts import format as fmt
from dashboards.parts.figures import Figure
from dashboards.parts.table import Shown
from dashboards.source import Source

HISTORY_DAYS = 90
_DEFAULT_DAYS_AGO = 7

_POSTINGS = (
    Shown("effective_at", "Happened", "instant", "When it was true in the world."),
    Shown("movement_kind", "Movement", "code"),
    Shown("quantity", "Units", "quantity", "Into the stock; negative, out of it."),
    Shown("qty_balance", "Balance after", "quantity", "On hand after it, in the order in which things happened."),
    Shown("reference", "Reference", width=230, help="Order line, purchase order, or reason."),
    Shown("known_at", "Known", "instant", "When we learnt it."),
    Shown("file_name", "File", width=230),
    Shown("row_number", "Row", "quantity"),
)


def show(source: Source, sku: str, location_id: str, position: dict[str, Any]) -> None:
    """Stock as of an instant on both axes, what explains their difference, and all postings."""
    rows = source.frame(ledger.postings(sku, location_id))
    _as_of(source, rows, position)
    _postings(source, rows, position)


def _as_of(source: Source, rows: pd.DataFrame, position: dict[str, Any]) -> None:
    """Both axes at an instant that is asked for."""
    st.subheader("As of another time", anchor=False)
    as_of = source.manifest.as_of
    default = datetime.combine(as_of.date() - timedelta(days=_DEFAULT_DAYS_AGO), time(23, 45))
    chosen = st.datetime_input(
        "Instant, UTC", default, max_value=as_of.replace(tzinfo=None), key="asof", bind="query-params",
        format="YYYY-MM-DD", width=240,
    )  # fmt: skip
    instant = (chosen or default).replace(tzinfo=UTC)
    balances = ledger.balances(rows, instant, as_of)
    _axes(balances, instant, position)
    days = ledger.both_axes(rows, as_of.date(), HISTORY_DAYS)
    title = f"On hand at the end of each day, UTC, {HISTORY_DAYS} days"
    st.vega_lite_chart(charts.both_axes(days, pd.Timestamp(instant.replace(tzinfo=None)), title), alt=title)
    _late(rows, instant, balances["late_count"])
    # What is closed is not made: to colour a command a browser loads more code than for all else here.
    box = st.expander("The whole warehouse as of then", key="replays", on_change="rerun", bind="query-params")
    if not box.open:
        return
    with box:
        st.caption("This page reckons one SKU at one location. All tables as of an instant, on the command line:")
        commands = replays(position["sku"], position["location_id"], instant)
        st.code("\n".join(commands), language="bash", wrap_lines=True)


def _axes(balances: dict[str, int], instant: datetime, position: dict[str, Any]) -> None:
    figures.show(
        (
            Figure(
                "What we knew then",
                fmt.quantity(balances["qty_known"]),
                fmt.instant(instant),
                "Postings that had happened and were known by then: what a run of that instant took the stock to be.",
            ),
            Figure(
                "What was true then",
                fmt.quantity(balances["qty_true"]),
                _moved(balances["qty_late"], balances["late_count"], "known later"),
                "Postings that had happened by then, whenever we learnt of them.",
            ),
            Figure(
                "What is true now",
                fmt.quantity(position["qty_on_hand"]),
                _moved(balances["qty_since"], balances["since_count"], "since then"),
                "On hand in this snapshot.",
            ),
        ),
        width=222,
    )


def _moved(units: int, count: int, when: str) -> str:
    return f"{fmt.change(units)} by {_postings_of(count)} {when}" if count else f"nothing {when}"


def _postings_of(count: int) -> str:
    return fmt.counted(count, "posting")


def _late(rows: pd.DataFrame, instant: datetime, count: int) -> None:
    if not count:
        st.caption("All that had happened by then was known by then: both are the same.")
        return
    st.markdown(f"**Why they differ: {_postings_of(count)} had happened by then and came to be known later**")
    late = table.narrowed(ledger.late(rows, instant), _POSTINGS, "late")
    table.show(late, _POSTINGS, name="late-postings")


def _postings(source: Source, rows: pd.DataFrame, position: dict[str, Any]) -> None:
    st.subheader("The postings behind the number", anchor=False)
    if rows.empty:
        st.caption("Nothing has ever moved: it is only expected here.")
        return
    st.caption(f"{_postings_of(len(rows))}, the latest first; their sum is what is on hand. The download has all.")
    whole = ledger.postings(position["sku"], position["location_id"], "*")
    every = lambda: source.fresh(whole)  # noqa: E731 - made when it is asked for
    shown = table.narrowed(rows, _POSTINGS, "posting")
    table.show(shown, _POSTINGS, name="postings", download=every, height=table.tall(shown, 420))


def replays(sku: str, location_id: str, instant: datetime) -> tuple[str, str]:
    """The commands that replay the log: as known at an instant, and as true at it."""
    values = ", ".join("'" + value.replace("'", "''") + "'" for value in (sku, location_id))
    sql = shlex.quote(f"select * from fct_inventory_position where (sku, location_id) = ({values})")  # noqa: S608 - shown, not run
    when = f"{instant:%Y-%m-%dT%H:%MZ}"
    return f"oms query --as-of {when} {sql}", f"oms query --effective {when} {sql}"
