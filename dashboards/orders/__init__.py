"""Orders: finding one, and everything that is known of it."""
