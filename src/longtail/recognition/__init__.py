"""What evaluate, predict and identify share: embeddings, classifiers, balancing, and the threshold for unknowns."""
