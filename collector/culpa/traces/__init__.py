"""What tools for traces ask: the query APIs of Jaeger and Tempo, for whoever has them already.

    mount(house) -> (path, app)        # jaeger/ and tempo/; entry points of the group `culpa.mounts`

One reader asks the store (`reader.py`) and marks in each trace where its requests failed (`marks.py`); each API says
it in its own words.
"""
