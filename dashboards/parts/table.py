"""Tables: how a column is shown by what it holds, and the download that every table has.

Belongs here: column kinds, their Streamlit configuration, CSV. Does not belong here: any table's content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboards.parts import format as fmt
from dashboards.shell import signing
from oms_core.fulfilment.spreadsheet import neutralise_frame
from oms_core.money import minor_digits

Kind = Literal[
    "text", "code", "quantity", "number", "money", "share", "decimal", "instant", "day", "flag", "seconds", "bytes"
]
Width = Literal["small", "medium", "large"] | int
#: Kinds of columns that are read as text.
_TEXTS = ("text", "code")
_ROW_PIXELS = 35
_MIME_TYPES = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Rows that are seen at a glance: of more, one can look for a word.
_FEW = 10


@dataclass(frozen=True)
class Shown:
    """One column of a table: where it comes from, its heading, what it holds, and what a planner should know of it."""

    name: str
    heading: str
    kind: Kind = "text"
    help: str = ""
    width: Width | None = None


@dataclass(frozen=True)
class Order:
    """How a list of which one page is shown is ordered, in the database: a click on a head orders all of it.

    `key`, `page`: of the controls that name it and the page; `by_name`: the columns that it can be ordered by; `opens`:
    whether a row can be chosen.
    """

    key: str
    page: str
    chosen: str
    sql: str
    by_name: Mapping[str, Shown]
    opens: bool = True

    @staticmethod
    def names(heading: str) -> tuple[str, str]:
        """What the two orders by a column are called, the rising one first."""
        return f"{heading}: rising", f"{heading}: falling"

    def after_click(self, name: str) -> str | None:
        """The order that a click on a column's head asks for: texts rise at first, figures fall; the next click turns
        it. None where the database cannot order by it."""
        column = self.by_name.get(name)
        if column is None:
            return None
        rising, falling = self.names(column.heading)
        first, second = (rising, falling) if column.kind in _TEXTS else (falling, rising)
        return second if self.chosen == first else first

    @property
    def head(self) -> tuple[str, bool] | None:
        """The column that it is ordered by, and whether it falls; None where the list's page has named the order."""
        for name, column in self.by_name.items():
            if self.chosen in (named := self.names(column.heading)):
                return name, self.chosen == named[1]
        return None

    def mark(self, column: Shown) -> str:
        """What a column's head bears, if it is ordered by it."""
        return {(column.name, False): " ↑", (column.name, True): " ↓"}.get(self.head or ("", False), "")


def show(
    frame: pd.DataFrame,
    columns: Sequence[Shown],
    *,
    name: str,
    download: Callable[[], pd.DataFrame] | None = None,
    key: str | None = None,
    height: int | Literal["auto", "content"] = "auto",
    order: Order | None = None,
) -> int | None:
    """Render a table and its download; with a `key`, rows can be opened: the position of the row chosen, or None.

    `download` makes the frame to save where that is more than what is shown; it is called only when asked for.
    `order`: of the whole of which this is a page; the table has a key then.
    """
    rows = _render(frame, columns, key, "single-row", height, order)
    offer_download(download or (lambda: frame), name)
    return rows[0] if rows else None


def show_and_choose(
    frame: pd.DataFrame,
    columns: Sequence[Shown],
    *,
    name: str,
    download: Callable[[], pd.DataFrame],
    key: str,
    height: int | Literal["content"],
    beside: Callable[[], None] = lambda: None,
    order: Order | None = None,
) -> list[int]:
    """The same, of which several rows can be chosen: their positions. `beside`: what stands beside the download."""
    rows = _render(frame, columns, key, "multi-row", height, order)
    with st.container(horizontal=True):
        offer_download(download, name)
        beside()
    return rows


def tall(frame: pd.DataFrame, most: int = 560) -> int | Literal["content"]:
    """The height of a list that fills the page: what its rows take, up to so many pixels."""
    return most if len(frame) * _ROW_PIXELS > most else "content"


def narrowed(frame: pd.DataFrame, columns: Sequence[Shown], name: str) -> pd.DataFrame:
    """The rows that have the word that is looked for, in the URL, in one of their texts; of few rows, all of them."""
    if len(frame) <= _FEW:
        return frame
    word = st.text_input(
        "Find", key=f"find-{name}", bind="query-params", placeholder=f"a word, in {len(frame):,} rows", width=260,
        label_visibility="collapsed", icon=":material/search:",
    )  # fmt: skip
    return having(frame, columns, word or "")


def having(frame: pd.DataFrame, columns: Sequence[Shown], word: str) -> pd.DataFrame:
    """The rows of which a text, or a code as it is read, has the word, in whichever case; without a word, all."""
    if not (wanted := word.strip().casefold()):
        return frame
    texts = displayed(frame, [column for column in columns if column.kind in _TEXTS]).astype("string")
    has = texts.apply(lambda text: text.str.casefold().str.contains(wanted, regex=False)).fillna(False)
    found: pd.DataFrame = frame.loc[has.any(axis="columns").to_numpy(dtype=bool)]
    return found


def _render(
    frame: pd.DataFrame,
    columns: Sequence[Shown],
    key: str | None,
    mode: Literal["single-row", "multi-row"],
    height: int | Literal["auto", "content"],
    order: Order | None,
) -> list[int]:
    """The table; the rows chosen where it has a key."""
    options: dict[str, Any] = {"on_select": "rerun", "selection_mode": mode, "key": key} if key else {}
    if order is not None:
        # Where columns can be chosen, a click on a head orders no page by itself: it is the choice, and ours to obey.
        modes = [mode, "single-column"] if order.opens else ["single-column"]
        options |= {"selection_mode": modes, "on_select": lambda: _obey_head(str(key), order)}
    marks = {column.name: order.mark(column) if order else "" for column in columns}
    chosen = st.dataframe(
        displayed(frame, columns),
        column_config={column.name: _config(column, frame, marks[column.name]) for column in columns},
        column_order=_order(frame, columns),
        hide_index=True,
        height=height,
        placeholder="",
        **options,
    )
    return [int(row) for row in chosen["selection"]["rows"]] if key else []


def _obey_head(key: str, order: Order) -> None:
    """The command: the head that was clicked is what the whole list is ordered by from here on."""
    for name in st.session_state[key]["selection"]["columns"]:
        if wanted := order.after_click(name):
            st.session_state.update({order.key: wanted, order.page: 1})
        else:
            st.toast("That column is made on this page: the list cannot be ordered by it.", icon=":material/sort:")


def offer_download(make: Callable[[], pd.DataFrame], name: str) -> None:
    """A button that makes the CSV when it is pressed, not before."""
    told = "Columns as published, money in minor units; cells that a spreadsheet would run are neutralised."
    offer_file("CSV", lambda: to_csv(make()), f"{name}.csv", key=f"download-{name}", tip=told)


def offer_file(label: str, make: Callable[[], bytes], file_name: str, *, key: str, tip: str) -> None:
    """A button that makes a file when it is pressed, for who is signed in then. Raises KeyError for other files than
    those of `_MIME_TYPES`."""
    st.download_button(
        label,
        data=signing.while_signed_in(make),
        file_name=file_name,
        mime=_MIME_TYPES[PurePath(file_name).suffix],
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
        key=key,
        help=tip,
    )


def to_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets need; every text neutralised (OWASP, CSV injection)."""
    return ("\ufeff" + neutralise_frame(frame).to_csv(index=False, lineterminator="\r\n")).encode()


def displayed(frame: pd.DataFrame, columns: Sequence[Shown]) -> pd.DataFrame:
    """The columns to show, money in major units of the row's `currency`, codes in words. For the screen only: floats
    are no amounts."""
    shown = frame[_order(frame, columns)].copy()
    for column in columns:
        if column.kind == "money":
            scale = frame["currency"].map(lambda currency: 10.0 ** minor_digits(str(currency))).astype(float)
            shown[column.name] = frame[column.name].astype("Float64") / scale
        elif column.kind == "share":
            shown[column.name] = frame[column.name].astype("Float64") * 100
        elif column.kind == "code":
            shown[column.name] = frame[column.name].map(fmt.code, na_action="ignore")
    return shown


def _order(frame: pd.DataFrame, columns: Sequence[Shown]) -> list[str]:
    """Names of the columns to show; amounts of several currencies are shown beside theirs."""
    names = [column.name for column in columns]
    has_money = any(column.kind == "money" for column in columns)
    return [*names, "currency"] if has_money and frame["currency"].nunique() > 1 else names


#: printf formats of the kinds that are plain numbers.
_NUMBERS: dict[Kind, str] = {
    "quantity": "%,d",
    "number": "%,.1f",
    "decimal": "%.3f",
    "seconds": "%,.1f",
    "share": "%.2f",
    "bytes": "bytes",
}
_UNITS: dict[Kind, str] = {"seconds": " s", "share": " %", "instant": " (UTC)"}


def _config(column: Shown, frame: pd.DataFrame, mark: str = "") -> Any:
    heading = column.heading + _UNITS.get(column.kind, "") + mark
    common: dict[str, Any] = {"help": column.help or None, "width": column.width}
    if column.kind in _NUMBERS:
        return st.column_config.NumberColumn(heading, format=_NUMBERS[column.kind], **common)
    if column.kind == "money":
        unit, digits = one_currency(frame)
        return st.column_config.NumberColumn(f"{column.heading}{unit}{mark}", format=f"%,.{digits}f", **common)
    if column.kind == "instant":
        return st.column_config.DatetimeColumn(heading, format="YYYY-MM-DD HH:mm", timezone="UTC", **common)
    if column.kind == "day":
        return st.column_config.DateColumn(heading, format="YYYY-MM-DD", **common)
    if column.kind == "flag":
        return st.column_config.CheckboxColumn(heading, **common)
    return st.column_config.TextColumn(heading, **common)


def one_currency(frame: pd.DataFrame) -> tuple[str, int]:
    """The currency to put into a heading, with its digits; of several, none, and the most digits that one has."""
    currencies = [str(currency) for currency in frame["currency"].dropna().unique()]
    digits = max(map(minor_digits, currencies), default=2)
    return (f" {currencies[0]}" if len(currencies) == 1 else "", digits)
