"""`python -m generated`: write the tables of the documents that are made from data."""
