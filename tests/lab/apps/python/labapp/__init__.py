"""An app that fails in as many ways as it has routes; FastAPI, Flask and Django serve the same deeds."""
