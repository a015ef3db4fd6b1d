"""What stock to hold, and what to buy and to move for it. From what is aimed at to what is ordered:

1. `policy`: what planners set for which series.
2. `holding`: how much of each series to hold, given its demand and its supply.
3. `proposing`: what to order, when and from where; and what people and rules decide of it.

`backtest` runs past weeks under a policy.

Belongs here: decisions on levels from a distribution of demand; pure functions of frames and rules.
Does not belong here: forecasting itself (`forecasting`), storing policies (`oms_core.store`).
"""
