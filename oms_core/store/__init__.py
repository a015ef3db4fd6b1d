"""The adapters that both sides of the system need: the operations store and the reader of published snapshots.

Belongs here: databases. Does not belong here: rules of the domain; no domain module imports this package.
"""
