"""A small shop: FastAPI in front of PostgreSQL, with a few outside services. It knows nothing of culpa."""
