"""The search for a plan: `greedy`, urgent lines first; `optimiser`, near the cheapest; `filling`, lines in parts.

Belongs here: plans of a costed problem. Does not belong here: which solver is asked (`sourcing`).
"""
