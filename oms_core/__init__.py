"""The domain of order management: pure rules and the adapters that both sides of the system share.

Belongs here: what an order, a posting, a level, a decision *is*, as data and pure functions.
Does not belong here: orchestration (`pipelines`), learning (`forecasting`), pages (`dashboards`).
"""
