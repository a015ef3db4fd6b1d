"""What a run is asked and what it answers, as data: lines, supply and places; the home's rules; the decisions.

`problem` is what is asked, out of the warehouse's `tables`; `rules` (with their defaults in `sourcing.yaml`) and
`terms` are what a run goes by, `decisions` what it answers. `working_days` and `waves` say when a place works and is
told; `keeping` and `groups`, what the rules leave at places and keep for customers; `worth`, what units are worth to
orders to come.

Belongs here: what can be said without costs. Does not belong here: numbers for a solver (`costed`).
"""
