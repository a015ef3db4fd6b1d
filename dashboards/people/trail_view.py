"""The audit trail: found by who, what, subject and day; a row opens what it is about. Belongs here: its look.

Does not belong here: what is worth an entry, and who may read it (`oms_core.store.operations`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import format as fmt
from dashboards.parts import search, table
from dashboards.parts.table import Shown
from dashboards.shell import frame, signing
from oms_core.store.operations import Actor, Asked, AuditEntry, OperationsStore

TRAIL = (
    Shown("at", "When", "instant"),
    Shown("actor", "Who"),
    Shown("action", "What"),
    Shown("subject", "About", width="medium"),
    Shown("told", "How it changed", width="large"),
)
_SHOWN = 500
#: By kind of subject: the page that shows it, the parameter that names it there, and what goes with it.
_OPENS: dict[str, tuple[str, str, dict[str, str]]] = {
    "policy": ("safety_stock/page.py", "back_to", {"view": "Policy versions"}),
    "submission": ("safety_stock/page.py", "change", {"view": "Policy versions"}),
    "scenario": ("scenario/page.py", "scenario", {}),
    "export": ("documents/page.py", "document", {}),
}
_BOUND: dict[str, Any] = {"bind": "query-params"}


def show_trail(store: OperationsStore) -> None:
    """Filters, the latest entries that are like that, and what the chosen one is about."""
    actor = signing.admitted().actor
    asked = _asked(store, actor)
    count = store.trail.count(asked, actor)
    if not count:
        st.info("Nothing is on record that is like that.", icon=":material/history_toggle_off:")
        return
    rows = trail_table(store.trail.find(asked, actor, _SHOWN))
    more = f"; the latest {_SHOWN}, the download has all" if count > _SHOWN else ""
    st.caption(f"{fmt.counted(count, 'act')}{more}. Tick one to open what it is about.")
    every = lambda: trail_table(store.trail.find(asked, actor))  # noqa: E731 - made when it is asked for
    # Of another search, or after another act, it is another grid: a tick is of an entry, not of its place.
    key = f"trail-{hash((asked, count))}"
    chosen = table.show(rows, TRAIL, name="who-did-what", download=every, key=key, height=table.tall(rows))
    if chosen is not None:
        _open(str(rows["subject"].iloc[chosen]))


def trail_table(entries: Sequence[AuditEntry]) -> pd.DataFrame:
    """One row an entry, the latest first."""
    rows = [
        {"at": one.at, "actor": one.actor, "action": one.action, "subject": one.subject, "told": one.told}
        for one in entries
    ]
    return pd.DataFrame(rows, columns=[column.name for column in TRAIL])


def kinds(actions: Sequence[str]) -> list[str]:
    """What can be asked for: each kind of action, and each action."""
    return sorted({*actions, *(action.partition(".")[0] for action in actions)})


def _asked(store: OperationsStore, actor: Actor) -> Asked:
    who: str | None = actor.name
    if not actor.may("trail.read"):
        st.caption("What you did yourself; an administrator sees all.")
    any_of: dict[str, Any] = {"index": None, "placeholder": "any", "width": 170, **_BOUND}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if actor.may("trail.read"):
            who = st.selectbox("Who", search.still(store.trail.actors(actor), "who"), key="who", **any_of)
        what = st.selectbox("What", search.still(kinds(store.trail.actions()), "what"), key="what", **any_of)
        about = st.text_input("About", key="about", placeholder="part of it, such as policy:3", width=200, **_BOUND)
        since = st.date_input("From", None, key="since", format="YYYY-MM-DD", width=150, **_BOUND)
        until = st.date_input("Until", None, key="until", format="YYYY-MM-DD", width=150, **_BOUND)
    return Asked(who, what, about or "", _begin(since), _begin(until, timedelta(days=1)))


def _begin(day: date | None, later: timedelta = timedelta()) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC) + later


def _open(subject: str) -> None:
    kind, _, name = subject.partition(":")
    if kind == "user":
        frame.way_on(f"Open {fmt.plain(name)}", "Users", {"user": name})
        return
    if kind not in _OPENS:
        st.caption(f"No page shows {fmt.plain(subject)} by itself.")
        return
    page, parameter, more = _OPENS[kind]
    st.switch_page(page, query_params={parameter: name, **more})
