"""Strategies against the long tail, applied to the training set of a classifier."""
