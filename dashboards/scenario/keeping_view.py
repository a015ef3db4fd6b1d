"""Keeping a draft under a name, taking it up again, withdrawing it. Belongs here: the forms and their commands."""

from __future__ import annotations

import streamlit as st

from dashboards import clicks, frame, signing, signing_view
from dashboards import format as fmt
from dashboards.safety_stock import drafts
from dashboards.safety_stock.drafts import Draft
from dashboards.settings import Settings, now
from oms_core.store.operations import InvalidPolicyError, Scenario, StaleScenario, StoreUnavailableError

_OUTCOME = "scenario-outcome"


def tell_outcome() -> None:
    """What came of the last command, once."""
    outcome = st.session_state.pop(_OUTCOME, None)
    if outcome:
        kind, text = outcome
        {"done": st.success, "refused": st.warning}[kind](text)


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
        st.form_submit_button("Keep it", on_click=_keep, args=(settings, draft, seen), disabled=not may_keep)


def show_actions(settings: Settings, scenario: Scenario, draft: Draft) -> None:
    """Taking a scenario up as the session's draft, and withdrawing it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Take it up as my draft", icon=":material/edit:", on_click=_take_up, args=(scenario.name, draft),
            disabled=not draft.changes, help="To change it and keep it again. A draft that you have is replaced.",
        )  # fmt: skip
        with st.popover("Withdraw it", icon=":material/delete:"):
            may_withdraw = signing_view.may("scenarios.keep")
            st.button(
                "Withdraw", on_click=_withdraw, args=(settings, scenario), key="withdraw", disabled=not may_withdraw
            )


@clicks.once(_OUTCOME)
def _keep(settings: Settings, draft: Draft, seen: dict[str, int]) -> bool:
    name = str(st.session_state.get("scenario-name") or "").strip()
    if not name:
        st.session_state[_OUTCOME] = ("refused", "Nothing is kept yet: a name for it please.")
        return False
    store = frame.open_store(settings)
    if store is None:
        return False
    try:
        actor = signing.who(settings, store).actor
        kept = store.keep_scenario(name, draft.changes, actor, now(), draft.base.version, seen.get(name))
    except (StaleScenario, InvalidPolicyError, StoreUnavailableError, *signing.REFUSALS) as error:
        st.session_state[_OUTCOME] = ("refused", f"Nothing was kept. {fmt.plain(str(error))}")
        return False
    drafts.drop()
    st.session_state[_OUTCOME] = ("done", f"**{fmt.plain(kept.name)}** is kept; the draft is empty again.")
    return True


def _take_up(name: str, draft: Draft) -> None:
    drafts.keep(draft)
    st.session_state[_OUTCOME] = ("done", f"The draft is now {fmt.plain(name)}: change it in *Safety stock · Draft*.")


@clicks.once(_OUTCOME)
def _withdraw(settings: Settings, scenario: Scenario) -> bool:
    store = frame.open_store(settings)
    if store is None:
        return False
    try:
        store.withdraw_scenario(scenario, signing.who(settings, store).actor, now())
    except (StaleScenario, InvalidPolicyError, StoreUnavailableError, *signing.REFUSALS) as error:
        st.session_state[_OUTCOME] = ("refused", f"Nothing was withdrawn. {fmt.plain(str(error))}")
        return False
    st.session_state[_OUTCOME] = ("done", f"{fmt.plain(scenario.name)} is withdrawn.")
    return True
