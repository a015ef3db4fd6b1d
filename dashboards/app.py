"""The pages' entry point: `streamlit run dashboards/app.py`.

Belongs here: the list of pages. Does not belong here: anything that a page shows.
"""

from __future__ import annotations

import streamlit as st

st.set_page_config(page_title="Quartermaster", page_icon=":material/warehouse:", layout="wide")

st.navigation(
    [
        st.Page("overview/page.py", title="Overview", icon=":material/dashboard:", default=True),
        st.Page("safety_stock/page.py", title="Safety stock", icon=":material/shield:", url_path="safety-stock"),
        st.Page("orders/page.py", title="Orders", icon=":material/receipt_long:", url_path="orders"),
        st.Page("runs/page.py", title="Runs and data quality", icon=":material/fact_check:", url_path="runs"),
    ]
).run()
