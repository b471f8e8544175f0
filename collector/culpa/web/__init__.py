"""The page: what broke, in a browser. `culpa collect` serves it at `/`, `culpa open` for a recorded segment.

It asks a store questions through a `House` and draws the answers; nothing of ingest passes through here, and nobody
imports this room. A screen is a module of `screens`; the folder is the registry.
"""
