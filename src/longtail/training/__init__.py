"""Learning to tell identities apart: pixels, backbones, heads, the fastai loop, and embeddings."""
