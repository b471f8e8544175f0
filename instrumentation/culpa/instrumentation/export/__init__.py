"""How spans and logs leave the process: cleaned, encoded, queued, sent. Waits for nobody."""
