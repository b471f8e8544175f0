"""`python -m generated`: write what of the documents is made from data."""
