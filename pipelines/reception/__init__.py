"""What comes in: files into the inbox, through the gates, into the log.

Belongs here: taking, judging and landing files, and the twin where it plays who sends them.
Does not belong here: formats and contracts (`oms_core.feeds`, `oms_core.contracts`), the warehouse (`modelling`).
"""
