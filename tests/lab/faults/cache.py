"""Faults of the cache."""

from lab import acts
from lab.fault import Fault, get

FAULTS = (
    Fault("nothing listens at the cache's address", "cache.unreachable", "closed cache", get("/basket/closed"), ("redis",)),
    Fault("a cache without memory left", "cache.error", "full cache", get("/basket/full"), ("redis",)),
    Fault("a cache that is a replica", "cache.error", "replica cache", get("/basket/replica"), ("redis",)),
    Fault("a cache that is frozen", "cache.timeout", "cache", get("/basket"), ("redis",), act=acts.frozen("redis"), is_alone=True, is_quick=True),
    Fault("a cache that is stopped", "cache.unreachable", "cache", get("/basket"), ("redis", "python|node|go"), act=acts.stopped("redis"), is_alone=True),
)  # fmt: skip
