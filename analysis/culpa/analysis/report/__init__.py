"""How answers look: on a terminal, in a notebook, as CSV. Pure: rows in, text out."""

__all__: list[str] = []
