"""A Django project with one way to fail per route."""
