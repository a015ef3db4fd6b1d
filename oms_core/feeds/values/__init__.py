"""Single values, whatever format they came in: converted, held against the contract, made canonical.

Each distinct one is looked at once (`coded`): `converters` type it, `checks` hold it against its contract, `personal`
data become pseudonyms, what was `seen` before counts once, and `emission` makes Arrow of it.

Belongs here: values and columns of them. Does not belong here: what a column means (`mapping`).
"""
