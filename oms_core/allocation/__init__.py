"""Sourcing: which location ships how much of which open order line, and why.

A run goes through it in this order:

1. What is to be decided, as data: `problem`; the home's `rules`, with `waves` and `working_days`; its `terms`.
2. The same in numbers: `costs` fills a `model`, with `markdowns`. `due`, `groups` and `keeping` say who may have which
   units, `binding` what ties an order's lines, `scarcity` what units are worth to orders to come (`wanted`).
3. The plan: `sourcing` calls a solver, `greedy` with `filling`, or `optimiser`; `reoptimise` decides anew what no place
   has been told of.
4. What is said of it: `shipments`, `decisions`, `explanation`, `outcome`. Then `pegging`: which supply waiting lines
   get.

Belongs here: the problem as data, its solver, the decisions with their reasons, and the supply that waiting lines get.
Does not belong here: what is available (`inventory`), what warehouses are told (`fulfilment`), any reading of tables.
"""
