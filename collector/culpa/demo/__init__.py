"""The demo: three real tiers that fail for real, and what culpa says about each failure."""
