"""A backup: a picture of a store as a directory that is a store too, made also while the store is written.

A process of its own packs the picture as a tar stream (`packing`, told by `order`); whoever wants a backup takes it
from there, or over HTTP from a collector, and lands it (`landing`). What the destination has already is not sent:
sealed files never change, and `identity` tells one from another.
"""
