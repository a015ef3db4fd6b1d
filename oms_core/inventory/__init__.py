"""Stock: the `ledger` says what lies where, `availability` how much of it may be sold.

Belongs here: pure statements of ledger and availability rules.
Does not belong here: who gets the stock (`allocation`), how much is protected (`replenishment`).
"""
