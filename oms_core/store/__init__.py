"""The adapters that both sides of the system need.

To write: `operations`, what people and partners change at the same time, in SQLite or PostgreSQL, with its
`migrations`. To read: `published`, the snapshots and what is asked of them; `questions`, anybody's own SQL in a process
of its own; `held`, files that stop their feed; `running`, which run works in a home now.

Belongs here: databases. Does not belong here: rules of the domain; no domain module imports this package.
"""
