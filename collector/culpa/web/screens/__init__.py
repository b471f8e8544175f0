"""The screens: one module each, with `routes(desk) -> list[BaseRoute]`; the folder is the registry."""
