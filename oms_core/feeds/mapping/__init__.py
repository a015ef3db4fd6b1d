"""What a feed's records mean: its definition, read from YAML, and its rules applied to columns of source texts.

`definition` is the data, `loading` reads it, with `field_specs`, `fields` and `predicates` for its parts; `mapped`
applies it.

Belongs here: mappings. Does not belong here: wire formats, single values (`values`).
"""
