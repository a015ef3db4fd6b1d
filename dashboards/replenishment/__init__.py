"""What the last planning run proposes to buy and to move, for buyers."""
