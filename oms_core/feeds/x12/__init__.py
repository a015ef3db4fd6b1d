"""ANSI X12, the American standard for business documents as text.

Belongs here: the envelope, its control numbers and counts, acknowledgements of it, and what documents mean to us.
Does not belong here: our own documents (`fulfilment`), files and folders (`pipelines`).
"""
