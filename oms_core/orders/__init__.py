"""The life of an order line, and what the order desk may do about it.

`lifecycle` has its states and events, `quantities` the one rule that splits its quantity over the states, `statements`
whose word counts. `desk` says what people may ask for, `desk_moves` what a run makes of that; `doubles` finds orders
that came twice.

Belongs here: pure statements of the order lifecycle.
Does not belong here: which location ships a line (`allocation`), what warehouses are told (`fulfilment`).
"""
