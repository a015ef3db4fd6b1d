"""The reader of published snapshots, and what commands and pages both ask of them.

`snapshots` opens one, in the locked connection of `sandbox`; `lineage`, `desk_lines`, `release_facts` and `late_feeds`
are queries over it; `derivation` says what its tables are made of.

Belongs here: reading. Does not belong here: writing snapshots (`pipelines.publication.publishing`).
"""
