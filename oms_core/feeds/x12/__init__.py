"""ANSI X12, the American standard for business documents as text.

A partner's file: its `envelope`, read by `reading` with `elements`; `documents` says which kinds there are, `shipping`
(with `parcels`) and `stock` what they mean. What is answered, both ways: `answers`, with codes in words (`refusals`)
and what became of an interchange (`verdicts`). `writing` puts our own segments into an envelope.

Belongs here: the envelope, its control numbers and counts, acknowledgements of it, and what documents mean to us.
Does not belong here: our own documents (`fulfilment`), files and folders (`pipelines`).
"""
