"""Marks that two photographs share: keypoints, their geometric verification, and what they add to the embedding."""
