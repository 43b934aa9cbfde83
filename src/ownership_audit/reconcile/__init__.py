"""Compares what should stand on issues with what stands there, plans the difference, and carries it out."""
