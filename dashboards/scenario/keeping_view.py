"""Keeping a draft under a name, taking it up again, withdrawing it. Belongs here: the forms and their commands."""

from __future__ import annotations

import streamlit as st

from dashboards.parts import clicks
from dashboards.parts import format as fmt
from dashboards.parts.clicks import Outcome
from dashboards.safety_stock import drafts
from dashboards.safety_stock.drafts import Draft
from dashboards.settings import Settings, now
from dashboards.shell import frame, signing, signing_view
from oms_core.store.operations import InvalidPolicyError, Scenario, StaleScenario, StoreUnavailableError

OUTCOME = "scenario-outcome"


def show_keep(settings: Settings, draft: Draft, kept: list[Scenario]) -> None:
    """The form that keeps the session's draft: under a new name, or in place of a scenario that is kept."""
    seen = {one.name: one.revision for one in kept}
    with st.form("keep-scenario", border=True):
        st.markdown(f"**Keep the draft of {fmt.counted(len(draft.changes), 'change')} as a scenario**")
        st.selectbox(
            "Name", list(seen), index=None, placeholder="a new name, or one to replace", accept_new_options=True,
            key="scenario-name",
        )  # fmt: skip
        may_keep = signing_view.may("scenarios.keep")
        st.form_submit_button("Keep it", on_click=_keep.click(settings, draft, seen), disabled=not may_keep)


def show_actions(settings: Settings, scenario: Scenario, draft: Draft) -> None:
    """Taking a scenario up as the session's draft, and withdrawing it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Take it up as my draft", icon=":material/edit:", on_click=_take_up.click(scenario.name, draft),
            disabled=not draft.changes, help="To change it and keep it again. A draft that you have is replaced.",
        )  # fmt: skip
        with st.popover("Withdraw it", icon=":material/delete:"):
            may_withdraw = signing_view.may("scenarios.keep")
            st.button(
                "Withdraw", on_click=_withdraw.click(settings, scenario), key="withdraw", disabled=not may_withdraw
            )


@clicks.once(OUTCOME)
def _keep(settings: Settings, draft: Draft, seen: dict[str, int]) -> Outcome:
    name = str(st.session_state.get("scenario-name") or "").strip()
    if not name:
        return Outcome(refused=("Nothing is kept yet: a name for it please.",))
    store = frame.open_store(settings)
    if store is None:
        return Outcome()
    try:
        actor = signing.who(settings, store).actor
        kept = store.scenarios.keep(name, draft.changes, actor, now(), draft.base.version, seen.get(name))
    except (StaleScenario, InvalidPolicyError, StoreUnavailableError, *signing.REFUSALS) as error:
        return Outcome(refused=(f"Nothing was kept. {fmt.plain(str(error))}",))
    return Outcome(done=(f"**{fmt.plain(kept.name)}** is kept; the draft is empty again.",), then=drafts.drop)


@clicks.once(OUTCOME)
def _take_up(name: str, draft: Draft) -> Outcome:
    told = f"The draft is now {fmt.plain(name)}: change it in *Safety stock · Draft*."
    return Outcome(done=(told,), then=lambda: drafts.keep(draft))


@clicks.once(OUTCOME)
def _withdraw(settings: Settings, scenario: Scenario) -> Outcome:
    store = frame.open_store(settings)
    if store is None:
        return Outcome()
    try:
        store.scenarios.withdraw(scenario, signing.who(settings, store).actor, now())
    except (StaleScenario, InvalidPolicyError, StoreUnavailableError, *signing.REFUSALS) as error:
        return Outcome(refused=(f"Nothing was withdrawn. {fmt.plain(str(error))}",))
    return Outcome(done=(f"{fmt.plain(scenario.name)} is withdrawn.",))
