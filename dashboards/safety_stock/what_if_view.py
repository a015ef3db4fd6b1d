"""What a change of policy would do, and saving it. Belongs here: what the views that change a policy share.

Does not belong here: choosing the change (`change_view`, `versions_view`), reckoning it (`policy`), reviewing it
(`review_view`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import clicks, table
from dashboards.parts import format as fmt
from dashboards.parts.clicks import Outcome
from dashboards.parts.table import Shown
from dashboards.safety_stock import drafts
from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.assortment import assortment_of
from dashboards.safety_stock.drafts import Draft
from dashboards.settings import Settings, now
from dashboards.shell import frame, signing, signing_view
from dashboards.shell.frame import Opened
from dashboards.source import Source
from oms_core.store.operations import (
    InvalidPolicyError,
    Policy,
    PolicyChange,
    ReviewRefused,
    StalePolicy,
    StoreUnavailableError,
    Submission,
)
from oms_core.store.operations.submissions import WAITING
from oms_core.store.published.snapshots import published_as_of

_CHANGED_SHOWN = 200

_CHANGED = (
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
    Shown("terms_set_before", "Terms set now"),
    Shown("terms_set", "Terms set then"),
)
#: Where what came of a command waits to be told.
OUTCOME = "policy-outcome"
#: The name under which a draft is saved: it is kept where somebody else was first, and dropped once it is saved.
DRAFT = "change"


def show_effect(opened: Opened, policy: Policy, changes: Sequence[PolicyChange], name: str = "what-if") -> None:
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
    st.caption(
        f"{len(changed):,} series change, the largest change of money first; {_CHANGED_SHOWN} are shown at most."
    )
    shown = table.narrowed(changed, _CHANGED, name)[:_CHANGED_SHOWN]
    table.show(shown, _CHANGED, name=name, download=lambda: changed, height=table.tall(shown, 320))


def show_save(opened: Opened, policy: Policy, changes: Sequence[PolicyChange], name: str) -> None:
    """Why, from which day, and the button. It saves exactly what was shown, on the version it was shown against."""
    store = frame.open_store(opened.settings)
    is_reviewed = store is not None and store.is_policy_reviewed()
    with st.form(f"save-{name}", border=True):
        row = st.container(horizontal=True)
        row.text_input("Why", key=f"reason-{name}", max_chars=500, placeholder="what a colleague will want to know")
        row.date_input(
            "From", value=None, min_value=opened.source.manifest.as_of.date(), format="YYYY-MM-DD", key=f"from-{name}",
            width=170,
            help="The business day of the first run that uses it; empty: the next run.",
        )  # fmt: skip
        st.form_submit_button(
            "Submit for review" if is_reviewed else f"Save as version {policy.version + 1}",
            type="primary",
            disabled=not signing_view.may("policy.submit"),
            on_click=_save.click(opened.settings, tuple(changes), policy.version, name),
        )


@clicks.once(OUTCOME)
def _save(settings: Settings, changes: tuple[PolicyChange, ...], base_version: int, name: str) -> Outcome:
    """The command. `base_version` is that of the page the planner saw, not what is stored by now."""
    reason = str(st.session_state.get(f"reason-{name}", ""))
    if not reason.strip():
        return Outcome(refused=("Nothing is saved yet: a reason please.",))
    store = frame.open_store(settings)
    if store is None:
        return Outcome()
    try:
        actor, day = signing.who(settings, store).actor, st.session_state.get(f"from-{name}")
        if store.is_policy_reviewed() or day is not None:
            one = store.submit_policy(changes, actor, reason, now(), base_version, day)
            told = _submitted(one, published_as_of(settings.published))
        else:
            saved = store.save_policy(changes, actor, reason, now(), base_version)
            told = f"**Version {saved.version} is saved.** The next run uses it."
    except (StalePolicy, InvalidPolicyError, ReviewRefused, StoreUnavailableError, *signing.REFUSALS) as error:
        if isinstance(error, StalePolicy) and name == DRAFT:
            drafts.keep(Draft(store.policy_version(base_version), changes).onto(store.current_policy()))
        return Outcome(refused=(f"Nothing was saved. {fmt.plain(str(error))}",))
    return Outcome(done=(told,), then=partial(_begin_anew, name))


def _begin_anew(name: str) -> None:
    """What was typed for one change is not there for the next."""
    st.session_state.update({f"reason-{name}": "", f"from-{name}": None})
    if name == DRAFT:
        drafts.begin_anew()


def from_when(one: Submission, last_run: datetime | None) -> str:
    """From when a change applies, in words. A day that went by before it was approved is its next run's."""
    day = one.day_to_come(last_run)
    over = "" if day or not one.applies_from else f" ({fmt.day(one.applies_from)} is over)"
    return f"from {fmt.day(day)}" if day else f"from the next run{over}"


def _submitted(one: Submission, last_run: datetime | None) -> str:
    day = from_when(one, last_run)
    if one.state == WAITING:
        return (
            f"**Change {one.submission_number} waits for review.** Once a second person approves it, it applies {day}."
        )
    return f"**Change {one.submission_number} is noted.** It applies {day}."


def show_totals(effect: pol.Effect) -> None:
    """Units, money, service and fill rate in one currency, before and after."""
    note: dict[str, Any] = {"delta_color": "off", "border": True, "width": 187}
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
