"""What every page has around it: title, snapshot and its age, and the plain words where there is nothing to show.

Belongs here: opening a page. Does not belong here: a page's own content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboards.parts import format as fmt
from dashboards.settings import Settings, now
from dashboards.source import Source, current_source, operations
from oms_core.fulfilment.partners import Partners, PartnersError, read_partners
from oms_core.store.operations import OperationsStore, Run, StoreUnavailableError
from oms_core.store.operations.runs import BROKEN
from oms_core.store.published.snapshots import Manifest, NoSnapshot, SnapshotError
from oms_core.store.running import latest_runs

#: Tables want the width that the layout leaves at its sides; a figure of several currencies wants a second line, not an
#: ellipsis. Fixed text: no data ever enters HTML here.
_STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding: 3rem 2.5rem 3rem 2.5rem}
[data-testid="stMetricValue"] [data-testid="stMarkdownContainer"] p {white-space: normal}
</style>"""


#: Which snapshot this window showed last.
_SHOWN = "snapshot-shown"
#: Which page is shown, by its title; and the addresses of the lists, by page, that somebody has opened a thing of.
_PAGE, _LISTS = "page-shown", "lists-left"


@dataclass(frozen=True)
class Opened:
    """An opened page: its settings and its snapshot."""

    settings: Settings
    source: Source


def open_page(title: str, question: str) -> Opened:
    """Head of a page, and the snapshot it reads; without one, says what to do and ends the page there."""
    settings = _head(title, question)
    try:
        source = current_source(settings)
    except NoSnapshot:
        _nothing_published(settings)
    except SnapshotError as error:
        st.error(f"The snapshot cannot be read. {fmt.plain(str(error))}", icon=":material/error:")
        st.stop()
    _tell_snapshot(source.manifest)
    _tell_newer(source.manifest)
    _stop_at_an_earlier_version(source)
    return Opened(settings, source)


def open_page_of_store(title: str, question: str) -> Settings:
    """Head of a page of what the operations store alone knows, which is there before anything is published."""
    settings = _head(title, question)
    if not settings.has_home:
        _nothing_published(settings)
    try:
        _tell_snapshot(current_source(settings).manifest)
    except (NoSnapshot, SnapshotError):
        st.sidebar.caption("Snapshot: none yet")
    return settings


def _head(title: str, question: str) -> Settings:
    st.html(_STYLE)
    st.title(title, anchor=False)
    st.caption(question)
    st.session_state[_PAGE] = title
    st.session_state.setdefault(_LISTS, {})
    return Settings.from_environment()


def choose_view(label: str, views: Sequence[str], key: str = "view") -> str:
    """The control that says which part of a page is shown: one of its views, the first unless the URL names another."""
    chosen = st.segmented_control(
        label, views, default=views[0], required=True, key=key, bind="query-params", label_visibility="collapsed"
    )
    return chosen or views[0]


def open_one(address: Mapping[str, str]) -> None:
    """Show one thing of a list, which `address` names, in its place. The list's filters leave the address in the same
    step: a browser keeps each of its states, and its Back is to be the list as it was."""
    st.session_state[_LISTS] |= {st.session_state[_PAGE]: st.query_params.to_dict()}
    st.query_params.from_dict(address)


def way_back(label: str) -> None:
    """The button back to a list, as it was when `open_one` left it; as it is at first where a link led past it."""
    if st.button(label, icon=":material/arrow_back:", type="tertiary"):
        st.query_params.from_dict(st.session_state[_LISTS].pop(st.session_state[_PAGE], {}))
        st.rerun()


def way_on(label: str, view: str, address: Mapping[str, str], *, icon: str = ":material/arrow_forward:") -> None:
    """A button to another view of the page that is shown. `address`: names and values that the address then has, too:
    what it names now stays, and is what the browser's Back shows. (Streamlit's own links change the view, but leave the
    address as it was.) No control that is shown now may be named."""
    st.button(label, icon=icon, type="tertiary", on_click=_turn_to, args=(view, dict(address)))


def _turn_to(view: str, address: Mapping[str, str]) -> None:
    """Set the view, its controls and the address. A control that is shown writes its value into the address itself; of
    one that is not there yet, both are set here."""
    st.session_state["view"] = view
    st.session_state.update(address)
    st.query_params.update(address)


def open_store(settings: Settings) -> OperationsStore | None:
    """The operations store, or None after saying why it cannot be opened."""
    try:
        return operations(settings)
    except StoreUnavailableError as error:
        st.error(fmt.plain(str(error)), icon=":material/error:")
        return None


def partners(settings: Settings) -> Partners:
    """What the home says of its partners; nothing, after saying why, where that cannot be read."""
    if not settings.partners.is_file():
        return Partners()
    try:
        return read_partners(settings.partners.read_text(encoding="utf-8"))
    except PartnersError as error:
        st.error(f"`partners.yaml`: {fmt.plain(str(error))}", icon=":material/error:")
        return Partners()


def tell_failure(run: Run, what: str) -> None:
    """Why a run failed, in its own words, or what is known of one that died."""
    failures = run.summary.get("failures") or ["no reason is on record"]
    text = "\n".join(f"- {fmt.plain(str(failure))}" for failure in failures)
    st.error(f"**{what}**, {fmt.instant(run.started_at)}.\n\n{text}", icon=":material/error:")


def _nothing_published(settings: Settings) -> None:
    runs = latest_runs(operations(settings), settings.home, 1) if settings.has_home else []
    if runs and runs[0].state in BROKEN:
        tell_failure(runs[0], f"The latest run {runs[0].state}, and none before it has published")
    st.info(
        f"**Nothing is published yet** in `{settings.home}`.\n\n"
        "Run `make run` for the demo network, or `oms run` on your own data; then load this page again.",
        icon=":material/inbox:",
    )
    with st.sidebar:
        st.caption("Snapshot: none yet")
    st.stop()


def _stop_at_an_earlier_version(source: Source) -> None:
    missing = source.missing()
    if missing:
        names = ", ".join(f"`{name}`" for name in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        st.warning(
            f"**This snapshot was published by an earlier version** and lacks {names}{more}.\n\n"
            "Run `oms rebuild`, then `oms run`; then load this page again.",
            icon=":material/update:",
        )
        st.stop()


def _tell_snapshot(manifest: Manifest) -> None:
    with st.sidebar:
        st.markdown(f"**As of {fmt.day(manifest.as_of.date())}**")
        st.caption(f"Published {fmt.age(now() - manifest.published_at)}  \n{fmt.instant(manifest.published_at)}")
        st.caption(f"Snapshot `{manifest.snapshot_id}`  \nRun `{manifest.run_id}`")


def _tell_newer(manifest: Manifest) -> None:
    """That another snapshot is shown than before, once: its lists are other lists, and no tick is carried over."""
    before = st.session_state.get(_SHOWN, manifest.snapshot_id)
    st.session_state[_SHOWN] = manifest.snapshot_id
    if before != manifest.snapshot_id:
        st.info(
            f"**A newer snapshot was published meanwhile**, as of {fmt.instant(manifest.as_of)}: you see that now. "
            "Rows that you had ticked are to be ticked anew.",
            icon=":material/update:",
        )
