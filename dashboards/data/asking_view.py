"""The box for SQL. Belongs here: asking, waiting, cancelling, the answer and its files. Does not belong here: what a
query may do (`oms_core.store.published.sandbox`), its process (`oms_core.store.questions.asking`), words for mistakes
(`mistakes`)."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import streamlit as st

from dashboards.data.mistakes import explain
from dashboards.parts import errand_view, table
from dashboards.parts import format as fmt
from dashboards.source import Source, as_frame
from oms_core.contracts import PUBLISHED
from oms_core.store.published.sandbox import QueryError
from oms_core.store.questions.asking import Answer, Limits, Question

#: Longer texts would not fit into an address everywhere.
MOST_CHARACTERS = 6_000
_ANSWER, _CANCELLED = "data-answer", "data-cancelled"

_EXAMPLES = {
    "Stock at cost by location": """select location_id, currency, sum(stock_value_minor) / 100 as at_cost
from fct_inventory_position group by all order by at_cost desc""",
    "Orders a week and channel": """select date_trunc('week', business_date) as week, channel_id, count(*) as orders
from fct_orders group by all order by week desc, channel_id""",
    "What was known late": """select feed, count(*) as postings, max(known_at - effective_at) as latest
from fct_inventory_postings where account = 'on_hand' and known_at > effective_at + interval 2 day
group by all order by postings desc""",
}


def show(source: Source, seconds: int) -> None:
    """The box, examples while it is empty, else the answer. `seconds`: what a question may take."""
    limits = Limits(seconds=seconds)
    with st.form("ask", border=False):
        sql = st.text_area(
            "One SELECT over the published tables, in DuckDB's SQL",
            key="sql",
            bind="query-params",
            height=170,
            max_chars=MOST_CHARACTERS,
            placeholder="select * from fct_orders order by placed_at desc limit 20",
            help="Ctrl+Enter runs it. The address of this page holds it: send that, and others see the same.",
        )
        is_asked = st.form_submit_button("Run", icon=":material/play_arrow:", type="primary", help="Or Ctrl+Enter")
    st.caption(
        f"It reads this snapshot and nothing else, for {limits.seconds:,} s at most, and gives {limits.rows:,} rows at "
        "most. For more: `oms query`, the download of a table, or the Parquet files themselves."
    )
    if not (sql or "").strip():
        _examples()
        return
    if is_asked:
        st.session_state.pop(_CANCELLED, None)
    asked = (source.snapshot.snapshot_id, str(sql))
    if st.session_state.get(_CANCELLED) == asked:
        st.info("Cancelled. Run it again, or ask something else.", icon=":material/cancel:")
        return
    _show_answer(_answered(source, asked, limits))


def _examples() -> None:
    st.markdown("**For instance**")
    for name, sql in _EXAMPLES.items():
        st.page_link(
            "data/page.py", label=name, icon=":material/arrow_forward:", query_params={"view": "SQL", "sql": sql}
        )


def _answered(source: Source, asked: tuple[str, str], limits: Limits) -> Answer | QueryError:
    """The answer or the refusal, kept while the question stays: a snapshot never changes."""
    kept = st.session_state.get(_ANSWER)
    if kept is None or kept[0] != asked:
        kept = (asked, _ask(source, asked, limits))
        st.session_state[_ANSWER] = kept
    answer: Answer | QueryError = kept[1]
    return answer


def _ask(source: Source, asked: tuple[str, str], limits: Limits) -> Answer | QueryError:
    question = Question(source.snapshot.folder, asked[1], limits)
    errand_view.await_end(question, key="cancel", on_cancel=_note_cancelled, args=(asked,))
    try:
        return question.answer()
    except QueryError as error:
        return error


def _note_cancelled(asked: tuple[str, str]) -> None:
    st.session_state[_CANCELLED] = asked


def _show_answer(answer: Answer | QueryError) -> None:
    if isinstance(answer, QueryError):
        mistake = explain(str(answer), PUBLISHED)
        st.error(fmt.plain(mistake.words), icon=":material/error:")
        if mistake.place:
            st.code(mistake.place, language=None)
        return
    rows = answer.table.num_rows
    cut = f" The first {rows:,}: there are more." if answer.is_cut else ""
    st.caption(f"{fmt.counted(rows, 'row')} in {answer.seconds:.1f} s.{cut} A heading sorts.")
    st.dataframe(_told_in_utc(answer.table), hide_index=True, height=table.tall(answer.table), placeholder="")
    _downloads(answer.table)


def _told_in_utc(rows: pa.Table) -> pa.Table:
    """Instants without their zone, which a browser would turn into its own."""
    for index, column in enumerate(rows.schema):
        if pa.types.is_timestamp(column.type) and column.type.tz is not None:
            naive = rows.column(index).cast(pa.timestamp(column.type.unit, "UTC")).cast(pa.timestamp(column.type.unit))
            rows = rows.set_column(index, f"{column.name} (UTC)", naive)
    return rows


def _downloads(rows: pa.Table) -> None:
    with st.container(horizontal=True):
        table.offer_download(lambda: as_frame(rows), "answer")
        table.offer_file(
            "Parquet", lambda: _parquet(rows), "answer.parquet", key="download-parquet", tip="With the answer's types."
        )


def _parquet(rows: pa.Table) -> bytes:
    written = io.BytesIO()
    pq.write_table(rows, written, compression="zstd")
    return written.getvalue()
