"""`make verdict-diff BASE=<ref>`: the same scenes and recordings judged by two versions, verdicts compared column by column."""
