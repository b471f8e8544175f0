"""What tools for traces ask of a collector, and what they get."""
