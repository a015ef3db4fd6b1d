"""What is so: the warehouse, loaded from the log and derived by dbt, with its proofs.

Belongs here: the one writer of the warehouse, dbt's builds, what they prove, building all anew.
Does not belong here: a table's rule (`dbt_project`), a decision.
"""
