"""What tools for traces ask: the query APIs of Jaeger, for whoever has such a tool already.

    mount(house) -> (path, app)        # jaeger/mount.py; an entry point of the group `culpa.mounts`

One reader asks the store (`reader.py`) and marks in each trace where its requests failed (`marks.py`); each API says
it in its own words.
"""
