"""The overview: how the network stands, how it went, and what needs a person."""
