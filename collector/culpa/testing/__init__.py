"""What `pytest --culpa` is: each 5xx that a failing test met is explained under its report."""
