"""The pages' entry point, which `serve` serves.

Belongs here: the list of pages, and the one door before all of them. Does not belong here: anything that a page shows.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards.parts import format as fmt
from dashboards.settings import Settings, SettingsError
from dashboards.shell import frame, readers, signing_view

# A file: a named icon or an emoji as the window's would be fetched from another machine.
_ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="Quartermaster", page_icon=_ICON, layout="wide")

PAGES = [
    st.Page("today/page.py", title="Today", icon=":material/today:", default=True),
    st.Page("safety_stock/page.py", title="Safety stock", icon=":material/shield:", url_path="safety-stock"),
    st.Page("scenario/page.py", title="Scenario", icon=":material/science:", url_path="scenario"),
    st.Page("replenishment/page.py", title="To order", icon=":material/shopping_cart:", url_path="to-order"),
    st.Page("allocation/page.py", title="Allocation", icon=":material/local_shipping:", url_path="allocation"),
    st.Page("orders/page.py", title="Orders", icon=":material/receipt_long:", url_path="orders"),
    st.Page("documents/page.py", title="Documents", icon=":material/outbox:", url_path="documents"),
    st.Page("inventory/page.py", title="Inventory", icon=":material/inventory_2:", url_path="inventory"),
    st.Page("data/page.py", title="Data", icon=":material/database:", url_path="data"),
    st.Page("runs/page.py", title="Runs and data quality", icon=":material/fact_check:", url_path="runs"),
    st.Page("people/page.py", title="People", icon=":material/group:", url_path="people"),
]


def show() -> None:
    """The chosen page, to whom may see it. The address is kept: who signs in is where he wanted to go."""
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        st.error(fmt.plain(str(error)), icon=":material/error:")
        return
    page = st.navigation(PAGES)
    if not settings.has_home:
        page.run()  # nothing to see and nowhere to write: each page says how to make a home
        return
    store = frame.open_store(settings)
    if store is not None and signing_view.admit(settings, store):
        page.run()


with readers.reading():
    show()
