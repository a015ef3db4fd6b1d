"""The planners' pages: Streamlit over the published snapshot, with the operations store for what planners decide.

Belongs here: one folder a page (`page` loads and renders, `queries` holds its SQL, other modules its pure functions),
and what the pages share. Does not belong here: rules of the domain (`oms_core`), anything that writes the warehouse.
"""
