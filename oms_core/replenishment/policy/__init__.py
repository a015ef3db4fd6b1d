"""What planners set: `targets` and `terms` for a scope of series, and in `policies` which rule counts for which series.

Belongs here: the words of a policy. Does not belong here: what they do to stock (`holding`), versions and authors
(`oms_core.store`).
"""
