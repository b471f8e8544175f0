"""What is asked of the store about failing traces: relations, rules over them, and the evidence that these give."""
