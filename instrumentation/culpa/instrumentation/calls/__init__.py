"""What is recorded of the calls of a request: where they went, how they failed, what the statement carries."""
