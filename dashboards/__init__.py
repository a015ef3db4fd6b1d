"""The planners' pages: Streamlit over the published snapshot, with the operations store for what planners decide.

Belongs here: one folder a page (`page` loads and renders, `queries` holds its SQL, `*_view` a part of its look, other
modules its pure functions); what is around every page (`shell`), what pages are made of (`parts`), and where their data
comes from (`source`, `settings`). `app` lists the pages, `serve` serves them. Does not belong here:
rules of the domain (`oms_core`), anything that writes the warehouse.
"""
