"""Trying rules: what is tried on which day's orders, waiting for it, and the sets side by side.

Belongs here: the look. Does not belong here: reading sets, the command, the tables (`trying`).
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import streamlit as st

from dashboards.allocation import trying
from dashboards.allocation.trying import HOME, RuleSet, Trial, TrialFailed, Tried
from dashboards.parts import errand_view, listing, table
from dashboards.parts import format as fmt
from dashboards.shell.frame import Opened
from oms_core.allocation.stated.rules import RulesError, default_rules, read_rules

_TRIED, _TEXT = "rules-tried", "rules-text"
_LAST, _PAST = "the last run", "a past day"


def show(opened: Opened) -> None:
    """The form, and what came of the last trial."""
    st.caption(
        "What other rules would decide of the same orders and stock, beside the home's. "
        "Nothing is decided, reserved or sent by it; what you try is kept nowhere."
    )
    try:
        home = _home_rules(opened)
    except RulesError as error:
        st.error(f"The home's `sourcing.yaml`: {fmt.plain(str(error))}", icon=":material/error:")
        return
    sets, refused, day = _form(opened, home)
    for words in refused:
        st.error(fmt.plain(f"{words}."), icon=":material/block:")
    if st.button("Try", type="primary", icon=":material/science:", key="rules-try", disabled=bool(refused)):
        st.session_state[_TRIED] = _carry_out(opened.settings.home, (home, *sets), day)
    outcome = st.session_state.get(_TRIED)
    if isinstance(outcome, str):
        st.warning(fmt.plain(outcome), icon=":material/info:")
    elif outcome is not None:
        _show(outcome)


def _home_rules(opened: Opened) -> RuleSet:
    path = opened.settings.sourcing_rules
    return RuleSet(HOME, read_rules(path.read_text(encoding="utf-8")) if path.is_file() else default_rules())


def _form(opened: Opened, home: RuleSet) -> tuple[list[RuleSet], list[str], date | None]:
    """The sets to try beside the home's, what of them is refused and why, and the day."""
    files, written = st.columns([1, 1.6])
    with files:
        uploaded = st.file_uploader(
            f"Rule files, up to {trying.MOST_SETS}", type=["yaml", "yml"], accept_multiple_files=True,
            max_upload_size=1, key="rules-files",
            help="As the home's sourcing.yaml, 64 kB at most. A key that is missing has its default.",
        )  # fmt: skip
        day = _day(opened)
    with written:
        st.text_area(
            "Or rules written here", key=_TEXT, height=240, max_chars=trying.MOST_BYTES,
            placeholder="late_day_minor: 500\nparcels_per_day: {WH-NORTH: 400}",
        )  # fmt: skip
        st.button("Begin with the home's rules", icon=":material/content_paste:", type="tertiary",
                  on_click=_begin, args=(home.rules.text,))  # fmt: skip
    texts = [(one.name, one.getvalue().decode("utf-8", errors="replace")) for one in uploaded or ()
             if one.size <= trying.MOST_BYTES]  # fmt: skip
    text = str(st.session_state.get(_TEXT) or "")
    sets, refused = trying.read_sets([*texts, *([("written here", text)] if text.strip() else [])])
    refused += [f"{one.name}: larger than {trying.MOST_BYTES:,} bytes" for one in uploaded or ()
                if one.size > trying.MOST_BYTES]  # fmt: skip
    refused += [f"{one.name}: more than {trying.MOST_SETS} sets at once" for one in sets[trying.MOST_SETS :]]
    return sets, refused, day


def _day(opened: Opened) -> date | None:
    today = opened.source.manifest.as_of.date()
    which = st.radio("On the orders of", [_LAST, _PAST], horizontal=True, key="rules-when", bind="query-params")
    if which != _PAST:
        return None
    chosen = st.date_input(
        "Day", today, max_value=today, key="rules-day", bind="query-params", format="YYYY-MM-DD",
        help="On what that day's run knew. The day is modelled anew for it, which takes a minute or more.",
    )  # fmt: skip
    return chosen if isinstance(chosen, date) else today


def _begin(text: str) -> None:
    st.session_state[_TEXT] = text


def _carry_out(home: Path, sets: tuple[RuleSet, ...], day: date | None) -> Tried | str:
    """What came of it, or why nothing did."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(home, sets, day, Path(folder))
        errand_view.await_end(trial, key="rules-cancel", on_cancel=_note_cancelled)
        try:
            return trial.tried()
        except TrialFailed as error:
            return f"Nothing was tried: {error}"


def _note_cancelled() -> None:
    st.session_state[_TRIED] = "Cancelled: nothing was tried."


def _show(tried: Tried) -> None:
    orders = "the last run" if tried.day is None else fmt.day(tried.day)
    st.markdown(f"**Side by side, on the orders and stock of {orders}**")
    figures = trying.figures_table(tried)
    st.dataframe(figures, hide_index=True, height="content")
    table.offer_download(lambda: figures, "rules-figures")
    st.markdown("**What each location is to send**")
    places = trying.places_table(tried)
    if places.empty:
        st.caption("No set sends anything: every line waits or is held.")
    else:
        st.dataframe(places, hide_index=True, height="content")
        table.offer_download(lambda: places, "rules-places")
    (_, base), *others = tried.labelled
    for one, answer in others:
        moved = trying.moved_table(base, answer)
        st.markdown(f"**Decided otherwise by {fmt.plain(one.name)}: {fmt.counted(len(moved), 'line')}**")
        if moved.empty:
            st.caption("The same lines go from the same places.")
        else:
            st.caption("Choose a row to open its order.")
            name, height = f"moved-{one.name}", table.tall(moved, 420)
            key = f"{name}-{hash((tried.day, *moved['order_id']))}"
            chosen = table.show(moved, trying.MOVED, name=name, height=height, key=key)
            listing.open_order(None if chosen is None else moved.iloc[chosen].to_dict())
