"""Scorers, balancing approaches, the threshold for unknowns, and the protocol that scores them."""
