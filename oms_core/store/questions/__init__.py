"""Work that a page asks for and must be able to end, in a process of its own.

`errands` starts, awaits and ends any such process. `asking` is one that answers somebody's own SQL, and `answering` is
what runs in it.

Belongs here: such processes and their limits. Does not belong here: our own queries, what SQL may do (`published`).
"""
