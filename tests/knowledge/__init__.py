"""The catalogue of what systems say."""
