"""Sourcing: which location ships how much of which open order line, and why.

A run goes through it in this order:

1. `stated`: what is to be decided, by which rules, and in what shape the answer is given. All of it data.
2. `costed`: the same in numbers, orders and lines against nodes. `scarcity` adds what units are worth to orders to
   come. 3. `promises`: who was promised what before, and so comes first, stays or moves. 4. `sourcing`, the run itself,
   calls one of the `solvers`. 5. `explanation` says why, `outcome` what it comes to by place. Then, of `promises`,
   `pegging`: which supply is whose.

Belongs here: the problem as data, its solvers, the decisions with their reasons, and the supply that waiting lines get.
Does not belong here: what is available (`inventory`), what warehouses are told (`fulfilment`), any reading of tables.
"""
