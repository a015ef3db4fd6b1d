"""The pages' entry point: `streamlit run dashboards/app.py`.

Belongs here: the list of pages. Does not belong here: anything that a page shows.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

# A file: a named icon or an emoji as the window's would be fetched from another machine.
ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="Quartermaster", page_icon=ICON, layout="wide")

st.navigation(
    [
        st.Page("overview/page.py", title="Overview", icon=":material/dashboard:", default=True),
        st.Page("safety_stock/page.py", title="Safety stock", icon=":material/shield:", url_path="safety-stock"),
        st.Page("scenario/page.py", title="Scenario", icon=":material/science:", url_path="scenario"),
        st.Page("replenishment/page.py", title="To order", icon=":material/shopping_cart:", url_path="to-order"),
        st.Page("allocation/page.py", title="Allocation", icon=":material/local_shipping:", url_path="allocation"),
        st.Page("orders/page.py", title="Orders", icon=":material/receipt_long:", url_path="orders"),
        st.Page("runs/page.py", title="Runs and data quality", icon=":material/fact_check:", url_path="runs"),
    ]
).run()
