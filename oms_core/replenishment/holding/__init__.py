"""How much stock to hold: order-up-to levels and safety stock.

`lead_times` and `supply` make the interval that stock must cover, `distribution` is the demand in it, `levels` covers
it. `network` and `service_times` plan places that replenish each other as one; `investment` says what it all costs.

Belongs here: levels and what they cover. Does not belong here: what is aimed at (`policy`), orders (`proposing`).
"""
