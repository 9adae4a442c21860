"""Classifiers on fixed embeddings, and how each is fitted."""
