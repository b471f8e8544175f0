"""Forgetting: rows of a service, of a trace or with a text leave every file of a store, and no block keeps them.

`wish` is what somebody asks, `matching` says in SQL which rows are meant, `forget` takes them out.
"""
