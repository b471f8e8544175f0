"""What a process is told and what it is: its environment, name, revision, and which libraries are instrumented."""
