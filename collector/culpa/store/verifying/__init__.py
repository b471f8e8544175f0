"""Whether every row of a store can still be read, and whether its files are those that it lists."""
