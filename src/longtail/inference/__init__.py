"""The trained network in a runtime: from the pixels of images to their embeddings."""
