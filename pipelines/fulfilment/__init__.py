"""Who ships what: the order desk's word, allocation, pegs, documents and their delivery.

Belongs here: the order of these steps, each safe to repeat after a crash.
Does not belong here: decisions (`oms_core.allocation`, `oms_core.orders`), documents and ways (`oms_core.fulfilment`).
"""
