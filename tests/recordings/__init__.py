"""Makes the recordings that the notebooks read: a real shop with real releases, and a change that goes wrong."""
