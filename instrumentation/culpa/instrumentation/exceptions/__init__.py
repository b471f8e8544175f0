"""What is read of an exception: its origin, code, chain, stack, the values around it."""
