"""Which photographs show the same picture: proposed by hashes and shapes, verified by their pixels."""
