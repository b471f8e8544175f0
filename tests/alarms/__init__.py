"""What people are told, by which rule, over which channel."""
