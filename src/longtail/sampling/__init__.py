"""What is learned from, and how often: the plan first, the pixels second."""
