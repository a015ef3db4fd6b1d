"""The Dagster assets, one module a stretch of the way. An asset reads, calls one function, writes, says what it did.

Does not belong here: anything that could be tested without Dagster. No `from __future__ import annotations` in these
modules: Dagster reads the annotation of `context` as it stands.
"""
