"""Today: what needs a person now, how the network stands, and how it went."""
