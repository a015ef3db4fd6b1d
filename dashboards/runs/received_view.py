"""What came in, and what of it was set aside. Belongs here: their look. Does not belong here: queries (`queries`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import streamlit as st

from dashboards.parts import charts, listing, search, table
from dashboards.parts import format as fmt
from dashboards.parts.table import Shown
from dashboards.runs import queries
from dashboards.shell.frame import Opened
from dashboards.source import Source
from oms_core.store.held import held_files

FEEDS = (
    Shown("feed", "Feed"),
    Shown("files", "Files", "quantity"),
    Shown("record_count", "Records", "quantity"),
    Shown("accepted_count", "Accepted", "quantity"),
    Shown("duplicate_count", "Duplicates", "quantity", "Repeat another record of their file exactly."),
    Shown("superseded_count", "Superseded", "quantity", "Replaced by a later record of their file."),
    Shown("quarantined_count", "Set aside", "quantity", "Quarantined, with a reason."),
    Shown("size_bytes", "Size", "bytes"),
    Shown("last_known_at", "Last received", "instant"),
)
FILES = (
    Shown("known_at", "Received", "instant"),
    Shown("feed", "Feed"),
    Shown("file_name", "File", width="medium"),
    *FEEDS[2:8],
)
_SET_ASIDE = (
    Shown("known_at", "Received", "instant"),
    Shown("feed", "Feed"),
    Shown("file_name", "File", width="medium"),
    Shown("row_number", "Row", "quantity", width=60),
    Shown("reason_code", "Rule", "code"),
    Shown("reason", "Why", width="large"),
)
HELD = (
    Shown("feed", "Feed"),
    Shown("file_name", "File", width="medium"),
    Shown("reason", "Why", width="large"),
    Shown("command", "Lets the feed go on", help="Ask for the file again, put the right one into the inbox."),
)
#: Where a chosen file waits to become a filter.
_NARROWED = "runs-narrowed"
_NONE = "Search for less, or choose another feed or day."


def narrow() -> None:
    """A file that was chosen is what is looked for; before any control is drawn."""
    st.session_state.update(st.session_state.pop(_NARROWED, {}))


def received(source: Source) -> None:
    """Feeds, and the files of each; a file that is chosen opens what of it was set aside."""
    feeds = source.frame(queries.FEEDS)
    st.markdown("**By feed.** Records = accepted + duplicates + superseded + set aside.")
    found = table.narrowed(feeds, FEEDS, "feeds")
    table.show(found, FEEDS, name="feeds", height=table.tall(found, 390))
    st.markdown("**Files**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = queries.Received(
            _find("part of its name"), _feed(feeds["feed"].tolist()), _since(),
            is_set_aside=st.toggle("Only with records set aside", key="aside", bind="query-params"),
        )  # fmt: skip
    count = source.row(queries.file_count(wanted))["rows"]
    if not count:
        st.info(f"No file is like that. {_NONE}", icon=":material/search_off:")
        return
    st.caption(f"{fmt.counted(count, 'file')}. Choose a row to see what of it was set aside.")
    chosen = listing.show(
        source, queries.files(wanted), count, FILES, queries.FILE_ORDERS, queries.FILE_KEY, name="files"
    )
    if chosen is not None:
        _open(chosen)


def _open(file: dict[str, Any]) -> None:
    if not file["quarantined_count"]:
        st.toast("Nothing of this file was set aside.", icon=":material/check:")
        return
    # A control that is drawn can be changed only before it is drawn again.
    st.session_state[_NARROWED] = {"section": "Set aside", "find": str(file["file_name"]), "page": 1}
    st.rerun()


def set_aside(opened: Opened) -> None:
    """Files that stop their feed; and records by the rule that they break, every one with its file, row and reason."""
    source = opened.source
    held = queries.held_table(held_files(opened.settings.quarantine))
    if not held.empty:
        stopped = "1 file stops its feed" if len(held) == 1 else f"{len(held):,} files stop their feeds"
        st.error(f"**{stopped}** until somebody lets it go on.", icon=":material/error:")
        table.show(held, HELD, name="held-files", height="content")
    reasons = source.frame(queries.REASONS)
    if reasons.empty:
        st.success("Nothing was set aside: every record received was in order.", icon=":material/check:")
        return
    title, told = "Records set aside, by rule broken", reasons.assign(rule=reasons["reason_code"].map(fmt.code))
    st.vega_lite_chart(charts.bars(told, "rule", "records", title=title, unit="records"), alt=title)
    feeds = source.frame(queries.FEEDS)
    rules = {str(code): fmt.code(str(code)) for code in reasons["reason_code"]}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = queries.Received(
            _find("part of the file's name or of why"),
            _feed(feeds.loc[feeds["quarantined_count"] > 0, "feed"].tolist()),
            _since(),
            search.choose_code("Rule", rules, key="rule"),
        )
    count = source.row(queries.set_aside_count(wanted))["rows"]
    if not count:
        st.info(f"No record that was set aside is like that. {_NONE}", icon=":material/search_off:")
        return
    st.caption(f"{fmt.counted(count, 'record')}. Mend them at their source, and send them in another file.")
    listing.show(
        source, queries.set_aside(wanted), count, _SET_ASIDE, queries.SET_ASIDE_ORDERS, queries.SET_ASIDE_KEY,
        name="quarantine", opens=False,
    )  # fmt: skip


def _find(placeholder: str) -> str:
    return str(st.text_input("Find", key="find", placeholder=placeholder, width=250, bind="query-params"))


def _feed(feeds: Iterable[str]) -> str | None:
    chosen: str | None = st.selectbox(
        "Feed", search.still(feeds, "feed"), index=None, placeholder="any", key="feed", bind="query-params", width=210
    )
    return chosen


def _since() -> date | None:
    chosen = st.date_input(
        "Received since, UTC", None, key="since", bind="query-params", format="YYYY-MM-DD", width=160
    )
    return chosen if isinstance(chosen, date) else None
