"""What evaluate, predict, discover and identify share: embeddings, classifiers, balancing, what says new."""
