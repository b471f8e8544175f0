"""From evidence to verdicts: weights, confidence, what was missing, which change came before."""
