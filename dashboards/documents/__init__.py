"""Documents: what partners are told to ship, to send and to move, how far each has come, and what is stuck."""
