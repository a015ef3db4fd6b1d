"""What readers see: snapshots, as of now and as of any instant, and what a run says of itself.

Belongs here: writing snapshots and their figures, and what is done of a plan once it is published.
Does not belong here: reading them (`oms_core.store.published.snapshots`), how they look (`cli`, `dashboards`).
"""
