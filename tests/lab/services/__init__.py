"""What the apps of the lab depend on, and the collector that watches all of it."""
