"""Training of the network: image cache, backbones, heads, the fastai loop, and embeddings."""
