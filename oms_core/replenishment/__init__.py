"""What stock to hold: targets, protection intervals, order-up-to levels and safety stock.

Belongs here: decisions on levels from a distribution of demand; pure functions of frames and rules.
Does not belong here: forecasting itself (`forecasting`), storing policies (`oms_core.store`).
"""
