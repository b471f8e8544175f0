"""The tools: one file each, with its `TOOL`."""
