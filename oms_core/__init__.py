"""The domain of order management: pure rules and the adapters that both sides of the system share.

A folder a subject, in the order in which an order line meets them: `feeds` reads it, `orders` is its life, `inventory`
what it may take, `replenishment` what is kept and bought for it, `allocation` which place ships it, `fulfilment` what
that place is told. Beside them: `contracts`, the tables that all speak of; `store`, databases; `twin`, a simulated
network that plays everybody outside.

Belongs here: what an order, a posting, a level, a decision *is*, as data and pure functions.
Does not belong here: orchestration (`pipelines`), learning (`forecasting`), pages (`dashboards`).
"""
