"""What stock to hold: targets, protection intervals, order-up-to levels and safety stock.

From what is aimed at to what is ordered:

1. The policy: `targets` and `terms` that a rule may set, and in `policies` which rule counts.
2. Levels: `lead_times` and `supply` make the interval, `distribution` is its demand, `levels` covers it; `network` and
   `service_times` for places that replenish each other; `investment` says what it all costs.
3. Proposals: `ordering` and `turns` say when, `proposals` what and from where, `order_limits` what waits.
4. `deciding` by people, `releasing` by rule. `backtest` runs past weeks under a policy.

Belongs here: decisions on levels from a distribution of demand; pure functions of frames and rules.
Does not belong here: forecasting itself (`forecasting`), storing policies (`oms_core.store`).
"""
