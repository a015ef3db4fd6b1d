"""The problem in numbers, and a plan of it.

`costs` fills a `model` from a stated problem, with `markdowns` and what is `wanted` by orders to come. `shipments` is a
plan of the model in units; `binding` ties the lines of an order to each other where numbers do not.

Belongs here: what a plan costs and whether it is allowed. Does not belong here: finding one (`solvers`).
"""
