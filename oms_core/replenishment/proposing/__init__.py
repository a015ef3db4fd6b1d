"""What to buy and to move, and what becomes of each proposal.

`ordering` and `turns` say when, `proposals` what and from where, `order_limits` what waits; `deciding` is for people,
`releasing` for what is ordinary.

Belongs here: quantities to order. Does not belong here: the levels behind them (`holding`), documents (`fulfilment`).
"""
