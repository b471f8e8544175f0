"""What is raised where this machine lacks what an act needs."""


class Impossible(Exception):
    """Raised for what the machine cannot do; the text says why."""
