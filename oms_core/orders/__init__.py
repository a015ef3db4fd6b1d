"""The life of an order line: its states, its events, and the one rule that splits its quantity.

Belongs here: pure statements of the order lifecycle.
Does not belong here: which location ships a line (`allocation`), what warehouses are told (`fulfilment`).
"""
