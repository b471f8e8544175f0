"""Say before anything fails what would stay unseen: `culpa doctor -- COMMAND`, and of a server's configuration.

Each module here answers one question about the command that is to be run; command.py prints the answers.
"""

__all__: list[str] = []
