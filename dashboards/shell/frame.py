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
from oms_core.store.operations import OperationsStore, StoreUnavailableError
from oms_core.store.snapshots import Manifest, NoSnapshot, SnapshotError

#: Tables want the width that the layout leaves at its sides; a figure of several currencies wants a second line, not an
#: ellipsis. Fixed text: no data ever enters HTML here.
_STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding: 3rem 2.5rem 3rem 2.5rem}
[data-testid="stMetricValue"] [data-testid="stMarkdownContainer"] p {white-space: normal}
</style>"""


#: Which snapshot this window showed last.
_SHOWN = "snapshot-shown"


@dataclass(frozen=True)
class Opened:
    """An opened page: its settings and its snapshot."""

    settings: Settings
    source: Source


def open_page(title: str, question: str) -> Opened:
    """Head of a page, and the snapshot it reads; without one, says what to do and ends the page there."""
    settings = Settings.from_environment()
    st.html(_STYLE)
    st.title(title, anchor=False)
    st.caption(question)
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


def choose_view(label: str, views: Sequence[str], key: str = "view") -> str:
    """The control that says which part of a page is shown: one of its views, the first unless the URL names another."""
    chosen = st.segmented_control(
        label, views, default=views[0], required=True, key=key, bind="query-params", label_visibility="collapsed"
    )
    return chosen or views[0]


def way_back(label: str, *names: str) -> None:
    """The button back to a list: takes these names out of the address. The address may hold the value of a control,
    too; that goes with its control, and must not be named."""
    if st.button(label, icon=":material/arrow_back:", type="tertiary"):
        for name in names:
            st.query_params.pop(name, None)
        st.rerun()


def way_on(label: str, view: str, address: Mapping[str, str | None], *, icon: str = ":material/arrow_forward:") -> None:
    """A button to another view of the page that is shown. `address`: names and values that the address then has; None
    takes a name out. (Streamlit's own links change the view, but leave the address as it was.) No control that is shown
    now may be named."""
    st.button(label, icon=icon, type="tertiary", on_click=_turn_to, args=(view, dict(address)))


def _turn_to(view: str, address: Mapping[str, str | None]) -> None:
    """Set the view, its controls and the address. A control that is shown writes its value into the address itself; of
    one that is not there yet, both are set here."""
    st.session_state["view"] = view
    for name, value in address.items():
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = st.session_state[name] = value


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


def _nothing_published(settings: Settings) -> None:
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
