"""What a change of policy would do, and saving it. Belongs here: what the views that change a policy share.

Does not belong here: choosing the change (`change_view`, `versions_view`), reckoning it (`policy`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from dashboards import frame, table
from dashboards.frame import Opened
from dashboards.safety_stock import drafts
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.assortment import assortment_of
from dashboards.settings import Settings, now
from dashboards.source import Source
from dashboards.table import Shown
from oms_core.store.operations import InvalidPolicyError, Policy, PolicyChange, StalePolicy, StoreUnavailableError

CHANGED_SHOWN = 200

CHANGED = (
    Shown("sku", "SKU"),
    Shown("location_id", "Location"),
    Shown("service_level_target_before", "Target now", "share"),
    Shown("service_level_target", "Target then", "share"),
    Shown("lead_time_days_mean_before", "Lead time now", "number"),
    Shown("lead_time_days_mean", "Lead time then", "number"),
    Shown("qty_safety_stock_before", "Safety stock now", "quantity"),
    Shown("qty_safety_stock", "Then", "quantity"),
    Shown("qty_safety_stock_change", "Change", "quantity"),
    Shown("investment_minor_change", "Change", "money"),
    Shown("service_level_expected_before", "Expected now", "share"),
    Shown("service_level_expected", "Expected then", "share"),
    Shown("fill_rate_expected_before", "Fill rate now", "share"),
    Shown("fill_rate_expected", "Fill rate then", "share"),
)
_OUTCOME = "policy-outcome"


def show_effect(opened: Opened, policy: Policy, changes: Sequence[PolicyChange]) -> None:
    """Units, money and expected service before and after, and the series that change."""
    result = compared(opened.source, policy, changes)
    st.markdown(f"**What it would do** · {fmt.plain(pol.described(changes, policy))}")
    if result.empty:
        st.info("No series is covered by that: it changes nothing that is kept today.")
        return
    for effect in pol.effects(result):
        show_totals(effect)
    changed = pol.changed_only(result)
    if changed.empty:
        st.caption("Every level stays as it is: quantities are whole, and the present ones reach the new target.")
        return
    st.caption(f"{len(changed):,} series change, the largest change of money first; {CHANGED_SHOWN} are shown at most.")
    table.show(changed.head(CHANGED_SHOWN), CHANGED, name="what-if", download=lambda: changed, height=320)


def show_save(opened: Opened, policy: Policy, changes: Sequence[PolicyChange], name: str) -> None:
    """Who and why, and the button. It saves exactly what was shown, on top of the version it was shown against."""
    with st.form(f"save-{name}", border=True):
        author, reason = st.columns([1, 2])
        author.text_input("Your name", key=f"author-{name}", max_chars=100)
        reason.text_input("Why", key=f"reason-{name}", max_chars=500, placeholder="what a colleague will want to know")
        st.form_submit_button(
            f"Save as version {policy.version + 1}",
            type="primary",
            on_click=_save,
            args=(opened.settings, tuple(changes), policy.version, name),
        )


def tell_outcome() -> None:
    """What came of the last save, once."""
    outcome = st.session_state.pop(_OUTCOME, None)
    if outcome:
        kind, text = outcome
        {"saved": st.success, "refused": st.warning}[kind](text)


def _save(settings: Settings, changes: tuple[PolicyChange, ...], base_version: int, name: str) -> None:
    """The command. `base_version` is that of the page the planner saw, not what is stored by now."""
    author, reason = (str(st.session_state.get(f"{field}-{name}", "")) for field in ("author", "reason"))
    missing = [label for label, text in (("your name", author), ("a reason", reason)) if not text.strip()]
    if missing:
        st.session_state[_OUTCOME] = ("refused", f"Nothing is saved yet: {' and '.join(missing)} please.")
        return
    store = frame.open_store(settings)
    if store is None:
        return
    try:
        saved = store.save_policy(changes, author, reason, now(), base_version)
    except (StalePolicy, InvalidPolicyError, StoreUnavailableError) as error:
        st.session_state[_OUTCOME] = ("refused", f"Nothing was saved. {fmt.plain(str(error))}")
        return
    if name == "change":
        drafts.drop()
    st.session_state[_OUTCOME] = ("saved", f"**Version {saved.version} is saved.** The next run uses it.")


def show_totals(effect: pol.Effect) -> None:
    """Units, money, service and fill rate in one currency, before and after."""
    note: dict[str, Any] = {"delta_color": "off", "border": True, "width": 190}
    # Side by side as far as they fit: a tablet takes more lines.
    with st.container(horizontal=True):
        st.metric(
            "Safety stock, units", fmt.quantity(effect.units_after), fmt.change(effect.units_change), **note,
            help=f"{fmt.quantity(effect.units_before)} now.",
        )  # fmt: skip
        st.metric(
            "Safety stock at cost",
            fmt.money(effect.minor_after, effect.currency),
            fmt.money_change(effect.minor_change, effect.currency),
            **note,
            help=f"{fmt.money(effect.minor_before, effect.currency)} now.",
        )
        for label, before, after in (
            ("Expected service", effect.service_before, effect.service_after),
            ("Expected fill rate", effect.fill_before, effect.fill_after),
        ):
            points = f"{(after - before) * 100:+.2f} points" if before is not None and after is not None else None
            st.metric(
                label, fmt.share(after, 2), points, **note,
                help=f"{fmt.share(before, 2)} now; series weighted by their mean demand.",
            )  # fmt: skip
        st.metric(
            "Series that change", fmt.quantity(effect.series_changed), f"of {effect.series:,} covered",
            delta_arrow="off", **note,
        )  # fmt: skip


def compared(source: Source, policy: Policy, changes: Sequence[PolicyChange]) -> pd.DataFrame:
    """What `policy.compared` says of every series that the changes can touch; kept by what it was asked."""
    changes = tuple(changes)
    asked = hashlib.sha256(repr((policy.version, policy.rules, changes)).encode()).hexdigest()
    return _cached(source, policy, changes, asked, source.snapshot.snapshot_id)


def _reckon(
    _source: Source,
    _policy: Policy,
    _changes: tuple[PolicyChange, ...],
    asked: str,  # noqa: ARG001 - the cache's key, with the snapshot's id: thousands of changes are slow to hash
    snapshot_id: str,  # noqa: ARG001
) -> pd.DataFrame:
    whole = assortment_of(_source)
    levels = whole.levels[pol.touched(whole.levels, _changes)]
    if levels.empty:
        return pd.DataFrame(levels)
    return pol.compared(levels, whole.grid, pol.rules_after(_policy), pol.rules_after(_policy, _changes))


_cached: Callable[[Source, Policy, tuple[PolicyChange, ...], str, str], pd.DataFrame] = st.cache_data(
    max_entries=30, show_spinner="Reckoning the levels …"
)(_reckon)
